// tsc version: what this build is, and the machine that it compiles for.
#include "compiler/toolchain.h"
#include "support/error.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tsc::cli {

namespace {

int run() {
  put(fmt::format("tsc {}\ntoolchain: {}\n", TSC_VERSION, toolchain_identity()));
  try {
    const CpuTarget host = host_target();
    put(fmt::format("host: {} {}\nfeatures: {}\n", host.triple, host.cpu,
                    fmt::join(host.features, " ")));
  } catch (const Error& error) { // a build without the CPU compiler
    put(fmt::format("host: {}\n", error.message()));
  }
  return 0;
}

std::function<int()> declare(CLI::App&) { return run; }

} // namespace

const Verb version_verb = {"version", "Print the version, the toolchain and this CPU",
                           "  tsc version", declare};

} // namespace tsc::cli
