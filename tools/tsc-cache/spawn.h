// Other programs, started without a shell.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tsc::cache_cli {

struct Ran {
  int status; // exit code; 128 + signal
  std::string out;
};

// Runs argv[0] (searched for in PATH unless it names a folder), with its stdout captured and the
// rest as ours; nothing when there is no such program.
std::optional<Ran> run_program(std::vector<std::string> argv);

} // namespace tsc::cache_cli
