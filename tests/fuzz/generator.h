// Inside of random_case: a graph under construction, the value of each of its nodes, and the
// choices.
#pragma once

#include "ir/build.h"
#include "tests/fuzz/random_graph.h"

#include <optional>

namespace tsc::fuzz {

class Generator {
public:
  Generator(Random random, const Options& options);
  Case generate();

private:
  // One step each: a node of the row over values of the pool. nullopt where nothing fits.
  std::optional<Value> add_node();
  std::optional<Value> elementwise(const OpRow& row);
  std::optional<Value> reduce(const OpRow& row);
  std::optional<Value> view(const OpRow& row);
  std::optional<Value> join(const OpRow& row);
  std::optional<Value> contract(const OpRow& row);
  std::optional<Value> gather(const OpRow& row);
  std::optional<Value> scatter(const OpRow& row);
  Value index(const OpRow& row);

  Attrs view_attrs(const OpRow& row, Value x);
  Shape reshaped(const Shape& shape);
  void slice_axis(const Dim& size, Dim& start, Dim& count, int64_t& step);

  // Material. Shapes come by value: nodes, and their shapes, move as the graph grows.
  Dim random_dim();
  Shape random_shape(int max_rank);
  IntList some_axes(size_t rank);
  std::optional<Value> picked(DTypes dtypes); // a value of the pool, converted if need be
  Value argument(DType dtype, Shape shape);   // a new input or state
  Value leaf(DType dtype, Shape shape);       // an argument, constant or iota
  Value like(DType dtype, Shape shape);       // a value of the pool, or a leaf
  Value in_domain(Value x, const OpRow& row);
  // Positions within an axis of the given size, as integers of a random dtype.
  Value indices(const Shape& shape, const Dim& size);

  // Values.
  int64_t at_call(const Dim& dim) const { return sizes_(dim); }
  std::vector<int64_t> at_call(const Shape& shape) const { return sizes_(shape); }
  bool fits(const Shape& shape) const; // few enough items
  void evaluate_new_nodes();
  bool acceptable(Value x);
  const TensorValue& value(Value x) const { return values_[x.id.index]; }

  Random random_;
  Options options_;
  Case case_;
  SymbolValues sizes_;
  std::vector<TensorValue> values_; // of each node
  std::vector<Value> pool_;
};

} // namespace tsc::fuzz
