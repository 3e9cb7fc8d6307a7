// What emitted programs may call in this process besides their own code: nothing of libm (the
// prelude has its own functions), BLAS where the build has it.
#pragma once

#include "runtime/loader.h"

#include <span>
#include <string>

namespace tsc {

// The BLAS that programs and libraries call, by its soname.
inline constexpr const char* blas_library = "libopenblas.so.0";

bool has_blas(); // whether this build lets programs call it

// What programs that need these libraries call besides their own code: cblas_sgemm and cblas_dgemm,
// or nothing. The first who needs BLAS opens it (it starts threads of its own, and so takes longer
// than all else of a small program); throws Error(NoBackend) where it is not there. Here and
// not at the first call, since a call has no way to say so.
const SymbolTable& program_symbols(std::span<const std::string> libraries);

// What Clang may call of its own accord, whatever the source says: functions of libc and libm. And
// what the prelude leaves to this process: tsc_stream_bytes.
const SymbolTable& compiler_support();

} // namespace tsc
