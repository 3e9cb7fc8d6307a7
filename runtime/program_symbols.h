// What emitted programs may call in this process besides their own code: nothing of libm (the
// prelude has its own functions), BLAS where the build has it.
#pragma once

#include "runtime/loader.h"

namespace tsc {

// cblas_sgemm and cblas_dgemm, or nothing in a build without BLAS.
const SymbolTable& program_symbols();

// What Clang may call of its own accord, whatever the source says: functions of libc and libm.
const SymbolTable& compiler_support();

} // namespace tsc
