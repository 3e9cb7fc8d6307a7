// Stands for orc_loader.cpp in builds without the CPU compiler.
#include "runtime/loader.h"
#include "support/error.h"

namespace tsc {

std::unique_ptr<LoadedCode> load_object(std::string, const SymbolTable&) {
  throw Error(Diag::NoBackend, "this build of tsc cannot load compiled objects")
      .hint("configure with -DTSC_CPU_JIT=ON, or use a function compiled to a shared library");
}

} // namespace tsc
