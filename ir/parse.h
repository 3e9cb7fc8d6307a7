// Graph files (.tsc): docs/format.md describes the language. What a file says about a program
// beyond the graph itself are the initial values of states.
#pragma once

#include "ir/graph.h"
#include "ir/limits.h"

#include <filesystem>

namespace tsc {

struct StateInit {
  NodeId state;
  Literal value;    // of the state's dtype; a splat, or dense of the state's shape
  std::string file; // the name of the file beside the graph that it was read from; "" if none
};

struct GraphFile {
  Graph graph;
  std::vector<StateInit> states;         // one per state, in the order of graph.states()
  std::vector<std::string> data_files{}; // names of the files beside the graph that were read
};

struct ParseOptions {
  std::filesystem::path directory{}; // where files named with @ lie; empty: none may be named
  Limits limits{};
};

// Throws Error with file, line and column. `file_name` is what messages call the text.
GraphFile parse(std::string_view text, std::string_view file_name,
                const ParseOptions& options = {});

// Reads the file; data files lie beside it.
GraphFile load_graph(const std::filesystem::path& path, const Limits& limits = {});

// Inputs that no output and no update needs: allowed, and worth a warning.
std::vector<NodeId> unused_inputs(const Graph& graph);

} // namespace tsc
