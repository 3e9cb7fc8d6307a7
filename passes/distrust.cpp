// Distrust: what a pass did is checked by interpreting the graph before and after it, what lowering
// did by interpreting the plan. A net for wrong rewrites, not a measure of accuracy: rounding may
// differ, values may not.
#include "ir/interpret.h"
#include "ir/interpret_plan.h"
#include "ir/samples.h"
#include "passes/lower.h"
#include "passes/pass.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <optional>

namespace tsc {

namespace {

// A stage under suspicion, and how it may change values that are not finite.
struct Suspect {
  std::string name;
  bool may_mend = false;       // to finite ones; digits lost before may be back, too
  bool assumes_finite = false; // to any, and what integers make of them
};

// Room for rounding, also where a rewrite saves digits that the other side had lost.
struct Tolerance {
  double relative, absolute;
};

Tolerance tolerance(DType dtype) {
  if (dtype == DType::F64) return {1e-6, 1e-7};
  return in(dtype, Halves) ? Tolerance{0.1, 0.1} : Tolerance{1e-2, 1e-3};
}

bool agree(double before, double after, DType dtype, Sampling sampling, const Suspect& suspect) {
  if (!std::isfinite(before))
    return suspect.may_mend || (std::isnan(before) ? std::isnan(after) : before == after);
  if (!std::isfinite(after)) return false;
  if (sampling == Sampling::Special && suspect.may_mend) return true;
  const Tolerance t = tolerance(dtype);
  return std::fabs(before - after) <=
         t.absolute + t.relative * std::max(std::fabs(before), std::fabs(after));
}

void compare(const TensorValue& before, const TensorValue& after, Sampling sampling,
             const Suspect& suspect, const std::string& output) {
  if (in(before.dtype, Complexes)) return;
  for (size_t i = 0; i < before.count(); ++i) {
    const bool same =
        in(before.dtype, BoolsAndInts)
            ? before.as_i64(i) == after.as_i64(i) || suspect.assumes_finite
            : agree(before.as_f64(i), after.as_f64(i), before.dtype, sampling, suspect);
    if (!same)
      throw InternalError(fmt::format("{} changed output '{}': item {} was {}, is {}", suspect.name,
                                      printable(output), i, before.as_f64(i), after.as_f64(i)));
  }
}

using Values = std::vector<TensorValue>;
using Call = std::function<Values(const Values& inputs, const Values& states)>;

std::optional<Values> values_of(const Call& call, const Values& inputs, const Values& states) {
  try {
    return call(inputs, states);
  } catch (const Error&) {
    return std::nullopt; // the sizes do not fit the graph, or an index is out of range
  }
}

void check_on(const Graph& graph, const Call& before, const Call& after, const Suspect& suspect,
              Sampling sampling, int64_t size_step) {
  SampleSizes sizes(3, size_step);
  Samples samples(sampling, 0x7363 + static_cast<uint64_t>(size_step));
  const Values inputs = sample_values(graph, graph.inputs(), sizes, samples);
  const Values states = sample_values(graph, graph.states(), sizes, samples);
  const std::optional<Values> was = values_of(before, inputs, states);
  if (!was) return;
  const std::optional<Values> is = values_of(after, inputs, states);
  if (!is) throw InternalError(suspect.name + " refuses a call that was good");
  for (size_t i = 0; i < was->size(); ++i)
    compare(was->at(i), is->at(i), sampling, suspect,
            i < graph.outputs.size() ? graph.outputs[i].name
                                     : fmt::format("state {}", i - graph.outputs.size()));
}

void check(const Graph& graph, const Call& before, const Call& after, const Suspect& suspect) {
  for (int64_t size_step : {0, 1}) // all sizes equal; all different
    for (Sampling sampling : {Sampling::Moderate, Sampling::Special})
      check_on(graph, before, after, suspect, sampling, size_step);
}

Values plan_values(const Plan& plan, Values inputs, const Values& states) {
  inputs.insert(inputs.end(), states.begin(), states.end());
  PlanResult result = interpret(plan, inputs);
  if (result.failed)
    throw Error(plan.checks[result.failed->check.index].diag, message(plan, *result.failed));
  return std::move(result.outputs);
}

} // namespace

void check_same_values(const Graph& before, const Graph& after, const Pass& pass) {
  const bool assumes_finite = pass.when == When::Lax || pass.when == When::FastMath;
  const bool may_mend = std::string_view(pass.name) == "stabilise" || assumes_finite;
  const auto values = [](const Graph& graph) {
    return [&graph](const Values& inputs, const Values& states) {
      return interpret(graph, inputs, states);
    };
  };
  check(before, values(before), values(after),
        {fmt::format("pass '{}'", pass.name), may_mend, assumes_finite});
}

void check_same_values(const Graph& graph, const Plan& plan) {
  check(
      graph,
      [&](const Values& inputs, const Values& states) {
        return program_results(graph, interpret(graph, inputs, states));
      },
      [&](const Values& inputs, const Values& states) { return plan_values(plan, inputs, states); },
      {"lowering"});
}

} // namespace tsc
