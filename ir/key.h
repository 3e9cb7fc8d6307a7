// What a graph computes, as text: equal for graphs that differ only in names, source locations, the
// order in which nodes were added, and nodes that nothing needs. The cache's key is made of it.
#pragma once

#include "ir/graph.h"

#include <map>
#include <string>

namespace tsc {

// Nodes are numbered from the inputs and states on, then as outputs and updates need them; sizes
// are renamed s0, s1, ... by first use; data of more than 64 bytes stands as its SHA-256. Not in
// it: names of inputs, states, outputs, values and sizes, locations, the messages of requirements.
// The same on every machine.
std::string key_text(const Graph& graph);

// The key and the graph in the key's order: without dead nodes, nodes and requirements placed as
// the key counts them. Of graphs with equal keys, nodes and requirements of one number are the same
// ones, however they were built; names and locations are each graph's own.
struct Canonical {
  std::string key;
  Graph graph;
  std::map<std::string, std::string> sizes; // the user's names -> the key's
};
Canonical canonical(const Graph& graph);

// The graph with the key's names of sizes. Terms and factors of sizes are sorted by name, so that
// the user's names would show in what is compiled: this graph follows from the key alone (but for
// names of inputs and values, and locations).
Graph with_key_sizes(const Canonical& asked);

} // namespace tsc
