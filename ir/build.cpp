#include "ir/build.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

thread_local const Graph* location_graph = nullptr;
thread_local LocsId location_id;

} // namespace

BuildLocation::BuildLocation(Graph& graph, LocsId locs)
    : previous_graph_(location_graph), previous_(location_id) {
  location_graph = &graph;
  location_id = locs;
}

BuildLocation::~BuildLocation() {
  location_graph = previous_graph_;
  location_id = previous_;
}

LocsId BuildLocation::current(const Graph& graph) {
  return location_graph == &graph ? location_id : LocsId();
}

DType floating(DType dtype) {
  if (!in(dtype, BoolsAndInts)) return dtype;
  return size_of(dtype) <= 2 ? DType::F32 : DType::F64;
}

namespace build {

Value node(Op op, std::vector<Value> args, Attrs attrs) {
  TSC_CHECK(!args.empty());
  Graph& graph = *args[0].graph;
  std::vector<NodeId> ids;
  for (const Value& arg : args) {
    TSC_CHECK(arg.graph == &graph);
    ids.push_back(arg.id);
  }
  return {&graph, graph.add(op, std::move(ids), std::move(attrs), BuildLocation::current(graph))};
}

namespace {

Value no_operands(Graph& graph, Op op, Attrs attrs) {
  return {&graph, graph.add(op, {}, std::move(attrs), BuildLocation::current(graph))};
}

// The shape that operands stretch to: aligned at the right, sizes 1 give way.
Shape common_shape(const std::vector<Value>& args) {
  size_t rank = 0;
  for (const Value& arg : args)
    rank = std::max(rank, arg.rank());
  Shape shape(rank, Dim(1));
  for (const Value& arg : args)
    for (size_t i = 0; i < arg.rank(); ++i) {
      Dim& to = shape[rank - arg.rank() + i];
      // A number tells more than a symbol that must equal it.
      if (to == Dim(1) ||
          (!to.is_number() && arg.shape()[i].is_number() && arg.shape()[i] != Dim(1)))
        to = arg.shape()[i];
    }
  return shape;
}

// Throws where operands surely do not stretch to `shape`. (Graph::add would notice too, but at a
// broadcast that the user did not write.)
void check_stretch(Op op, const std::vector<Value>& args, const Shape& shape) {
  const Graph& graph = *args[0].graph;
  for (const Value& arg : args)
    for (size_t i = 0; i < arg.rank(); ++i) {
      const size_t axis = shape.size() - arg.rank() + i;
      const Dim own = graph.resolve(arg.shape()[i]), common = graph.resolve(shape[axis]);
      if (arg.shape()[i] == Dim(1) || tsc::equal(own, common) != Tri::No) continue;
      Error e(Diag::ShapeMismatch, fmt::format("{}: sizes of axis {} differ", name(op), axis));
      e.at(graph.first_location(BuildLocation::current(graph)));
      for (size_t k = 0; k < args.size(); ++k)
        e.note(fmt::format("operand {}", k), graph.describe(args[k].id));
      e.hint(fmt::format("axis {}: {} and {}; only a size that is 1 when the graph is built "
                         "stretches",
                         axis, shape[axis].text(), arg.shape()[i].text()));
      throw e;
    }
}

// The dtype that the operands from `first` on are converted to.
DType common_dtype(const OpRow& row, const std::vector<Value>& args, size_t first) {
  DType dtype = args[first].dtype();
  for (size_t i = first + 1; i < args.size(); ++i)
    dtype = promote(dtype, args[i].dtype());
  if (row.has(Floating)) dtype = floating(dtype);
  if (dtype == DType::Bool && !in(dtype, row.types) && in(DType::I64, row.types))
    dtype = DType::I64;
  return dtype;
}

} // namespace

Value elementwise(Op op, std::vector<Value> args, Attrs attrs) {
  const OpRow& r = row(op);
  if (static_cast<size_t>(r.arity) == args.size()) {
    const size_t first = r.signature == Signature::Select ? 1 : 0;
    const Shape shape = common_shape(args);
    check_stretch(op, args, shape);
    const DType dtype = common_dtype(r, args, first);
    if (r.signature != Signature::Cast)
      for (size_t i = first; i < args.size(); ++i)
        args[i] = cast(args[i], dtype);
    for (Value& arg : args)
      arg = broadcast_to(arg, shape);
  }
  return node(op, std::move(args), std::move(attrs));
}

Value cast(Value x, DType dtype) {
  return x.dtype() == dtype ? x : node(Op::cast, {x}, {{Key::dtype, dtype}});
}

Value constant(Graph& graph, Literal value, Shape shape) {
  return no_operands(graph, Op::constant,
                     {{Key::value, std::move(value)}, {Key::shape, std::move(shape)}});
}

Value number(Graph& graph, double value, DType dtype, Shape shape) {
  return constant(graph, Literal::number(dtype, value), std::move(shape));
}

Value like(Value x, double value) { return number(*x.graph, value, x.dtype(), x.shape()); }

Value size(Graph& graph, const Dim& dim) {
  if (dim.is_number()) return constant(graph, Literal::integer(DType::I64, dim.number()));
  return no_operands(graph, Op::size, {{Key::size, dim}});
}

Value iota(Graph& graph, DType dtype, Shape shape, int64_t axis) {
  axis = normal_axis("iota", axis, shape.size());
  return no_operands(graph, Op::iota,
                     {{Key::shape, std::move(shape)}, {Key::dtype, dtype}, {Key::axis, axis}});
}

int64_t normal_axis(const char* what, int64_t axis, size_t rank) {
  const auto r = static_cast<int64_t>(rank);
  if (axis >= -r && axis < r) return axis < 0 ? axis + r : axis;
  throw Error(Diag::AxisRange,
              rank == 0 ? fmt::format("{}: axis {} of a scalar", what, axis)
                        : fmt::format("{}: axis {} is not in {}..{}", what, axis, -r, r - 1));
}

IntList normal_axes(const char* what, const IntList& axes, size_t rank) {
  IntList result;
  for (int64_t axis : axes)
    result.push_back(normal_axis(what, axis, rank));
  if (axes.empty())
    for (size_t i = 0; i < rank; ++i)
      result.push_back(static_cast<int64_t>(i));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    throw Error(Diag::AxisRange, fmt::format("{}: an axis is listed twice", what));
  return result;
}

Value reduce(Op op, Value x, const IntList& axes, bool keepdims) {
  const OpRow& r = row(op);
  const IntList all = normal_axes(r.name, axes, x.rank());
  if (r.types == Bools && x.dtype() != DType::Bool) x = not_equal(x, like(x, 0));
  if (r.types == Floats) x = cast(x, floating(x.dtype()));
  const Value result = node(op, {x}, {{Key::axes, all}});
  return keepdims && r.kind == Kind::Reduce ? expand_dims(result, all) : result;
}

namespace {

// Replaces the number -1 in `shape` by what the other sizes leave of `total`.
Shape with_free_size_filled(Value x, Shape shape) {
  const auto is_free = [](const Dim& d) { return d == Dim(-1); };
  const auto free = std::find_if(shape.begin(), shape.end(), is_free);
  if (free == shape.end()) return shape;
  if (std::count_if(shape.begin(), shape.end(), is_free) > 1)
    throw Error(Diag::BadReshape, "reshape: only one size can be -1").note("shape", text(shape));
  *free = Dim(1);
  const Dim total = product(x.shape()), others = product(shape);
  const bool impossible = others == Dim(0) || (total.is_number() && others.is_number() &&
                                               total.number() % others.number() != 0);
  if (impossible)
    throw Error(Diag::BadReshape, fmt::format("reshape: {} elements do not divide by {}",
                                              total.text(), others.text()));
  *free = floordiv(total, others);
  return shape;
}

} // namespace

Value reshape(Value x, Shape shape) {
  shape = with_free_size_filled(x, std::move(shape));
  return x.shape() == shape ? x : node(Op::reshape, {x}, {{Key::shape, std::move(shape)}});
}

Value transpose(Value x, IntList axes) {
  if (axes.empty())
    for (size_t i = x.rank(); i-- > 0;)
      axes.push_back(static_cast<int64_t>(i));
  for (int64_t& axis : axes)
    axis = normal_axis("transpose", axis, x.rank());
  if (std::is_sorted(axes.begin(), axes.end()) && axes.size() == x.rank()) return x;
  return node(Op::transpose, {x}, {{Key::axes, std::move(axes)}});
}

Value broadcast(Value x, Shape shape, IntList axes) {
  if (x.shape() == shape) return x;
  return node(Op::broadcast, {x}, {{Key::shape, std::move(shape)}, {Key::axes, std::move(axes)}});
}

Value broadcast_to(Value x, const Shape& shape) {
  if (x.rank() > shape.size())
    throw Error(Diag::RankMismatch,
                fmt::format("cannot broadcast {} to {}", text(x.type()), text(shape)));
  if (x.shape() == shape) return x;
  // A size that is a number where ours is a symbol must be equal: the op itself will say so.
  bool stretches = x.rank() < shape.size();
  for (size_t i = 0; i < x.rank(); ++i)
    stretches |= x.shape()[i] == Dim(1) && shape[shape.size() - x.rank() + i] != Dim(1);
  if (!stretches) return x;
  IntList axes;
  for (size_t i = 0; i < x.rank(); ++i)
    axes.push_back(static_cast<int64_t>(shape.size() - x.rank() + i));
  return broadcast(x, shape, std::move(axes));
}

Value expand_dims(Value x, IntList axes) {
  const size_t rank = x.rank() + axes.size();
  axes = normal_axes("expand_dims", axes, rank);
  Shape shape = x.shape();
  for (int64_t axis : axes)
    shape.insert(shape.begin() + axis, Dim(1));
  return reshape(x, std::move(shape));
}

Value squeeze(Value x, IntList axes) {
  Shape shape;
  if (!axes.empty()) axes = normal_axes("squeeze", axes, x.rank());
  for (size_t i = 0; i < x.rank(); ++i) {
    const bool listed = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (listed && x.shape()[i] != Dim(1))
      throw Error(Diag::ShapeMismatch,
                  fmt::format("squeeze: axis {} has size {}, not 1", i, x.shape()[i].text()));
    if (listed || (axes.empty() && x.shape()[i] == Dim(1))) continue;
    shape.push_back(x.shape()[i]);
  }
  return reshape(x, std::move(shape));
}

Value flip(Value x, const IntList& axes) {
  return node(Op::flip, {x}, {{Key::axes, normal_axes("flip", axes, x.rank())}});
}

namespace {

// Where `at` lands on an axis of `size`: negative numbers count from the end, numbers are clamped
// to [low, high] when the size is a number.
Dim position(const Dim& at, const Dim& size, int64_t low, int64_t high_offset) {
  const Dim from_start = at.is_number() && at.number() < 0 ? size + at : at;
  if (!from_start.is_number() || !size.is_number()) return from_start;
  return std::clamp(from_start.number(), low, size.number() + high_offset);
}

struct Taken {
  Dim start, count;
};

Taken taken(const Range& range, const Dim& size) {
  if (range.step == 0) throw Error(Diag::BadAttribute, "slice: the step is 0");
  const bool forward = range.step > 0;
  const Dim start = range.start ? position(*range.start, size, forward ? 0 : -1, forward ? 0 : -1)
                                : (forward ? Dim(0) : size - 1);
  const Dim stop = range.stop ? position(*range.stop, size, forward ? 0 : -1, forward ? 0 : -1)
                              : (forward ? size : Dim(-1));
  const int64_t stride = forward ? range.step : -range.step;
  const Dim distance = forward ? stop - start : start - stop;
  const Dim count = floordiv(distance + (stride - 1), stride);
  return {start, count.is_number() && count.number() < 0 ? Dim(0) : count};
}

} // namespace

Value slice(Value x, const std::vector<Range>& ranges) {
  if (ranges.size() > x.rank())
    throw Error(Diag::RankMismatch,
                fmt::format("slice: {} ranges for {} axes", ranges.size(), x.rank()));
  Shape start(x.rank(), Dim(0)), count = x.shape();
  IntList step(x.rank(), 1);
  for (size_t i = 0; i < ranges.size(); ++i) {
    const Taken t = taken(ranges[i], x.shape()[i]);
    start[i] = t.start, count[i] = t.count, step[i] = ranges[i].step;
  }
  if (count == x.shape() && std::all_of(step.begin(), step.end(), [](int64_t s) { return s == 1; }))
    return x;
  return node(Op::slice, {x}, {{Key::start, start}, {Key::count, count}, {Key::step, step}});
}

Value pad(Value x, Shape low, Shape high, double fill) {
  return node(Op::pad, {x},
              {{Key::low, std::move(low)},
               {Key::high, std::move(high)},
               {Key::value, Literal::number(x.dtype(), fill)}});
}

Value concat(const std::vector<Value>& xs, int64_t axis) {
  if (xs.empty()) throw Error(Diag::WrongArity, "concat: takes one operand or more, got none");
  DType dtype = xs[0].dtype();
  for (const Value& x : xs)
    dtype = promote(dtype, x.dtype());
  std::vector<Value> converted;
  for (const Value& x : xs)
    converted.push_back(cast(x, dtype));
  return node(Op::concat, std::move(converted),
              {{Key::axis, normal_axis("concat", axis, xs[0].rank())}});
}

Value contract(Value a, Value b, IntList a_batch, IntList b_batch, IntList a_axes, IntList b_axes) {
  DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == DType::Bool) dtype = DType::I64;
  return node(Op::contract, {cast(a, dtype), cast(b, dtype)},
              {{Key::lhs_batch, std::move(a_batch)},
               {Key::rhs_batch, std::move(b_batch)},
               {Key::lhs_contract, std::move(a_axes)},
               {Key::rhs_contract, std::move(b_axes)}});
}

