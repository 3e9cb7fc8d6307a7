#include "tests/fuzz/lowered.h"

#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/interpret_plan.h"
#include "tests/fuzz/properties.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tsc::fuzz {

Lowered lowered(const Case& c, bool optimise) {
  CompileOptions options;
  options.optimise = optimise;
  Graph graph = optimised(c.graph, options);
  Plan plan = planned(graph);
  return {std::move(graph), std::move(plan)};
}

namespace {

std::vector<TensorValue> arguments(const Case& c) {
  std::vector<TensorValue> all = c.inputs;
  all.insert(all.end(), c.states.begin(), c.states.end());
  return all;
}

} // namespace

std::vector<TensorValue> expected_results(const Case& c) {
  return program_results(c.graph, c.results());
}

std::vector<TensorValue> plan_results(const Case& c, const Plan& plan) {
  PlanResult result = interpret(plan, arguments(c));
  if (result.failed) throw InternalError("a check failed: " + message(plan, *result.failed));
  return std::move(result.outputs);
}

std::vector<TensorValue> compiled_results(const Case& c, bool optimise, const BodyLimits& body) {
  CompileOptions options;
  options.optimise = optimise;
  options.lower.body = body;
  options.cache = false;
  return results_of(*compile(c.graph, options), c);
}

std::vector<TensorValue> results_of(const Executable& executable, const Case& c) {
  std::vector<Array> arrays;
  for (const TensorValue& value : arguments(c))
    arrays.push_back(to_array(value));
  std::vector<TensorValue> results;
  for (const Array& result : executable.run(arrays))
    results.push_back(to_tensor_value(result));
  return results;
}

namespace {

// Does the phase compute the node's items with another rounding?
bool rounds(const Graph& graph, const Node& node, Phase phase) {
  if (node.args.empty() || !in(graph.type(node.args[0]).dtype, Floats)) return false;
  const auto combine = row(node.op).combine;
  switch (node.kind()) {
  case Kind::Elementwise:
  case Kind::Rowwise:
    return phase == Phase::Optimise;
  case Kind::Reduce:
    return phase == Phase::Optimise || combine == Op::mul ||
           (phase == Phase::Emit && combine == Op::add);
  case Kind::Contract:
    return true;
  case Kind::Scatter:
    return node.op == Op::scatter_add;
  case Kind::Input:
  case Kind::Constant:
  case Kind::Index:
  case Kind::View:
  case Kind::Join:
  case Kind::Gather:
    return false;
  }
  throw InternalError("bad kind");
}

constexpr int all_digits = 64; // no rounding differs
constexpr int no_digits = 0;   // rounding decides: a comparison, a step

// May operands that differ in their last digit give results far apart? Steps have no derivative.
bool jumps(const Node& node) {
  if (!in(node.type.dtype, Floats)) return true;
  return node.kind() == Kind::Elementwise && (row(node.op).grad.empty() || node.op == Op::mod);
}

int digits(DType dtype) {
  if (dtype == DType::F64) return 53;
  if (dtype == DType::F16) return 11;
  return dtype == DType::BF16 ? 8 : 24;
}

double largest_item(const TensorValue& value) {
  double largest = 0;
  for (size_t i = 0; in(value.dtype, Floats) && i < value.count(); ++i)
    if (const double item = std::fabs(value.as_f64(i)); std::isfinite(item))
      largest = std::max(largest, item);
  return largest;
}

// Sums may overflow in one order or width and not in another: such items say nothing.
void forget_overflows(TensorValue& a, TensorValue& b) {
  for (size_t i = 0; i < std::min(a.count(), b.count()); ++i)
    if (!std::isfinite(a.as_f64(i)) || !std::isfinite(b.as_f64(i)))
      a.set_f64(i, 0), b.set_f64(i, 0);
}

// Units in the last place that `after` may be off where `kept` digits were.
std::optional<std::string> difference_of(Phase phase, TensorValue before, TensorValue after,
                                         int kept) {
  if (kept == all_digits) return difference({after}, {before});
  if (kept == no_digits) return std::nullopt;
  if (phase != Phase::Optimise || kept <= digits(DType::F16)) forget_overflows(before, after);
  const double ulp = std::ldexp(allowed_ulp, std::max(0, digits(before.dtype) - kept));
  return difference({after}, {before}, ulp, largest_item(before));
}

} // namespace

std::vector<int> digits_kept(const Graph& graph, Phase phase) {
  std::vector<int> kept(graph.size(), all_digits);
  for (NodeId id : graph.ids()) {
    const Node& node = graph[id];
    for (NodeId arg : node.args)
      kept[id.index] = std::min(kept[id.index], kept[arg.index]);
    if (kept[id.index] < all_digits && jumps(node)) kept[id.index] = no_digits;
    if (in(node.type.dtype, Floats) && (kept[id.index] < all_digits || rounds(graph, node, phase)))
      kept[id.index] = std::min(kept[id.index], digits(node.type.dtype));
  }
  std::vector<int> results;
  for (const Output& output : graph.outputs)
    results.push_back(kept[output.node.index]);
  for (const Update& update : graph.updates)
    results.push_back(kept[update.value.index]);
  return results;
}

std::optional<std::string> difference_after(Phase phase, const Graph& graph,
                                            const std::vector<TensorValue>& before,
                                            const std::vector<TensorValue>& after) {
  static constexpr const char* names[] = {"optimise", "lower", "emit"};
  const std::vector<int> kept = digits_kept(graph, phase);
  for (size_t i = 0; i < before.size(); ++i)
    if (const auto wrong = difference_of(phase, before[i], after.at(i), kept[i]))
      return fmt::format("{}: output {}: {}", names[static_cast<size_t>(phase)], i, *wrong);
  return std::nullopt;
}

namespace {

// A shrunk case may have lost the argument that tells a size: no fault.
template <class F>
std::optional<std::string> found_by(F check) {
  try {
    return check();
  } catch (const Error& e) {
    return e.diag() == Diag::BadDim ? std::nullopt : std::optional<std::string>(e.what());
  } catch (const std::exception& e) {
    return e.what();
  }
}

} // namespace

std::optional<std::string> wrong_when_lowered(const Case& c, bool optimise) {
  return found_by([&] {
    const Lowered low = lowered(c, optimise);
    return difference_after(Phase::Lower, low.graph,
                            expected_results({low.graph, c.inputs, c.states}),
                            plan_results(c, low.plan));
  });
}

std::optional<std::string> wrong_when_compiled(const Case& c, bool optimise,
                                               const BodyLimits& body) {
  return found_by([&]() -> std::optional<std::string> {
    const Lowered low = lowered(c, optimise);
    const auto better = expected_results({low.graph, c.inputs, c.states});
    if (const auto wrong = difference_after(Phase::Optimise, c.graph, expected_results(c), better))
      return wrong;
    const auto planned = plan_results(c, low.plan);
    if (const auto wrong = difference_after(Phase::Lower, low.graph, better, planned)) return wrong;
    return difference_after(Phase::Emit, low.graph, planned, compiled_results(c, optimise, body));
  });
}

std::optional<std::string> wrong_on_grid(const Case& c, const emulator::LaunchStyle& style) {
  return found_by([&] {
    const Graph graph = optimised(c.graph);
    const Plan plan = lower(graph, for_grid);
    return difference_after(Phase::Emit, graph, plan_results(c, plan),
                            emulator::run_on_grid(plan, arguments(c), style));
  });
}

} // namespace tsc::fuzz
