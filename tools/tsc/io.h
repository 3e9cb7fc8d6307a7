// What the verbs share of input and output: data goes to stdout or a file, messages to stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tsc::cli {

// "-" or "" is stdout; a file appears whole or not at all.
void put(std::string_view data, const std::string& path = "-");

// Writes to stderr, in colour where use_colour said so.
void error_text(std::string_view text);
void use_colour(bool colour);

void warn(std::string_view message);
void note(std::string_view message);

// All that went to stdout must have arrived; throws CannotWrite where a disk or pipe failed.
void flush_output();

// From now on SIGINT, SIGTERM and SIGHUP remove unfinished files before they end the process, and a
// file that grows over the process's limit is an error of writing.
void clean_up_on_signals();

// "NAME=TEXT" split at the first '=' behind one of `names`, or at the first '=' where none fits.
struct NamedText {
  std::string name, text;
};
NamedText split_name(const std::string& argument, const std::vector<std::string>& names);

// The parts of "a,b,c".
std::vector<std::string> split_list(std::string_view list);

} // namespace tsc::cli
