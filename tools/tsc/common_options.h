// The options that all verbs have which compile: limits, --trace, --dump, -j.
#pragma once

#include "compiler/compile.h"
#include "tools/tsc/limits.h"

#include <CLI/CLI.hpp>

namespace tsc::cli {

// Adds them to a verb.
void add_common_options(CLI::App& app);

// Runs the verb as they say: in a child under limits, with threads, writing a trace. The exit code.
int run_as_asked(const std::function<int()>& action);

// --dump: writes the steps of the graph's compilation, into a folder of its own where it has a
// `name`.
void dump_if_asked(const Graph& graph, const CompileOptions& options, const std::string& name = "");

} // namespace tsc::cli
