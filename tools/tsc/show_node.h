// A node in words, for pictures of graphs.
#pragma once

#include "ir/graph.h"

#include <string>

namespace tsc::cli {

// What the user calls the node; "" where the user does not.
std::string name_or_nothing(const Graph& graph, NodeId id);

// "exp  y", or just "exp".
std::string title(const Graph& graph, NodeId id);

// "axis=1, keep=[0]". Of a constant its value, or how many items it has.
std::string attributes_text(const Node& node);

} // namespace tsc::cli
