// Passes: functions from a graph to a better graph, run in the order of one list.
#pragma once

#include "ir/graph.h"

#include <functional>
#include <string_view>
#include <vector>

namespace tsc {

struct OptimiseOptions;

struct Pass {
  const char* name; // as in `tsc show --after NAME`
  const char* doc;
  Graph (*run)(const Graph&);
  // Null: it always runs.
  bool (*wanted)(const OptimiseOptions&) = nullptr;
  // The pass may change what NaN and infinities lead to.
  bool assumes_finite = false;
  // It runs also when the user asked for no optimisation: without it graphs could not be compiled, or
  // would compute a wrong value.
  bool needed = false;
};

// The optimiser's passes in order: stabilise before fold, in every mode.
const std::vector<Pass>& optimiser_passes();

struct OptimiseOptions {
  bool only_needed = false; // just the passes that are `needed`
  // Keep what IEEE arithmetic gives for infinite and NaN values: x - x is not 0 then.
  bool strict = false;
  // Allow rules that round differently (claim Fast).
  bool fast_math = false;
  // Interpret the graph before and after every pass on random and special inputs, and throw
  // InternalError naming the first pass that changed a value.
  bool distrust = false;
  // Called after every pass with its name and result.
  std::function<void(const Pass&, const Graph&)> after = nullptr;
};

Graph optimise(const Graph& graph, const OptimiseOptions& options = {});

// Throws InternalError naming the pass and the output where `after` computes other values than
// `before` does on samples. Passes that stabilise may turn non-finite results into finite ones.
void check_same_values(const Graph& before, const Graph& after, const Pass& pass);

} // namespace tsc
