// Matrix products for BLAS: operands laid out as it wants them.
#pragma once

#include "ir/plan.h"
#include "passes/lower.h"

#include <functional>

namespace tsc {

// Inserts transposes so that every Contract that goes to BLAS reads matrices: batch axes first and
// in order, then the free axes and the summed ones, each together and in order.
Graph with_matrix_operands(const Graph& graph, const LowerOptions& options);

// The call for such a Contract.
Product product_step(const Graph& graph, NodeId node,
                     const std::function<BufferId(NodeId)>& buffer_of);

} // namespace tsc
