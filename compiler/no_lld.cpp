// Stands for lld.cpp in builds without the CPU compiler.
#include "compiler/toolchain.h"
#include "support/error.h"

namespace tsc {
namespace {

[[noreturn]] void missing() {
  throw Error(Diag::NoBackend, "this build of tsc has no linker")
      .hint("configure with -DTSC_CPU_JIT=ON and LLVM, Clang and LLD 22 installed");
}

} // namespace

std::string link_shared(std::span<const std::string>, std::span<const std::string>,
                        std::span<const std::string>, const std::string&) {
  missing();
}
std::string link_object(std::span<const std::string>) { missing(); }
std::string archive(const std::string&, const std::string&) { missing(); }

} // namespace tsc
