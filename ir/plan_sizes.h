// Where a call's arguments tell the sizes that a plan computes with.
#pragma once

#include "ir/plan.h"
#include "ir/sizes.h"

namespace tsc {

// Place of an input's axis among the axes of all inputs.
inline size_t flat_axis(const Plan& plan, size_t input, size_t axis) {
  for (size_t i = 0; i < input; ++i)
    axis += plan.inputs[i].type.rank();
  return axis;
}

// The axis that tells symbol `symbol` of the plan, and what its size is in terms of the symbol.
struct SymbolSource {
  size_t input, axis;
  Linear size;
};
inline SymbolSource symbol_source(const Plan& plan, size_t symbol) {
  const auto [input, axis] = plan.bound_at[symbol];
  return {input, axis, linear_in(plan.inputs[input].type.shape[axis], plan.symbols[symbol])};
}

} // namespace tsc
