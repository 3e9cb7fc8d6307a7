// A verb of a command: `tsc NAME ...`. Each has a file of its own; the command's main.cpp lists
// them. Help, completions and manuals are made of these rows and of the options that `declare`
// adds.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace tsc::cli {

struct Verb {
  const char* name;
  const char* doc;      // one line
  const char* examples; // shown by --help, below the options
  // Declares the verb's options; what it returns runs once they are read, and gives the exit code.
  std::function<int()> (*declare)(CLI::App& app);
  const char* json = ""; // what --json prints, for the manual
  bool compiles = false; // takes the options of everything that compiles: limits, --trace, -j
  bool hidden = false;   // for tests and builds: in no list that users see
};

// Wrong use of the command itself: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace tsc::cli
