#include "runtime/program_symbols.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#ifdef TSC_BLAS
#include <cblas.h>
#endif

namespace tsc {

const SymbolTable& program_symbols() {
  static const SymbolTable symbols = {
#ifdef TSC_BLAS
      {"cblas_dgemm", reinterpret_cast<void*>(&cblas_dgemm)},
      {"cblas_sgemm", reinterpret_cast<void*>(&cblas_sgemm)},
#endif
  };
  return symbols;
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
