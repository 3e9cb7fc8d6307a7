// Inside of the interpreter: one function per kind of node. Types and requirements are checked
// already, so that sizes fit; what only values tell (indices) is checked here.
#pragma once

#include "ir/graph.h"
#include "ir/scalar.h"
#include "ir/sizes.h"
#include "ir/tensor_value.h"

#include <span>
#include <vector>

namespace tsc::interpreter {

struct Call {
  const Node& node;
  std::span<const TensorValue* const> args;
  const SymbolValues& sizes;

  const TensorValue& arg(size_t i) const { return *args[i]; }
  const Attrs& attrs() const { return node.attrs; }
  const OpRow& row() const { return tsc::row(node.op); }
  TensorValue result() const { return TensorValue::zeros(node.type.dtype, sizes(node.type.shape)); }
};

TensorValue index(const Call& call);
TensorValue elementwise(const Call& call);
TensorValue reduce(const Call& call);
TensorValue rowwise(const Call& call);
TensorValue view(const Call& call);
TensorValue join(const Call& call);
TensorValue contract(const Call& call);
TensorValue gather(const Call& call);
TensorValue scatter(const Call& call);

// The dtype in which items of `dtype` are added up and multiplied: f64, i64 or u64.
DType accumulator(DType dtype);

// Does `item` take the place of the best one so far? The first of equal ones stays; NaN beats all.
template <class T>
bool takes_place(T item, T best, bool largest) {
  return (largest ? item > best : item < best) || (item != item && best == best);
}

// The value cast to another dtype.
TensorValue converted(const TensorValue& value, DType dtype);

// elementwise_loop(), which must be there.
ElementwiseLoop required_loop(Op op, DType dtype);

// Places of the items of a strided box, in row-major order of `sizes`, relative to its first.
std::vector<int64_t> places(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides);

// The entries of `values` at `axes`, and those at all other axes.
std::vector<int64_t> at(const std::vector<int64_t>& values, const std::vector<int64_t>& axes);
std::vector<int64_t> other_axes(size_t rank, const std::vector<int64_t>& axes);

// Product of values[first, last): the number of items of these axes.
int64_t items(const std::vector<int64_t>& sizes, size_t first, size_t last);

} // namespace tsc::interpreter
