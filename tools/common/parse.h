// Reading a command line that begins with a verb, with suggestions for what was mistyped.
#pragma once

#include "tools/common/verb.h"

#include <span>

namespace tsc::cli {

using Verbs = std::span<const Verb* const>;

const Verb* verb_named(Verbs verbs, std::string_view name); // null when there is none

// Adds each verb to the app as a subcommand with its help. Once the app has parsed a verb, `action`
// is what that verb does.
// `also` may add more to one.
void add_verbs(CLI::App& app, Verbs verbs, std::function<int()>& action,
               const std::function<void(const Verb&, CLI::App&)>& also = nullptr);

// False when help was asked for and printed. Throws UsageError that says what was perhaps meant.
bool parse(CLI::App& app, Verbs verbs, int argc, const char* const* argv);

// What --help without a verb prints: a line each, which fit a terminal of 24 lines where `below` is
// short; CLI11's own would not.
void print_help(const CLI::App& app, Verbs verbs, std::string_view below);

// "tsc run: there is no option '--x'" and which help to ask for.
std::string usage_message(const std::string& command, Verbs verbs, int argc,
                          const char* const* argv, const UsageError& error);

// Throws UsageError with a suggestion where `given` is none of `allowed`; `what` names the option
// or argument.
void check_choice(const std::string& what, const std::string& given,
                  const std::vector<std::string>& allowed);

} // namespace tsc::cli
