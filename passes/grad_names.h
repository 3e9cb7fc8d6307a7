// Derivatives asked for by name, as extra outputs of a graph.
#pragma once

#include "ir/graph.h"

#include <string>
#include <vector>

namespace tsc {

// The value that an output, input, state or definition of this name stands for, in this order.
// Throws UnknownName with a suggestion.
NodeId value_named(const Graph& graph, const std::string& name);

// The graph with d(of)/d(w) for each `w` as a definition and an output named d_OF_d_W. It is
// stabilised as a whole, as every program is in the end: so the derivatives and the outputs have
// their nodes in common; factors of 1 and what nothing needs are left out. Throws UnknownName,
// DuplicateName, NotDifferentiable.
Graph with_gradients(Graph graph, const std::string& of, const std::vector<std::string>& wrt);

} // namespace tsc
