// tsc cache: the program tsc-cache, which stands beside this one and starts faster.
#include "support/error.h"
#include "tools/common/program_name.h"
#include "tools/tsc/verb.h"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace tsc::cli {

void run_cache_tool(char** argv) {
  const std::string program = beside_us(cache_name());
  std::string name = cache_name();
  argv[0] = name.data();
  ::execv(program.c_str(), argv);
  throw Error(Diag::CannotRead, fmt::format("cannot run '{}': {}", printable(program, 4096),
                                            std::generic_category().message(errno)));
}

namespace {

// Its words are not ours to read: main() hands them over before they are parsed.
std::function<int()> declare(CLI::App& app) {
  app.add_option("WORDS", "What 'tsc-cache' takes: 'tsc cache --help' lists it")->type_name("");
  return [] { return 0; };
}

} // namespace

const Verb cache_verb = {"cache", "Look into the kernel cache, as tsc-cache does",
                         "  tsc cache stats\n"
                         "  tsc cache why model.tsc",
                         declare};

} // namespace tsc::cli
