#include "ir/infer.h"

#include "ir/dtypes_text.h"
#include "support/checked.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

using Relation = Requirement::Relation;

// One node being typed: what the rules below share.
constexpr const char* only_declared_stretch = " (only a size declared as 1 stretches)";

struct Inference {
  Graph& graph;
  const Node& node;

  const OpRow& row() const { return tsc::row(node.op); }
  const Type& arg(size_t i) const { return graph.type(node.args[i]); }
  const Attrs& attrs() const { return node.attrs; }

  [[noreturn]] void fail(Diag diag, const std::string& what, std::string hint = "") const {
    Error e(diag, fmt::format("{}: {}", row().name, what));
    if (!hint.empty()) e.hint(std::move(hint));
    throw e;
  }

  // `remark`: what the message of a call should add.
  void require_equal(const Dim& a, const Dim& b, const std::string& what, const std::string& hint,
                     const char* remark = "") const {
    if (graph.decide(a, Relation::Equal, b) == Tri::No)
      fail(Diag::ShapeMismatch, what + " differ", hint);
    graph.require(a, Relation::Equal, b, fmt::format("{}: {}{}", row().name, what, remark),
                  node.locs);
  }

  void require_in(const Dim& a, const Dim& b, const std::string& what) const {
    if (graph.decide(a, Relation::LessEqual, b) == Tri::No)
      fail(Diag::ShapeMismatch, fmt::format("{}: {} is more than {}", what, a.text(), b.text()));
    graph.require(a, Relation::LessEqual, b, fmt::format("{}: {}", row().name, what), node.locs);
  }

  void check_dtype(const Type& type) const {
    if (in(type.dtype, row().types)) return;
    const DType part = part_type(type.dtype);
    fail(Diag::DTypeMismatch, fmt::format("does not work on {}", name(type.dtype)),
         fmt::format("it works on {}{}", dtypes_text(row().types),
                     part != type.dtype && in(part, row().types)
                         ? ", which abs, real and imag of a complex are"
                         : ""));
  }

  size_t check_axis(int64_t axis, size_t rank) const {
    if (axis < 0 || axis >= static_cast<int64_t>(rank))
      fail(Diag::AxisRange, rank == 0 ? fmt::format("axis {} of a scalar", axis)
                                      : fmt::format("axis {} is not in 0..{}", axis, rank - 1));
    return static_cast<size_t>(axis);
  }

  // Distinct axes in range.
  void check_axes(const IntList& axes, size_t rank) const {
    std::vector<bool> seen(rank);
    for (int64_t axis : axes) {
      const size_t a = check_axis(axis, rank);
      if (seen[a]) fail(Diag::AxisRange, fmt::format("axis {} is listed twice", axis));
      seen[a] = true;
    }
  }

  void check_length(size_t got, size_t wanted, Key key) const {
    if (got != wanted)
      fail(Diag::BadAttribute,
           fmt::format("{} has {} values for {} axes", tsc::row(key).name, got, wanted));
  }

  Type elementwise() const;
  Type reduce() const;
  Type view() const;
  Type reshape() const;
  Type broadcast() const;
  Type slice() const;
  Type pad() const;
  Type join() const;
  Type contract() const;
  Type gather() const;
  Type scatter() const;
  Type constant() const;
  Shape gathered_shape() const;
};

std::string axis_hint(size_t axis, const Dim& a, const Dim& b) {
  return fmt::format("axis {}: {} and {}", axis, a.text(), b.text());
}

Type Inference::elementwise() const {
  const size_t first = row().signature == Signature::Select ? 1 : 0;
  if (first == 1 && arg(0).dtype != DType::Bool)
    fail(Diag::DTypeMismatch, fmt::format("the condition is {}, not bool", name(arg(0).dtype)));
  for (size_t i = first; i < node.args.size(); ++i) {
    check_dtype(arg(i));
    if (arg(i).dtype != arg(first).dtype)
      fail(Diag::DTypeMismatch,
           fmt::format("operands are {} and {}", name(arg(first).dtype), name(arg(i).dtype)));
  }
  for (size_t i = 1; i < node.args.size(); ++i) {
    if (arg(i).rank() != arg(0).rank())
      fail(Diag::RankMismatch,
           fmt::format("operands have {} and {} axes", arg(0).rank(), arg(i).rank()));
    for (size_t axis = 0; axis < arg(0).rank(); ++axis)
      require_equal(arg(0).shape[axis], arg(i).shape[axis], fmt::format("sizes of axis {}", axis),
                    axis_hint(axis, arg(0).shape[axis], arg(i).shape[axis]) +
                        "; only a size that is 1 when the graph is built stretches",
                    only_declared_stretch);
  }
  switch (row().signature) {
  case Signature::Same:
    return arg(0);
  case Signature::Part:
    return {part_type(arg(0).dtype), arg(0).shape};
  case Signature::Predicate:
    return {DType::Bool, arg(0).shape};
  case Signature::Select:
    return arg(1);
  case Signature::Cast: {
    const DType to = attrs().dtype(Key::dtype);
    if (!in(to, row().types))
      fail(Diag::DTypeMismatch, fmt::format("cannot convert to {}", name(to)));
    if (in(arg(0).dtype, Complexes) && !in(to, Complexes))
      fail(Diag::DTypeMismatch,
           fmt::format("cannot convert {} to {}", name(arg(0).dtype), name(to)));
    return {to, arg(0).shape};
  }
  }
  throw InternalError("bad signature");
}

