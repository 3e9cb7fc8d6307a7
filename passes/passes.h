// The optimiser's passes, one function each; passes/pass.h has the list that runs them.
#pragma once

#include "ir/graph.h"

#include <vector>

namespace tsc {

Graph fold(const Graph& graph);   // constants evaluated by the reference interpreter
Graph expand(const Graph& graph); // symbolic ops opened up

// `value`, its unsafe forms made stable, in the same graph; the nodes `keep` stay what they are.
// Differentiate this and the derivatives are stable too.
NodeId stabilised(Graph& graph, NodeId value, const std::vector<NodeId>& keep = {});

} // namespace tsc
