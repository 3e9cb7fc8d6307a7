// A case on its way to compiled code, for comparing each stage with the one before it.
#pragma once

#include "ir/plan.h"
#include "passes/lower.h"
#include "runtime/executable.h"
#include "tests/fuzz/random_graph.h"
#include "tests/gpu/run_plan.h"

#include <optional>
#include <string>

namespace tsc::fuzz {

struct Lowered {
  Graph graph; // optimised, or only what is needed
  Plan plan;
};
Lowered lowered(const Case& c, bool optimise);

// Outputs, then the next value of each updated state.
std::vector<TensorValue> expected_results(const Case& c); // of the graph, interpreted
std::vector<TensorValue> plan_results(const Case& c, const Plan& plan);
std::vector<TensorValue> compiled_results(const Case& c, bool optimise, // without the cache
                                          const BodyLimits& body = {});

// What a call of it returns.
std::vector<TensorValue> results_of(const Executable& executable, const Case& c);

// What each phase may change: nothing but the order and width of sums and products of floats.
enum class Phase : uint8_t {
  Optimise, // rules round differently, as they claim; integers stay exact
  Lower,    // products, contractions and scattered sums of floats are no longer taken in f64
  Emit,     // sums of floats are reassociated
};

// By result: the digits of the coarsest dtype that another rounding went through; 64: none did.
std::vector<int> digits_kept(const Graph& graph, Phase phase);

// What is wrong, or nullopt. Where rounding may differ, results agree within `allowed_ulp` units of
// their largest item; elsewhere they are the same bits (NaN is NaN).
inline constexpr double allowed_ulp = 64;
std::optional<std::string> difference_after(Phase phase, const Graph& graph,
                                            const std::vector<TensorValue>& before,
                                            const std::vector<TensorValue>& after);

// The plan's interpretation against the graph's that it was lowered from.
std::optional<std::string> wrong_when_lowered(const Case& c, bool optimise);
// All stages: optimised graph, plan, compiled code. `body` says how loops are cut.
std::optional<std::string> wrong_when_compiled(const Case& c, bool optimise,
                                               const BodyLimits& body = {});

// The CUDA kernels, emulated, against the plan that they were emitted from.
std::optional<std::string> wrong_on_grid(const Case& c, const emulator::LaunchStyle& style);

} // namespace tsc::fuzz
