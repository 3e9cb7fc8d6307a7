// The verbs of `tsc-cache`. Each has a file of its own; main.cpp lists them.
#pragma once

#include "cache/store.h"
#include "tools/common/parse.h"

namespace tsc::cache_cli {

using cli::UsageError, cli::Verb;

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

// As this command line says; defined in main.cpp.
const Common& common();

extern const Verb list_verb, show_verb, diff_verb, why_verb, extract_verb, stats_verb, verify_verb,
    prune_verb, clear_verb, export_verb, import_verb, doctor_verb, completions_verb, manual_verb;

cli::Verbs all_verbs(); // in the order of --help, defined in main.cpp

// What a value of this name may be, for completions and suggestions; empty where it is free.
std::vector<std::string> choices(const std::string& value);

// Without a verb: what stats shows, in short.
int overview(const Common& common);

// What was asked for is not there, or is not what it should be: exit code 1.
struct WrongError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace tsc::cache_cli
