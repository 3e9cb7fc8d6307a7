// Distrust: what a pass did is checked by interpreting the graph before and after it. A net for wrong
// rewrites, not a measure of accuracy: rounding may differ, values may not.
#include "ir/interpret.h"
#include "passes/pass.h"
#include "support/hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace tsc {

namespace {

enum class Sampling : uint8_t { Moderate, Special };

// A counter-based generator: the same samples on every machine.
class Samples {
public:
  Samples(Sampling sampling, uint64_t seed) : sampling_(sampling), seed_(seed) {}

  TensorValue tensor(DType dtype, std::vector<int64_t> shape) {
    TensorValue value = TensorValue::zeros(dtype, std::move(shape));
    if (in(dtype, Complexes)) return value;
    for (size_t i = 0; i < value.count(); ++i) {
      if (in(dtype, BoolsAndInts)) // small and never negative: most are indices or counts
        value.set_i64(i, static_cast<int64_t>(next() % 2));
      else
        value.set_f64(i, number());
    }
    return value;
  }

private:
  uint64_t next() { return mix(seed_, ++count_); }
  double number() {
    static constexpr std::array special{0.0, -0.0, 1.0, -1.0, 1e-8, 30.0, -30.0, 800.0, -800.0, HUGE_VAL, -HUGE_VAL,
                                        std::numeric_limits<double>::quiet_NaN()};
    if (sampling_ == Sampling::Special && next() % 2 == 0) return special[next() % special.size()];
    return static_cast<double>(next() >> 11) * 0x1p-51 - 2; // in [-2, 2)
  }

  Sampling sampling_;
  uint64_t seed_, count_ = 0;
};

// Sizes for the symbols of the arguments; `variant` 0 makes all equal.
class Sizes {
public:
  explicit Sizes(int64_t variant) : variant_(variant) {}

  std::vector<int64_t> of(const Shape& shape) {
    std::vector<int64_t> sizes;
    for (const Dim& dim : shape)
      sizes.push_back(dim.evaluate([&](const std::string& s) {
        return sizes_.try_emplace(s, 3 + variant_ * static_cast<int64_t>(sizes_.size())).first->second;
      }));
    return sizes;
  }

private:
  int64_t variant_;
  std::map<std::string, int64_t> sizes_;
};

// Room for rounding, also where a rewrite saves digits that the other side had lost.
struct Tolerance {
  double relative, absolute;
};

Tolerance tolerance(DType dtype) {
  if (dtype == DType::F64) return {1e-6, 1e-7};
  return in(dtype, Halves) ? Tolerance{0.1, 0.1} : Tolerance{1e-2, 1e-3};
}

bool agree(double before, double after, DType dtype, Sampling sampling, const Pass& pass) {
  const bool may_mend = std::string_view(pass.name) == "stabilise" || pass.assumes_finite;
  if (!std::isfinite(before))
    return may_mend || (std::isnan(before) ? std::isnan(after) : before == after);
  if (!std::isfinite(after)) return false;
  if (sampling == Sampling::Special && may_mend) return true; // digits lost before are back now
  const Tolerance t = tolerance(dtype);
  return std::fabs(before - after) <= t.absolute + t.relative * std::max(std::fabs(before), std::fabs(after));
}

void compare(const TensorValue& before, const TensorValue& after, Sampling sampling, const Pass& pass,
             const std::string& output) {
  if (in(before.dtype, Complexes)) return;
  for (size_t i = 0; i < before.count(); ++i) {
    const bool same = in(before.dtype, BoolsAndInts)
                          ? before.as_i64(i) == after.as_i64(i) || pass.assumes_finite
                          : agree(before.as_f64(i), after.as_f64(i), before.dtype, sampling, pass);
    if (!same)
      throw InternalError(fmt::format("pass '{}' changed output '{}': item {} was {}, is {}", pass.name,
                                      printable(output), i, before.as_f64(i), after.as_f64(i)));
  }
}

std::vector<TensorValue> arguments(const Graph& graph, const std::vector<NodeId>& ids, Sizes& sizes,
                                   Samples& samples) {
  std::vector<TensorValue> values;
  for (NodeId id : ids)
    values.push_back(samples.tensor(graph.type(id).dtype, sizes.of(graph.type(id).shape)));
  return values;
}

void check_on(const Graph& before, const Graph& after, const Pass& pass, Sampling sampling, int64_t variant) {
  Sizes sizes(variant);
  Samples samples(sampling, 0x7363 + static_cast<uint64_t>(variant));
  std::vector<TensorValue> was, is;
  try {
    const auto inputs = arguments(before, before.inputs(), sizes, samples);
    const auto states = arguments(before, before.states(), sizes, samples);
    was = interpret(before, inputs, states);
    is = interpret(after, inputs, states);
  } catch (const Error&) {
    return; // these sizes do not fit the graph
  }
  for (size_t i = 0; i < was.size(); ++i)
    compare(was[i], is[i], sampling, pass,
            i < before.outputs.size() ? before.outputs[i].name : fmt::format("state {}", i - before.outputs.size()));
}

} // namespace

void check_same_values(const Graph& before, const Graph& after, const Pass& pass) {
  for (int64_t variant : {0, 1})
    for (Sampling sampling : {Sampling::Moderate, Sampling::Special})
      check_on(before, after, pass, sampling, variant);
}

} // namespace tsc
