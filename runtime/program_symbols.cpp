#include "runtime/program_symbols.h"

#include "codegen/prelude/stream_bytes.h"
#include "support/error.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>

namespace tsc {

namespace {

// Opened for good: programs have its addresses.
SymbolTable open_blas() {
  void* const library = ::dlopen(blas_library, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw Error(Diag::NoBackend, fmt::format("cannot open {}, which large products need: {}",
                                             blas_library, printable(::dlerror(), 200)))
        .hint("install OpenBLAS (Debian's libopenblas0)");
  SymbolTable symbols;
  for (const char* name : {"cblas_dgemm", "cblas_sgemm"}) {
    symbols.emplace_back(name, ::dlsym(library, name));
    if (!symbols.back().second)
      throw Error(Diag::NoBackend, fmt::format("{} lacks {}", blas_library, name))
          .hint("it must be OpenBLAS with the C interface (Debian's libopenblas0)");
  }
  return symbols;
}

} // namespace

bool has_blas() {
#ifdef TSC_BLAS
  return true;
#else
  return false;
#endif
}

const SymbolTable& program_symbols(std::span<const std::string> libraries) {
  static const SymbolTable none;
  if (libraries.empty()) return none;
  if (libraries.size() > 1 || libraries[0] != blas_library || !has_blas())
    throw InternalError(
        fmt::format("the program needs an unknown library '{}'", printable(libraries[0])));
  static const SymbolTable blas = open_blas();
  return blas;
}

const SymbolTable& compiler_support() {
  using Unary = double (*)(double);
  using UnaryF = float (*)(float);
  using Binary = double (*)(double, double);
  using BinaryF = float (*)(float, float);
#define UNARY(name)                                                                                \
  {#name, reinterpret_cast<void*>(static_cast<Unary>(::name))},                                    \
      {#name "f", reinterpret_cast<void*>(static_cast<UnaryF>(::name##f))}
#define BINARY(name)                                                                               \
  {#name, reinterpret_cast<void*>(static_cast<Binary>(::name))}, {                                 \
    #name "f", reinterpret_cast<void*>(static_cast<BinaryF>(::name##f))                            \
  }
  static const auto* table = new SymbolTable{
      {"tsc_stream_bytes", reinterpret_cast<void*>(&tsc_stream_bytes)},
      {"memcpy", reinterpret_cast<void*>(&memcpy)},
      {"memmove", reinterpret_cast<void*>(&memmove)},
      {"memset", reinterpret_cast<void*>(&memset)},
      {"memcmp", reinterpret_cast<void*>(&memcmp)},
      {"malloc", reinterpret_cast<void*>(&malloc)},
      {"free", reinterpret_cast<void*>(&free)},
      {"fma", reinterpret_cast<void*>(static_cast<double (*)(double, double, double)>(::fma))},
      {"fmaf", reinterpret_cast<void*>(static_cast<float (*)(float, float, float)>(::fmaf))},
      UNARY(acos),
      UNARY(acosh),
      UNARY(asin),
      UNARY(asinh),
      UNARY(atan),
      UNARY(atanh),
      UNARY(cbrt),
      UNARY(ceil),
      UNARY(cos),
      UNARY(cosh),
      UNARY(erf),
      UNARY(erfc),
      UNARY(exp),
      UNARY(exp2),
      UNARY(expm1),
      UNARY(floor),
      UNARY(lgamma),
      UNARY(log),
      UNARY(log10),
      UNARY(log1p),
      UNARY(log2),
      UNARY(nearbyint),
      UNARY(rint),
      UNARY(round),
      UNARY(sin),
      UNARY(sinh),
      UNARY(sqrt),
      UNARY(tan),
      UNARY(tanh),
      UNARY(tgamma),
      UNARY(trunc),
      BINARY(atan2),
      BINARY(copysign),
      BINARY(fmax),
      BINARY(fmin),
      BINARY(fmod),
      BINARY(hypot),
      BINARY(nextafter),
      BINARY(pow),
      BINARY(remainder),
  };
#undef UNARY
#undef BINARY
  return *table;
}

} // namespace tsc
