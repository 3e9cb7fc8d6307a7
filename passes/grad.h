// Reverse-mode derivatives, built as nodes of the same graph.
#pragma once

#include "ir/build.h"

#include <vector>

namespace tsc {

// d(cost)/d(wrt) for each `wrt`, with that value's type. `cost` must be a floating scalar of
// `graph`; `wrt` floating values. A value that `cost` does not depend on has the derivative 0.
// The cost is stabilised first, so that its derivatives are stable too.
// Walks the nodes once, in reverse; adds O(nodes) new ones. Throws NotDifferentiable when the cost
// is no floating scalar.
std::vector<NodeId> grad(Graph& graph, NodeId cost, const std::vector<NodeId>& wrt);

} // namespace tsc
