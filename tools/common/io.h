// Input and output of our programs: data goes to stdout or a file, messages to stderr.
#pragma once

#include "support/error.h"

#include <string>
#include <string_view>

namespace tsc::cli {

// "-" or "" is stdout; a file appears whole or not at all.
void put(std::string_view data, const std::string& path = "-");

// Writes to stderr, in colour where use_colour said so.
void error_text(std::string_view text);
void use_colour(bool colour);

void warn(std::string_view message);
void warn(Diag diag, std::string_view message); // "warning[E0601]: ...", for tsc explain
void note(std::string_view message);

// All that went to stdout must have arrived; throws CannotWrite where a disk or pipe failed.
void flush_output();

// From now on SIGINT, SIGTERM and SIGHUP remove unfinished files before they end the process, and a
// file that grows over the process's limit is an error of writing.
void clean_up_on_signals();

} // namespace tsc::cli
