// Stands for toolchain.cpp in builds without the CPU compiler.
#include "compiler/toolchain.h"
#include "support/error.h"

namespace tsc {
namespace {

[[noreturn]] void missing() {
  throw Error(Diag::NoBackend, "this build of tsc has no CPU compiler")
      .hint("use the interpreter ('tsc run --interpret', Mode::Interpret), or configure with "
            "-DTSC_CPU_JIT=ON where LLVM, Clang and LLD 22 are installed");
}

} // namespace

CpuTarget host_target() { missing(); }
CpuTarget target_named(std::string_view) { missing(); }
std::vector<std::string> known_cpus() { return {}; }
std::string compile_cpp(const std::string&, const CpuTarget&, Emit, Effort) { missing(); }
std::string data_object(std::span<const DataSymbol>, const CpuTarget&) { missing(); }
std::string link_shared(std::span<const std::string>, std::span<const std::string>,
                        std::span<const std::string>, const std::string&) {
  missing();
}
std::string link_object(std::span<const std::string>) { missing(); }
std::string archive(const std::string&, const std::string&) { missing(); }
std::string toolchain_identity() { return "none"; }

} // namespace tsc
