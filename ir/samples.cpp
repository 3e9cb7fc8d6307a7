#include "ir/samples.h"

#include "support/hash.h"

#include <array>
#include <cmath>
#include <limits>

namespace tsc {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array special_numbers = {0.0,   -0.0, 1.0,   -1.0,     1e-8,      30.0,
                                        -30.0, 800., -800., HUGE_VAL, -HUGE_VAL, nan};

double subnormal(DType dtype) {
  if (dtype == DType::F16) return 0x1p-20;
  return dtype == DType::F64 ? 0x1p-1060 : 0x1p-130;
}

} // namespace

uint64_t Samples::next() { return mix(seed_, ++count_); }

double Samples::number(DType dtype) {
  if (sampling_ == Sampling::Special && next() % 2 == 0) {
    const size_t i = next() % (special_numbers.size() + 1);
    return i < special_numbers.size() ? special_numbers[i] : subnormal(dtype);
  }
  return static_cast<double>(next() >> 11) * 0x1p-51 - 2; // in [-2, 2)
}

int64_t Samples::integer(DType dtype) {
  const bool may_be_negative = sampling_ == Sampling::Special && in(dtype, Signed);
  if (may_be_negative && next() % 8 == 0) return -1;
  return static_cast<int64_t>(next() % (sampling_ == Sampling::Special ? 3 : 2));
}

TensorValue Samples::tensor(DType dtype, std::vector<int64_t> shape) {
  TensorValue value = TensorValue::zeros(dtype, std::move(shape));
  if (in(dtype, Complexes)) return value;
  for (size_t i = 0; i < value.count(); ++i) {
    if (in(dtype, BoolsAndInts))
      value.set_i64(i, dtype == DType::Bool ? static_cast<int64_t>(next() % 2) : integer(dtype));
    else
      value.set_f64(i, number(dtype));
  }
  return value;
}

std::vector<int64_t> SampleSizes::of(const Shape& shape) {
  std::vector<int64_t> sizes;
  for (const Dim& dim : shape)
    sizes.push_back(dim.evaluate([&](const std::string& symbol) {
      const auto [found, added] = sizes_.try_emplace(symbol, next_);
      if (added) next_ += step_;
      return found->second;
    }));
  return sizes;
}

std::vector<TensorValue> sample_values(const Graph& graph, const std::vector<NodeId>& ids,
                                       SampleSizes& sizes, Samples& samples) {
  std::vector<TensorValue> values;
  for (NodeId id : ids) {
    const Type& type = graph.type(id);
    values.push_back(samples.tensor(type.dtype, sizes.of(type.shape)));
  }
  return values;
}

} // namespace tsc
