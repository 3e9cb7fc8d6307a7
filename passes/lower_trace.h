// How a graph became a plan: which nodes each step computes and each buffer holds. A plan does not
// say, since it knows no nodes; what shows a plan to people asks for this.
#pragma once

#include "passes/fuse.h"

namespace tsc {

struct LowerTrace {
  Graph graph;                        // what was lowered: the operands of BLAS laid out for it
  Fusion fusion;                      // of that graph's nodes
  std::vector<GroupId> group_of_step; // invalid: copies a value that two outputs have
  std::vector<NodeId> node_of_buffer; // invalid: partial results, and copies
};

} // namespace tsc
