// Building graphs as one writes mathematics. A Value is a node of a graph under construction;
// functions on Values convert dtypes (support/dtype.h: promote) and broadcast (axes aligned at the
// right; a size that is 1 now stretches), then call Graph::add. Composite functions
// (ir/composites.h), the text parser, grad and the expansion of Exprs are written with these.
#pragma once

#include "ir/graph.h"

namespace tsc {

struct Value {
  Graph* graph = nullptr;
  NodeId id;

  const Type& type() const { return graph->type(id); }
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  size_t rank() const { return type().rank(); }
};

// The location that nodes built in this scope get (per thread; scopes nest).
class BuildLocation {
public:
  BuildLocation(Graph& graph, LocsId locs);
  ~BuildLocation();
  BuildLocation(const BuildLocation&) = delete;
  BuildLocation& operator=(const BuildLocation&) = delete;
  static LocsId current(const Graph& graph);

private:
  const Graph* previous_graph_;
  LocsId previous_;
};

namespace build {

// Any op over operands of one dtype and fitting shapes: Graph::add without conversions.
Value node(Op op, std::vector<Value> args, Attrs attrs = {});

// An elementwise op with promotion and broadcasting. Ops with the fact Floating convert integers to
// f32 (8 and 16 bits, bool) or f64 (32 and 64 bits).
Value elementwise(Op op, std::vector<Value> args, Attrs attrs = {});

#define UNARY(op, ...)                                                                             \
  inline Value op(Value x) { return elementwise(Op::op, {x}); }
#define BINARY(op, ...)                                                                            \
  inline Value op(Value x, Value y) { return elementwise(Op::op, {x, y}); }
#define TERNARY(op, ...)                                                                           \
  inline Value op(Value x, Value y, Value z) { return elementwise(Op::op, {x, y, z}); }
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY

Value cast(Value x, DType dtype); // x itself when it has the dtype already

// Constants. `like` gives the dtype and shape of a splat.
Value constant(Graph& graph, Literal value, Shape shape = {});
Value number(Graph& graph, double value, DType dtype = DType::F32, Shape shape = {});
Value like(Value x, double value);        // splat of x's dtype and shape
Value size(Graph& graph, const Dim& dim); // i64 scalar
Value iota(Graph& graph, DType dtype, Shape shape, int64_t axis);

// Axes may be negative (from the end); `axes` empty means all. Throws AxisRange.
IntList normal_axes(const char* what, const IntList& axes, size_t rank);
int64_t normal_axis(const char* what, int64_t axis, size_t rank);

// Reductions; keepdims leaves axes of size 1.
Value reduce(Op op, Value x, const IntList& axes = {}, bool keepdims = false);
#define REDUCE(op, ...)                                                                            \
  inline Value op(Value x, const IntList& axes = {}, bool keepdims = false) {                      \
    return reduce(Op::op, x, axes, keepdims);                                                      \
  }
#define ROWWISE(op, ...)                                                                           \
  inline Value op(Value x, const IntList& axes = {-1}) { return reduce(Op::op, x, axes); }
#include "ir/ops/reduce.def"
#undef REDUCE
#undef ROWWISE

// Views.
Value reshape(Value x, Shape shape);             // one size may be the number -1
Value transpose(Value x, IntList axes = {});     // empty: reversed
Value broadcast_to(Value x, const Shape& shape); // axes aligned at the right
Value broadcast(Value x, Shape shape, IntList axes);
Value expand_dims(Value x, IntList axes); // new axes of size 1 at these places of the result
Value squeeze(Value x, IntList axes);     // drops axes that are 1; empty: all that are
Value flip(Value x, const IntList& axes = {});
// Python's x[start:stop:step] on each axis; nullopt as there. Numbers beyond a known size are
// clamped as in Python; against a symbolic size they must fit (checked at each call).
struct Range {
  std::optional<Dim> start, stop;
  int64_t step = 1;
};
Value slice(Value x, const std::vector<Range>& ranges); // missing ranges: whole axes
Value pad(Value x, Shape low, Shape high, double fill = 0);
Value concat(const std::vector<Value>& xs, int64_t axis);

// Products and indexing.
Value contract(Value a, Value b, IntList a_batch, IntList b_batch, IntList a_axes, IntList b_axes);
Value matmul(Value a, Value b); // NumPy's: vectors, matrices, broadcast batches
Value gather(Value x, Value indices, int64_t axis, int64_t batch = 0);
Value scatter_set(Value x, Value indices, Value values, int64_t axis, int64_t batch = 0);
Value scatter_add(Value x, Value indices, Value values, int64_t axis, int64_t batch = 0);

inline Value operator+(Value a, Value b) { return add(a, b); }
inline Value operator-(Value a, Value b) { return sub(a, b); }
inline Value operator*(Value a, Value b) { return mul(a, b); }
inline Value operator/(Value a, Value b) { return div(a, b); }
inline Value operator-(Value a) { return neg(a); }

// `e` over the given values: full-shape variables x, y, z, g; `r` and `g` may have the reduced
// shape when `axes` is given, and then spread back. Reductions inside run over `axes`.
struct Binding {
  Value x, y, z, g, r; // those unused may be left empty
};
Value instantiate(const Expr& e, const Binding& binding, const IntList& axes = {});

} // namespace build

// The dtype that a Floating op computes an integer in.
DType floating(DType dtype);

} // namespace tsc
