// Arguments to try a graph on: ordinary ones and special ones (NaN, infinities, zeros of both
// signs, subnormals), the same for the same seed on every machine.
#pragma once

#include "ir/graph.h"
#include "ir/tensor_value.h"

#include <map>
#include <string>
#include <vector>

namespace tsc {

enum class Sampling : uint8_t { Moderate, Special };

class Samples {
public:
  Samples(Sampling sampling, uint64_t seed) : sampling_(sampling), seed_(seed) {}

  // Integers are small and mostly not negative: many are indices or counts.
  TensorValue tensor(DType dtype, std::vector<int64_t> shape);

private:
  uint64_t next();
  double number(DType dtype);
  int64_t integer(DType dtype);

  Sampling sampling_;
  uint64_t seed_, count_ = 0;
};

// Sizes for symbols: those given, and `first`, `first + step`, ... for others in the order of their
// first use.
class SampleSizes {
public:
  SampleSizes(int64_t first, int64_t step, std::map<std::string, int64_t> given = {})
      : next_(first), step_(step), sizes_(std::move(given)) {}

  std::vector<int64_t> of(const Shape& shape);

private:
  int64_t next_, step_;
  std::map<std::string, int64_t> sizes_;
};

// Values for inputs or states.
std::vector<TensorValue> sample_values(const Graph& graph, const std::vector<NodeId>& ids,
                                       SampleSizes& sizes, Samples& samples);

} // namespace tsc
