// A verb of the command: `tsc NAME ...`. Each has a file of its own; main.cpp lists them.
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
};

extern const Verb run_verb, compile_verb, describe_verb, check_verb, show_verb, grad_verb,
    verify_verb, ops_verb, rules_verb, explain_verb, version_verb;

// Wrong use of the command itself: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace tsc::cli