// Integer sums and products have 64 bits; positions are i64; other reductions keep the dtype.
DType reduced_dtype(const OpRow& row, DType dtype) {
  if (row.op == Op::argmax || row.op == Op::argmin) return DType::I64;
  const bool accumulates = row.combine == Op::add || row.combine == Op::mul;
  if (!accumulates) return dtype;
  if (in(dtype, Bools | Signed)) return DType::I64;
  return in(dtype, Unsigned) ? DType::U64 : dtype;
}

Type Inference::reduce() const {
  check_dtype(arg(0));
  const IntList& axes = attrs().ints(Key::axes);
  check_axes(axes, arg(0).rank());
  if (!std::is_sorted(axes.begin(), axes.end())) fail(Diag::BadAttribute, "axes must ascend");
  if (row().kind == Kind::Rowwise) return arg(0);
  const bool has_identity = !row().has(NeedsItems);
  Shape shape;
  for (size_t axis = 0; axis < arg(0).rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) == axes.end()) {
      shape.push_back(arg(0).shape[axis]);
      continue;
    }
    if (has_identity) continue;
    if (arg(0).shape[axis] == Dim(0))
      fail(Diag::EmptyReduction, fmt::format("axis {} has no elements", axis));
    graph.require(1, Relation::LessEqual, arg(0).shape[axis],
                  fmt::format("{} of no elements has no value: axis {}", row().name, axis),
                  node.locs);
  }
  return {reduced_dtype(row(), arg(0).dtype), shape};
}

Type Inference::reshape() const {
  const Shape& shape = attrs().dims(Key::shape);
  const Dim from = product(arg(0).shape), to = product(shape);
  if (graph.decide(from, Relation::Equal, to) == Tri::No)
    throw Error(Diag::BadReshape,
                fmt::format("reshape: {} has {} elements, {} has {}", text(arg(0).shape),
                            from.text(), text(shape), to.text()));
  graph.require(from, Relation::Equal, to, "reshape: numbers of elements", node.locs);
  return {arg(0).dtype, shape};
}

Type Inference::broadcast() const {
  const Shape& shape = attrs().dims(Key::shape);
  const IntList& axes = attrs().ints(Key::axes);
  check_length(axes.size(), arg(0).rank(), Key::axes);
  check_axes(axes, shape.size());
  if (!std::is_sorted(axes.begin(), axes.end())) fail(Diag::BadAttribute, "axes must ascend");
  for (size_t i = 0; i < axes.size(); ++i) {
    const Dim& to = shape[static_cast<size_t>(axes[i])];
    if (arg(0).shape[i] == Dim(1)) continue;
    require_equal(arg(0).shape[i], to, fmt::format("size of axis {} and its target", i),
                  axis_hint(i, arg(0).shape[i], to) +
                      "; only a size that is 1 when the graph is built stretches",
                  only_declared_stretch);
  }
  return {arg(0).dtype, shape};
}

Type Inference::slice() const {
  const Shape& start = attrs().dims(Key::start);
  const Shape& count = attrs().dims(Key::count);
  const IntList& step = attrs().ints(Key::step);
  for (auto [size, key] :
       {std::pair(start.size(), Key::start), {count.size(), Key::count}, {step.size(), Key::step}})
    check_length(size, arg(0).rank(), key);
  for (size_t axis = 0; axis < step.size(); ++axis) {
    if (step[axis] == 0) fail(Diag::BadAttribute, "a step is 0");
    require_in(0, count[axis], fmt::format("count of axis {}", axis));
    if (count[axis] == Dim(0)) continue;
    const Dim last = start[axis] + (count[axis] - 1) * Dim(step[axis]);
    const Dim& low = step[axis] > 0 ? start[axis] : last;
    const Dim& high = step[axis] > 0 ? last : start[axis];
    require_in(0, low, fmt::format("first position of axis {}", axis));
    require_in(high + 1, arg(0).shape[axis], fmt::format("positions of axis {}", axis));
  }
  return {arg(0).dtype, count};
}

