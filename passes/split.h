// Long reductions to few results (a whole sum, a mean over a batch), split into blocks that threads
// can share. The size of a block does not depend on how many threads there are, so that results
// do not either.
#pragma once

#include "passes/lower.h"

#include <functional>
#include <optional>

namespace tsc {

// If `kernel`, which is scheduled, begins with a long reduction and has few outer points: returns a
// kernel that computes a partial result for each block, to be launched before, and makes `kernel`
// combine them. Partial results live in new buffers.
std::optional<Kernel> split_reduction(Kernel& kernel, const SplitLimits& limits,
                                      const std::function<BufferId(const Type&)>& new_buffer);

// How many rows are reduced, where `kernel`, which is scheduled, reduces along columns and may have
// more rows than one thread should be given; else 0.
Dim rows_to_share(const Kernel& kernel, const SplitLimits& limits);

// The same for such a kernel, whose blocks have limits.rows rows.
Kernel split_rows(Kernel& kernel, const SplitLimits& limits,
                  const std::function<BufferId(const Type&)>& new_buffer);

} // namespace tsc
