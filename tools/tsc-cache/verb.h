// A verb of the command: `tsc-cache NAME ...`. Each has a file of its own; main.cpp lists them.
#pragma once

#include "cache/store.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace tsc::cache_cli {

enum ExitCode {
  Done = 0,
  Wrong = 1,       // no such entry; a graph or key that is none
  Usage = 2,       // the command line or a setting
  Io = 3,          // the directory, a file or the output failed
  CheckFailed = 5, // by `verify` and `doctor`
};

// What every verb can be told.
struct Common {
  std::string directory;
  bool json = false;
};

struct Verb {
  const char* name;
  const char* doc;      // one line
  const char* examples; // shown by --help, below the options
  // Declares the verb's options; what it returns runs once they are read, and gives the exit code.
  std::function<int()> (*declare)(CLI::App& app, const Common& common);
};

extern const Verb list_verb, show_verb, diff_verb, why_verb, extract_verb, stats_verb, verify_verb,
    prune_verb, clear_verb, export_verb, import_verb, doctor_verb;

// Without a verb: what stats shows, in short.
int overview(const Common& common);

// Wrong use of the command itself: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What was asked for is not there, or is not what it should be: exit code 1.
struct WrongError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace tsc::cache_cli
