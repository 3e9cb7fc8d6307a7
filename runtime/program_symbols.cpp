#include "runtime/program_symbols.h"

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

} // namespace tsc