Value matmul(Value a, Value b) {
  if (a.rank() == 0 || b.rank() == 0)
    throw Error(Diag::RankMismatch, "matmul: an operand is a scalar")
        .note("left", text(a.type()))
        .note("right", text(b.type()));
  const size_t inner = b.rank() == 1 ? 0 : b.rank() - 2;
  const Graph& graph = *a.graph;
  if (tsc::equal(graph.resolve(a.shape().back()), graph.resolve(b.shape()[inner])) == Tri::No)
    throw Error(Diag::ShapeMismatch, "matmul: inner sizes differ")
        .at(graph.first_location(BuildLocation::current(graph)))
        .note("left", graph.describe(a.id))
        .note("right", graph.describe(b.id))
        .hint(fmt::format("left axis {} is {}, right axis {} is {}", a.rank() - 1,
                          a.shape().back().text(), inner, b.shape()[inner].text()));
  if (a.rank() == 1)
    return contract(a, b, {}, {}, {0}, {static_cast<int64_t>(b.rank() == 1 ? 0 : b.rank() - 2)});
  if (b.rank() == 1) return contract(a, b, {}, {}, {static_cast<int64_t>(a.rank() - 1)}, {0});
  // Batch axes broadcast against each other; the last two axes are the matrices.
  Shape a_batch(a.shape().begin(), a.shape().end() - 2),
      b_batch(b.shape().begin(), b.shape().end() - 2);
  if (b_batch.empty() && !a_batch.empty()) // one matrix for all: no need to repeat it
    return contract(a, b, {}, {}, {static_cast<int64_t>(a.rank() - 1)}, {0});
  const size_t rank = std::max(a_batch.size(), b_batch.size());
  Shape batch(rank, Dim(1));
  for (const Shape* s : {&a_batch, &b_batch})
    for (size_t i = 0; i < s->size(); ++i)
      if (Dim& to = batch[rank - s->size() + i]; to == Dim(1)) to = (*s)[i];
  auto stretched = [&](Value v) {
    Shape shape = batch;
    shape.insert(shape.end(), v.shape().end() - 2, v.shape().end());
    return broadcast_to(v, shape);
  };
  IntList axes;
  for (size_t i = 0; i < rank; ++i)
    axes.push_back(static_cast<int64_t>(i));
  const auto r = static_cast<int64_t>(rank);
  return contract(stretched(a), stretched(b), axes, axes, {r + 1}, {r});
}

