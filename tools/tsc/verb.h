// The verbs of `tsc`. Each has a file of its own; main.cpp lists them.
#pragma once

#include "tools/common/parse.h"

namespace tsc::cli {

extern const Verb run_verb, bench_verb, compile_verb, describe_verb, check_verb, show_verb,
    grad_verb, verify_verb, ops_verb, rules_verb, passes_verb, targets_verb, explain_verb,
    doctor_verb, version_verb, completions_verb, cache_verb, repro_verb, manual_verb, crash_verb;

void print_version(); // as `tsc version` does

// Becomes `tsc-cache WORDS...`; `argv` begins with the word "cache". Throws CannotRead where it is
// not beside us.
[[noreturn]] void run_cache_tool(char** argv);

// Runs `tsc WORDS...` in this process, messages included; its exit code. Defined in main.cpp.
int execute(std::vector<std::string> words);

Verbs all_verbs(); // in the order of --help, defined in main.cpp

// What a value of this name ("PASS", "CPU") may be, for completions and suggestions; empty where it
// is free.
std::vector<std::string> choices(const std::string& value);

} // namespace tsc::cli
