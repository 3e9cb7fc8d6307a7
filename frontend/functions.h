// Functions of tensors beyond elementwise ones: the typed C++ face of the table in ir/composites.h
// (`tsc ops` prints it). As in NumPy unless said. Errors are thrown where a function is called,
// with that line: ShapeMismatch, RankMismatch, DTypeMismatch, AxisRange, BadReshape, BadAttribute.
#pragma once

#include "frontend/tensor.h"

#include <initializer_list>
#include <optional>

namespace [[gnu::visibility("default")]] tsc {

// Axes: one, or a list; counted from the end when below 0. Where a default {} is, it means all.
class Axes : public std::vector<int64_t> {
public:
  Axes() = default;
  Axes(int64_t axis) : vector{axis} {}
  Axes(int axis) : vector{axis} {}
  Axes(std::initializer_list<int64_t> axes) : vector(axes) {}
  Axes(std::vector<int64_t> axes) : vector(std::move(axes)) {}
};

// ---- Shapes ----

Tensor reshape(const Operand& x, Shape shape); // one size may be -1: what the others leave
Tensor transpose(const Operand& x,
                 Axes axes = {}); // result axis i is x's axis axes[i]; {}: reversed
Tensor broadcast_to(const Operand& x, Shape shape);
Tensor flip(const Operand& x, Axes axes = {});
Tensor expand_dims(const Operand& x, Axes axes);  // axes of size 1, at these places of the result
Tensor squeeze(const Operand& x, Axes axes = {}); // drops axes of size 1; {}: all known to be
// low[i] items of `value` before axis i and high[i] behind it.
Tensor pad(const Operand& x, Shape low, Shape high, double value = 0);
Tensor concat(const std::vector<Operand>& xs, int64_t axis = 0);
Tensor stack(const std::vector<Operand>& xs, int64_t axis = 0); // along a new axis

// ---- Values made of sizes ----

using Where = std::source_location;
Tensor zeros(Shape shape, DType dtype, Where where = Where::current());
Tensor ones(Shape shape, DType dtype, Where where = Where::current());
Tensor full(Shape shape, double value, DType dtype, Where where = Where::current());
Tensor zeros_like(const Operand& x);
Tensor ones_like(const Operand& x);
// The position along the axis: 0, 1, 2, ...
Tensor iota(Shape shape, int64_t axis = 0, DType dtype = DType::I64,
            Where where = Where::current());
Tensor arange(Dim n, DType dtype = DType::I64, Where where = Where::current());
// 1 where column - row is k, else 0.
Tensor eye(Dim rows, std::optional<Dim> columns = {}, int64_t k = 0, DType dtype = DType::F32,
           Where where = Where::current());
// A size as an i64 scalar: size(x, 0) is the number of rows.
Tensor size(const Operand& x, int64_t axis);

// ---- Reductions ----
//
// `keepdims` leaves the axes in place with size 1. Sums and products of integers and bool are 64
// bits wide. With a dtype, items are converted to it before they are added up.

Tensor sum(const Operand& x, Axes axes = {}, bool keepdims = false,
           std::optional<DType> dtype = {});
Tensor prod(const Operand& x, Axes axes = {}, bool keepdims = false,
            std::optional<DType> dtype = {});
Tensor max(const Operand& x, Axes axes = {}, bool keepdims = false); // NaN if there is one
Tensor min(const Operand& x, Axes axes = {}, bool keepdims = false);
Tensor any(const Operand& x, Axes axes = {}, bool keepdims = false);
Tensor all(const Operand& x, Axes axes = {}, bool keepdims = false);
// The first position (i64) along one axis, or of all items in row-major order.
Tensor argmax(const Operand& x, Axes axes = {}, bool keepdims = false);
Tensor argmin(const Operand& x, Axes axes = {}, bool keepdims = false);
Tensor mean(const Operand& x, Axes axes = {}, bool keepdims = false); // of integers: floating
// The mean of squared deviations, in two passes; divides by the number of items less ddof.
Tensor var(const Operand& x, Axes axes = {}, bool keepdims = false, int64_t ddof = 0);
// Square root of var; NumPy's std.
Tensor stddev(const Operand& x, Axes axes = {}, bool keepdims = false, int64_t ddof = 0);
// sum(|x|^order)^(1/order); infinity: the largest |x|.
Tensor norm(const Operand& x, Axes axes = {}, bool keepdims = false, double order = 2);
// log(sum(exp(x))), softmax and its logarithm, finite for any finite x.
Tensor logsumexp(const Operand& x, Axes axes = {}, bool keepdims = false);
Tensor softmax(const Operand& x, Axes axes = -1);
Tensor log_softmax(const Operand& x, Axes axes = -1);

// ---- Products ----

// NumPy's @: vectors, matrices, stacks of matrices whose leading axes broadcast.
Tensor matmul(const Operand& a, const Operand& b);
Tensor dot(const Operand& a, const Operand& b);
Tensor outer(const Operand& a, const Operand& b); // both flattened
// Sum of products over the paired axes; result: the rest of a, then of b.
Tensor tensordot(const Operand& a, const Operand& b, Axes a_axes, Axes b_axes);
// ... over the last n axes of a and the first n of b.
Tensor tensordot(const Operand& a, const Operand& b, int n = 2);

// ---- Indexing (see also frontend/index.h) ----
//
// Indices are integers; below 0 they count from the end. Outside the axis: IndexRange when run.

// Items along the axis at the given places; the indices' axes stand where the axis was.
Tensor take(const Operand& x, const Operand& indices, int64_t axis = 0);
// One item of each row of the last axis: x[i, ..., indices[i, ...]].
Tensor pick(const Operand& x, const Operand& indices);
// x with the items at the places that `take` would read replaced (the last of repeated places wins)
// or added to (repeated places add up).
Tensor scatter_set(const Operand& x, const Operand& indices, const Operand& values,
                   int64_t axis = 0);
Tensor scatter_add(const Operand& x, const Operand& indices, const Operand& values,
                   int64_t axis = 0);
// x with x(places...) replaced by or increased by `value`, which broadcasts to it: Theano's
// set_subtensor(x[places], value). x itself does not change.
Tensor set_subtensor(const Operand& x, const std::vector<Subscript>& places, const Operand& value);
Tensor inc_subtensor(const Operand& x, const std::vector<Subscript>& places, const Operand& value);

// ---- Neural networks ----

Tensor relu(const Operand& x);
Tensor gelu(const Operand& x); // exact, by erfc
Tensor silu(const Operand& x); // x * sigmoid(x)
// (x - mean) / sqrt(var + epsilon) over the axes, times scale plus bias, which have just these
// axes.
Tensor layer_norm(const Operand& x, const Operand& scale, const Operand& bias, Axes axes = -1,
                  double epsilon = 1e-5);
// -log softmax(logits)[label] for each row. Labels: integers, of one axis less than the logits; or
// probabilities of the logits' shape.
Tensor cross_entropy(const Operand& logits, const Operand& labels);
// -(t*log p + (1-t)*log(1-p)) for each item, p = sigmoid(logits).
Tensor binary_cross_entropy_with_logits(const Operand& logits, const Operand& targets);

} // namespace tsc