Value gather(Value x, Value indices, int64_t axis, int64_t batch) {
  return node(Op::gather, {x, indices},
              {{Key::axis, normal_axis("gather", axis, x.rank())}, {Key::batch, batch}});
}

namespace {

Value scatter(Op op, Value x, Value indices, Value values, int64_t axis, int64_t batch) {
  return node(op, {x, indices, cast(values, x.dtype())},
              {{Key::axis, normal_axis(name(op), axis, x.rank())}, {Key::batch, batch}});
}

} // namespace

Value scatter_set(Value x, Value indices, Value values, int64_t axis, int64_t batch) {
  return scatter(Op::scatter_set, x, indices, values, axis, batch);
}
Value scatter_add(Value x, Value indices, Value values, int64_t axis, int64_t batch) {
  return scatter(Op::scatter_add, x, indices, values, axis, batch);
}

namespace {

// Spreads a value of the reduced shape back over the axes.
Value spread(Value reduced, const Shape& full, const IntList& axes) {
  if (reduced.rank() == full.size()) return reduced;
  IntList places;
  for (size_t i = 0; i < full.size(); ++i)
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end())
      places.push_back(static_cast<int64_t>(i));
  return broadcast(reduced, full, std::move(places));
}

// One application inside instantiate().
Value applied(Op op, std::vector<Value> args, const Shape& full, const IntList& axes) {
  if (kind_of(op) == Kind::Reduce || kind_of(op) == Kind::Rowwise)
    return node(op, {spread(args[0], full, axes)}, {{Key::axes, axes}});
  size_t rank = 0;
  for (const Value& arg : args)
    rank = std::max(rank, arg.rank());
  for (Value& arg : args)
    if (arg.rank() < rank && arg.rank() > 0) arg = spread(arg, full, axes);
  return elementwise(op, std::move(args));
}

} // namespace

