// Passes: functions from a graph to a better graph, run in the order of one list.
#pragma once

#include "ir/graph.h"

#include <functional>
#include <string_view>
#include <vector>

namespace tsc {

struct Pass {
  const char* name; // as in `tsc show --after NAME`
  const char* doc;
  Graph (*run)(const Graph&);
  bool needed = false; // runs also when the user asked for no optimisation
};

// The optimiser's passes in order: stabilise before fold, in every mode.
const std::vector<Pass>& optimiser_passes();

struct OptimiseOptions {
  // Run only the passes without which a graph cannot be compiled, or may compute a wrong value: stabilise
  // and expand.
  bool only_needed = false;
  // Interpret the graph before and after every pass on random and special inputs, and throw InternalError
  // naming the first pass that changed a value.
  bool distrust = false;
  // Called after every pass with its name and result.
  std::function<void(const Pass&, const Graph&)> after = nullptr;
};

Graph optimise(const Graph& graph, const OptimiseOptions& options = {});

} // namespace tsc