Type Inference::pad() const {
  const Shape& low = attrs().dims(Key::low);
  const Shape& high = attrs().dims(Key::high);
  check_length(low.size(), arg(0).rank(), Key::low);
  check_length(high.size(), arg(0).rank(), Key::high);
  const Literal& fill = attrs().value(Key::value);
  if (fill.dtype() != arg(0).dtype || !fill.is_splat())
    fail(Diag::DTypeMismatch,
         fmt::format("the fill is {}, not {}", name(fill.dtype()), name(arg(0).dtype)));
  Shape shape;
  for (size_t axis = 0; axis < low.size(); ++axis) {
    require_in(0, low[axis], fmt::format("fill before axis {}", axis));
    require_in(0, high[axis], fmt::format("fill behind axis {}", axis));
    shape.push_back(arg(0).shape[axis] + low[axis] + high[axis]);
  }
  return {arg(0).dtype, shape};
}

Type Inference::view() const {
  check_dtype(arg(0));
  if (node.op == Op::reshape) return reshape();
  if (node.op == Op::broadcast) return broadcast();
  if (node.op == Op::slice) return slice();
  if (node.op == Op::pad) return pad();
  const IntList& axes = attrs().ints(Key::axes);
  check_axes(axes, arg(0).rank());
  if (node.op == Op::flip) return arg(0);
  check_length(axes.size(), arg(0).rank(), Key::axes);
  Shape shape;
  for (int64_t axis : axes)
    shape.push_back(arg(0).shape[static_cast<size_t>(axis)]);
  return {arg(0).dtype, shape};
}

Type Inference::join() const {
  Type result = arg(0);
  const size_t axis = check_axis(attrs().integer(Key::axis), result.rank());
  for (size_t i = 1; i < node.args.size(); ++i) {
    const Type& other = arg(i);
    if (other.dtype != result.dtype)
      fail(Diag::DTypeMismatch,
           fmt::format("operands are {} and {}", name(result.dtype), name(other.dtype)));
    if (other.rank() != result.rank())
      fail(Diag::RankMismatch,
           fmt::format("operands have {} and {} axes", result.rank(), other.rank()));
    for (size_t a = 0; a < result.rank(); ++a) {
      if (a == axis)
        result.shape[a] = result.shape[a] + other.shape[a];
      else
        require_equal(result.shape[a], other.shape[a], fmt::format("sizes of axis {}", a),
                      axis_hint(a, result.shape[a], other.shape[a]));
    }
  }
  return result;
}

Type Inference::contract() const {
  const Type &l = arg(0), &r = arg(1);
  for (const Type& t : {l, r})
    check_dtype(t);
  if (l.dtype != r.dtype)
    fail(Diag::DTypeMismatch, fmt::format("operands are {} and {}", name(l.dtype), name(r.dtype)));
  const IntList &lb = attrs().ints(Key::lhs_batch), &rb = attrs().ints(Key::rhs_batch);
  const IntList &lc = attrs().ints(Key::lhs_contract), &rc = attrs().ints(Key::rhs_contract);
  if (lb.size() != rb.size() || lc.size() != rc.size())
    fail(Diag::BadAttribute, "axes of the operands do not pair up");
  Shape shape;
  auto side = [&](const Type& t, const IntList& batch, const IntList& contract) {
    IntList used = batch;
    used.insert(used.end(), contract.begin(), contract.end());
    check_axes(used, t.rank());
    Shape rest;
    for (size_t axis = 0; axis < t.rank(); ++axis)
      if (std::find(used.begin(), used.end(), static_cast<int64_t>(axis)) == used.end())
        rest.push_back(t.shape[axis]);
    return rest;
  };
  const Shape left = side(l, lb, lc), right = side(r, rb, rc);
  auto pair = [&](const IntList& a, const IntList& b, const char* what) {
    for (size_t i = 0; i < a.size(); ++i) {
      const Dim &p = l.shape[static_cast<size_t>(a[i])], &q = r.shape[static_cast<size_t>(b[i])];
      require_equal(
          p, q, what,
          fmt::format("left axis {} is {}, right axis {} is {}", a[i], p.text(), b[i], q.text()));
    }
  };
  pair(lb, rb, "batch sizes");
  pair(lc, rc, "inner sizes");
  for (int64_t axis : lb)
    shape.push_back(l.shape[static_cast<size_t>(axis)]);
  shape.insert(shape.end(), left.begin(), left.end());
  shape.insert(shape.end(), right.begin(), right.end());
  return {l.dtype, shape};
}

