// How a call's symbols get their values, and which size conditions it must check.
#pragma once

#include "ir/graph.h"
#include "ir/plan.h"

namespace tsc {

// The ports of the graph: arguments, then states; results, then the next values of updated states.
void plan_ports(const Graph& graph, Plan& plan);

// Fills plan.symbols, bound_at, axis_checks and size_checks from plan.inputs and the graph's
// requirements. Each symbol is read from the first axis of an input that is just this symbol;
// throws Error(BadDim) naming the symbol where there is none.
void plan_sizes(const Graph& graph, Plan& plan);

// Throws what plan_sizes would: BadDim where no argument tells a size.
void check_sizes(const Graph& graph);

} // namespace tsc
