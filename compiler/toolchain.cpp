#include "compiler/toolchain.h"

#include "compiler/toolchain_table.h"
#include "support/error.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tsc {

namespace {

constexpr const char* library_name = "libtsc-clang.so." TSC_VERSION;

// Opened for good, as what it has set up in LLVM is. The system's loader looks where it looks for
// libraries of whatever this code is linked into, so that no path stands here.
const ToolchainTable& opened() {
  static const ToolchainTable* const table = [] {
    void* const library = ::dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);
    const void* const symbol = library ? ::dlsym(library, "tsc_toolchain") : nullptr;
    if (!symbol)
      throw Error(Diag::NoBackend,
                  fmt::format("cannot open the compiler: {}", printable(::dlerror(), 300)))
          .hint(fmt::format(
              "{} belongs beside libtsc; for a program that has tsc built in, into a folder of its "
              "RUNPATH or of LD_LIBRARY_PATH. The interpreter ('tsc run --interpret', "
              "Mode::Interpret) needs none",
              library_name));
    return static_cast<const ToolchainTable*>(symbol);
  }();
  return *table;
}

} // namespace

CpuTarget host_target() { return opened().host_target(); }

CpuTarget target_named(std::string_view cpu) { return opened().target_named(cpu); }

std::vector<std::string> known_cpus() { return opened().known_cpus(); }

std::string compile_cpp(const std::string& source, const CpuTarget& target, Emit emit,
                        Effort effort) {
  return opened().compile_cpp(source, target, emit, effort);
}

std::string data_object(std::span<const DataSymbol> symbols, const CpuTarget& target) {
  return opened().data_object(symbols, target);
}

std::string link_shared(std::span<const std::string> objects, std::span<const std::string> exports,
                        std::span<const std::string> libraries, const std::string& soname) {
  return opened().link_shared(objects, exports, libraries, soname);
}

std::string link_object(std::span<const std::string> objects) {
  return opened().link_object(objects);
}

std::string archive(const std::string& object, const std::string& name) {
  return opened().archive(object, name);
}

std::string toolchain_identity() { return opened().toolchain_identity(); }

} // namespace tsc