// x.shape[:axis] + indices.shape[batch:] + x.shape[axis+1:], after checking the shared axes.
Shape Inference::gathered_shape() const {
  const Type &x = arg(0), &indices = arg(1);
  if (!in(indices.dtype, Ints))
    fail(Diag::DTypeMismatch, fmt::format("indices are {}, not integers", name(indices.dtype)));
  const size_t axis = check_axis(attrs().integer(Key::axis), x.rank());
  const int64_t batch = attrs().integer(Key::batch);
  if (batch < 0 || batch > static_cast<int64_t>(std::min(axis, indices.rank())))
    fail(Diag::BadAttribute,
         fmt::format("batch is {}; axis {} and {} index axes allow 0..{}", batch, axis,
                     indices.rank(), std::min(axis, indices.rank())));
  for (size_t i = 0; i < static_cast<size_t>(batch); ++i)
    require_equal(x.shape[i], indices.shape[i], fmt::format("sizes of shared axis {}", i),
                  axis_hint(i, x.shape[i], indices.shape[i]));
  Shape shape(x.shape.begin(), x.shape.begin() + static_cast<ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.shape.begin() + batch, indices.shape.end());
  shape.insert(shape.end(), x.shape.begin() + static_cast<ptrdiff_t>(axis) + 1, x.shape.end());
  return shape;
}

Type Inference::gather() const { return {arg(0).dtype, gathered_shape()}; }

Type Inference::scatter() const {
  check_dtype(arg(0));
  const Shape places = gathered_shape();
  const Type& values = arg(2);
  if (values.dtype != arg(0).dtype)
    fail(Diag::DTypeMismatch,
         fmt::format("values are {}, not {}", name(values.dtype), name(arg(0).dtype)));
  if (values.rank() != places.size())
    fail(Diag::RankMismatch,
         fmt::format("values have {} axes, the places {}", values.rank(), places.size()));
  for (size_t i = 0; i < places.size(); ++i)
    require_equal(places[i], values.shape[i],
                  fmt::format("sizes of axis {} of places and values", i),
                  axis_hint(i, places[i], values.shape[i]));
  return arg(0);
}

Type Inference::constant() const {
  const Literal& value = attrs().value(Key::value);
  const Shape& shape = attrs().dims(Key::shape);
  if (!value.is_splat() && as_numbers(shape) != value.shape())
    fail(Diag::DataMismatch, fmt::format("data of another shape than {}", text(shape)));
  return {value.dtype(), shape};
}

Type by_kind(const Inference& i) {
  const Attrs& attrs = i.node.attrs;
  switch (i.node.kind()) {
  case Kind::Input:
    return {attrs.dtype(Key::dtype), attrs.dims(Key::shape)};
  case Kind::Constant:
    return i.constant();
  case Kind::Index: {
    if (i.node.op == Op::size) return {DType::I64, {}};
    const Type type{attrs.dtype(Key::dtype), attrs.dims(Key::shape)};
    i.check_dtype(type);
    i.check_axis(attrs.integer(Key::axis), type.rank());
    return type;
  }
  case Kind::Elementwise:
    return i.elementwise();
  case Kind::Reduce:
  case Kind::Rowwise:
    return i.reduce();
  case Kind::View:
    return i.view();
  case Kind::Join:
    return i.join();
  case Kind::Contract:
    return i.contract();
  case Kind::Gather:
    return i.gather();
  case Kind::Scatter:
    return i.scatter();
  }
  throw InternalError("bad kind");
}

// Limits that hold for every type.
void check_limits(const Inference& i, const Type& type) {
  if (type.rank() > max_rank)
    i.fail(Diag::RankLimit, fmt::format("{} axes; at most {} are possible", type.rank(), max_rank));
  IntList sizes;
  for (const Dim& d : type.shape) {
    if (less_equal(0, d) == Tri::No)
      i.fail(Diag::BadDim, fmt::format("size {} is negative", d.text()));
    if (d.is_number()) sizes.push_back(d.number());
  }
  checked_elements(sizes, static_cast<int64_t>(size_of(type.dtype)));
}

} // namespace

Type infer_type(Graph& graph, const Node& node) {
  const Inference inference{graph, node};
  const OpRow& r = row(node.op);
  if (r.arity >= 0 ? node.args.size() != static_cast<size_t>(r.arity) : node.args.empty())
    inference.fail(Diag::WrongArity, r.arity >= 0
                                         ? fmt::format("takes {} operand{}, got {}", r.arity,
                                                       r.arity == 1 ? "" : "s", node.args.size())
                                         : "takes one operand or more, got none");
  for (Key key : r.attrs)
    if (!node.attrs.has(key))
      inference.fail(Diag::BadAttribute, fmt::format("needs the attribute '{}'", row(key).name));
  Type type = by_kind(inference);
  check_limits(inference, type);
  return type;
}

} // namespace tsc
