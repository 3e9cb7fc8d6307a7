// From the optimised graph to a Plan: choose groups, lower each to a kernel, schedule axes, place
// buffers.
#pragma once

#include "ir/graph.h"
#include "ir/plan.h"

namespace tsc {

// How much of a loop's body the C++ compiler is given at once (passes/cut.h).
struct BodyLimits {
  size_t inlined = 4; // more expensive ops than this in one body are called instead of inlined
  size_t piece = 128; // instructions in the longest piece of a body that is cut
};

// When a long reduction to few results becomes partial results and their combination
// (passes/split.h).
struct SplitLimits {
  int64_t outer = 32;    // only kernels with at most so many outer points
  int64_t block = 32768; // points of the loops below a partial result: enough work for a thread
  // Reductions along columns, where a thread had better read whole rows than a part of each: at
  // more than `many_rows` (0: never), partial results of `rows` each.
  int64_t rows = 256, many_rows = 2048;
};

struct LowerOptions {
  bool blas = true;        // large products by BLAS; else by emitted loops
  bool carry = true;       // keep expensive values that several stages need (passes/carry.h)
  size_t max_group = 1024; // nodes in one kernel: bounds the compiler's work per function
  BodyLimits body;
  SplitLimits split;
  size_t embed_bytes = 65536; // larger constants are handed to the program instead of becoming text
};

// For a grid of threads: reductions are shared among many more threads, computing a value again
// costs less than memory, and long bodies are not cut into pieces.
inline constexpr LowerOptions for_grid = {
    .carry = false, .max_group = 256, .split = {.outer = 512, .block = 8192, .many_rows = 0}};

struct LowerTrace; // passes/lower_trace.h

// `graph` has been optimised (nothing left to expand). Throws Error where a size cannot be bound.
// `trace` is told which nodes became which step.
Plan lower(const Graph& graph, const LowerOptions& options = {}, LowerTrace* trace = nullptr);

// Distrust: throws InternalError naming lowering and the output where the plan, interpreted,
// computes other values than `graph` does on samples.
void check_same_values(const Graph& graph, const Plan& plan);

} // namespace tsc
