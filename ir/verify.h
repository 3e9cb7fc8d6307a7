// Checks the invariants of a graph that Graph::add keeps and passes could break.
#pragma once

#include "ir/graph.h"

#include <string>
#include <vector>

namespace tsc {

// Every broken invariant, one sentence each, in order of nodes; empty for a good graph:
//  - operands come before users; no two nodes are equal;
//  - attributes are those of the op's row, and the type is what inference gives;
//  - inputs and states are nodes of these ops, each listed once, their names unique;
//  - outputs name nodes; each update sets a listed state, once, to a value of its type.
std::vector<std::string> broken_invariants(const Graph& graph);

// Throws InternalError with the list, unless it is empty.
void verify(const Graph& graph);

} // namespace tsc
