// Derivatives asked for by name, as extra outputs of a graph.
#pragma once

#include "ir/graph.h"

#include <string>
#include <vector>

namespace tsc {

// The value that an output, input, state or definition of this name stands for, in this order.
// Throws UnknownName with a suggestion.
NodeId value_named(const Graph& graph, const std::string& name);

// Adds d(of)/d(w) for each `w` as an output named d_OF_d_W. Throws UnknownName, DuplicateName,
// NotDifferentiable.
void add_gradients(Graph& graph, const std::string& of, const std::vector<std::string>& wrt);

} // namespace tsc
