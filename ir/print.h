// The canonical text of a graph: one statement for each node, in order, every attribute written
// out. parse(print(g)) is the same graph, and prints the same.
#pragma once

#include "ir/parse.h"

namespace tsc {

struct PrintOptions {
  bool types = false; // write the type of every value: "y: f32[n] = exp(x)"
  // Data of more text than this goes to a .npy file in `directory` (named by its content) and is
  // written as @file; without a directory all data is inline.
  size_t inline_text = 64 << 10;
  std::filesystem::path directory{};
  // So many of the last outputs are written as definitions alone: "d = v3", or nothing where the
  // value has that name.
  size_t defined_outputs = 0;
};

// User names are kept where they are identifiers and no earlier node has them; other nodes are
// called v0, v1, ... by their id. A graph alone has no initial values of states; those of a file
// that were read from data files are named again, unless a directory is given to write them to.
std::string print(const Graph& graph, const PrintOptions& options = {});
std::string print(const GraphFile& file, const PrintOptions& options = {});

// An attribute's value as print() writes it: "[0, 1]", "2*n+1", "f32(1.5)".
std::string attribute_text(const AttrValue& value);

// Writes the text to `path` and large data beside it.
void save_graph(const GraphFile& file, const std::filesystem::path& path,
                PrintOptions options = {});

// Same nodes in the same order, inputs, states, outputs, updates and requirements; names of values
// and source locations may differ.
bool same_graph(const Graph& a, const Graph& b);

} // namespace tsc
