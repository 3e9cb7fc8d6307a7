// From one group of nodes to one kernel: positions are pulled from the stored values back to the
// loads.
#pragma once

#include "ir/kernel.h"
#include "passes/fuse.h"

#include <functional>

namespace tsc {

// What lowering a group needs from its surroundings.
struct KernelContext {
  const Graph& graph;
  const Fusion& fusion;
  std::function<BufferId(NodeId)> buffer_of;                 // of leaves and stored nodes
  std::function<CheckId(NodeId gather_or_scatter)> check_of; // of its index
};

// A group of Form::Loops: computes and stores `stored`.
Kernel lower_loops(const KernelContext& context, GroupId group);

// Copies operand `arg` of the Join `node` to its place in `node`'s buffer.
Kernel lower_join_part(const KernelContext& context, NodeId node, size_t arg);

// Copies one buffer's items to another of the same shape.
Kernel lower_copy(const Type& type, BufferId from, BufferId to);

// Copies the Scatter `node`'s first operand into its buffer.
Kernel lower_scatter_base(const KernelContext& context, NodeId node);

// Writes the Scatter `node`'s values into its buffer, which already holds a copy of its first
// operand.
Kernel lower_scatter(const KernelContext& context, NodeId node);

} // namespace tsc