Value instantiate(const Expr& e, const Binding& binding, const IntList& axes) {
  const Shape full = binding.x.shape(); // a copy: new nodes move the graph's own
  Graph& graph = *binding.x.graph;
  auto variable = [&](char name) {
    switch (name) {
    case 'x':
      return binding.x;
    case 'y':
      return binding.y;
    case 'z':
      return binding.z;
    case 'g':
      return binding.g;
    default:
      return binding.r;
    }
  };
  // Constants take the floating or integer dtype at hand, so that they never widen the computation.
  const DType dtype =
      binding.x.dtype() == DType::Bool && binding.y.graph ? binding.y.dtype() : binding.x.dtype();
  std::vector<Value> values;
  for (size_t i = 0; i < e.size(); ++i) {
    const Expr::Node& n = e[i];
    switch (n.tag) {
    case Expr::Tag::Var:
      values.push_back(variable(n.var));
      break;
    case Expr::Tag::Constant:
      values.push_back(number(graph, n.constant, dtype));
      break;
    case Expr::Tag::Apply: {
      std::vector<Value> args;
      for (size_t a = 0; a < n.arity; ++a)
        args.push_back(values[n.args[a]]);
      values.push_back(applied(n.op, std::move(args), full, axes));
      break;
    }
    }
  }
  return values.back();
}

} // namespace build

} // namespace tsc
