// --limit NAME=NUMBER: what a graph may be at most. A graph file cannot say it.
#pragma once

#include "ir/parse.h"

#include <CLI/CLI.hpp>

namespace tsc::cli {

// Adds the option to a verb that reads graph files.
void add_graph_limits(CLI::App& app);

// Reads a graph file within the limits of the command line.
GraphFile load_within_limits(const std::filesystem::path& path);

} // namespace tsc::cli
