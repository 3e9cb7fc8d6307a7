// What the command is doing at the moment: for --trace, and for a line on the terminal where a
// phase takes more than a second.
#pragma once

#include "compiler/compile.h"

#include <string>

namespace tsc::cli {

// Begins a phase ("parse", "call"), which ends the one before.
void enter_phase(const char* name);

// The options of a compilation, with its phases and passes becoming ours.
CompileOptions with_phases(CompileOptions options);

// The phases so far as a trace that chrome://tracing and Perfetto show; no phase goes on.
std::string trace_json();

// Ends the last phase; clears the terminal's line. Safe to call at any time.
void end_phases();

} // namespace tsc::cli
