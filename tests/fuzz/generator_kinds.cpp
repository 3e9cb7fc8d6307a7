// The generator's choices for each kind of node.
#include "tests/fuzz/generator.h"

#include "ir/scalar.h"

#include <algorithm>
#include <numeric>

namespace tsc::fuzz {

namespace {

// Rows that make nodes, by kind. A row whose functions are all missing cannot be used.
std::vector<std::vector<const OpRow*>> rows_by_kind() {
  std::vector<std::vector<const OpRow*>> kinds(static_cast<size_t>(Kind::Scatter) + 1);
  for (const OpRow& row : all_ops())
    if (row.kind != Kind::Input && row.kind != Kind::Constant)
      kinds[static_cast<size_t>(row.kind)].push_back(&row);
  std::erase_if(kinds, [](const auto& rows) { return rows.empty(); });
  return kinds;
}

DTypes types_with_functions(const OpRow& row) {
  if (row.signature == Signature::Cast) return row.types;
  DTypes types = 0;
  for (const DTypeRow& d : all_dtypes())
    if (in(d.dtype, row.types) && elementwise_loop(row.op, d.dtype)) types |= bit(d.dtype);
  return types;
}

} // namespace

std::optional<Value> Generator::add_node() {
  static const auto kinds = rows_by_kind();
  static const auto elementwise_rows =
      *std::find_if(kinds.begin(), kinds.end(),
                    [](const auto& rows) { return rows[0]->kind == Kind::Elementwise; });
  // Half of all nodes are elementwise, as in programs.
  const OpRow& row = *random_.pick(random_.chance(40) ? elementwise_rows : random_.pick(kinds));
  switch (row.kind) {
  case Kind::Input:
  case Kind::Constant:
    break;
  case Kind::Index:
    return index(row);
  case Kind::Elementwise:
    return elementwise(row);
  case Kind::Reduce:
  case Kind::Rowwise:
    return reduce(row);
  case Kind::View:
    return view(row);
  case Kind::Join:
    return join(row);
  case Kind::Contract:
    return contract(row);
  case Kind::Gather:
    return gather(row);
  case Kind::Scatter:
    return scatter(row);
  }
  throw InternalError("rows_by_kind lists leaves");
}

// In finite mode: clipped to where the row's samples lie, within +-3 and not next to a pole at 0.
// Results that are not finite all the same (1/0) are dropped later.
Value Generator::in_domain(Value x, const OpRow& row) {
  if (!options_.finite || !in(x.dtype(), Floats) || row.sample.empty()) return x;
  const auto [least, largest] = std::minmax_element(row.sample.begin(), row.sample.end());
  const double low = *least > 0 ? std::max(*least, 0.25) : std::max(*least, -3.0);
  const double high = *largest < 0 ? std::min(*largest, -0.25) : std::min(*largest, 3.0);
  if (low >= high) return x;
  return build::clip(x, build::number(case_.graph, low, x.dtype()),
                     build::number(case_.graph, high, x.dtype()));
}

std::optional<Value> Generator::elementwise(const OpRow& row) {
  const DTypes types = types_with_functions(row) & options_.dtypes;
  if (types == 0) return std::nullopt;
  const auto first = picked(types);
  if (!first) return std::nullopt;
  const DTypes to = in(first->dtype(), Complexes) ? types & Complexes : types;
  if (row.signature == Signature::Cast && to == 0) return std::nullopt;
  if (row.signature == Signature::Cast)
    return build::node(row.op, {*first}, {{Key::dtype, random_dtype(random_, to)}});
  std::vector<Value> args;
  const bool select = row.signature == Signature::Select;
  if (select) args.push_back(like(DType::Bool, first->shape()));
  args.push_back(in_domain(*first, row));
  while (args.size() < static_cast<size_t>(row.arity))
    args.push_back(in_domain(like(first->dtype(), first->shape()), row));
  return build::node(row.op, args);
}

std::optional<Value> Generator::reduce(const OpRow& row) {
  const auto x = picked(row.types);
  if (!x) return std::nullopt;
  const IntList axes = some_axes(x->rank());
  const bool has_identity = !row.has(NeedsItems);
  for (int64_t axis : axes)
    if (!has_identity && at_call(x->shape()[static_cast<size_t>(axis)]) == 0) return std::nullopt;
  return build::node(row.op, {*x}, {{Key::axes, axes}});
}

// ---- views

Shape Generator::reshaped(const Shape& shape) {
  Shape result = shape;
  const auto axis = [&](size_t size) { return random_.below(static_cast<int64_t>(size)); };
  switch (random_.below(4)) {
  case 0:
    return {product(shape)};
  case 1:
    result.insert(result.begin() + axis(result.size() + 1), Dim(1));
    return result;
  case 2: // two neighbours become one
    if (shape.size() >= 2) {
      const auto at = static_cast<size_t>(axis(shape.size() - 1));
      result[at] = result[at] * result[at + 1];
      result.erase(result.begin() + static_cast<ptrdiff_t>(at) + 1);
    }
    return result;
  default:
    random_.shuffle(result);
    return result;
  }
}

void Generator::slice_axis(const Dim& size, Dim& start, Dim& count, int64_t& step) {
  const int64_t available = at_call(size);
  start = 0, count = size, step = 1;
  switch (random_.below(6)) {
  case 0: // all, backwards
    start = size - 1, step = -1;
    return;
  case 1: // all but the first
    if (available >= 1) start = 1, count = size - 1;
    return;
  case 2: // every other
    count = floordiv(size + 1, 2), step = 2;
    return;
  case 3:
  case 4: { // numbers
    const int64_t stride = random_.between(1, 3),
                  taken = random_.between(0, (available + stride - 1) / stride);
    const int64_t span = taken == 0 ? 0 : (taken - 1) * stride + 1;
    const int64_t first = random_.between(0, available - span);
    const bool backwards = random_.chance(50);
    start = backwards && taken > 0 ? first + span - 1 : first;
    count = taken, step = backwards ? -stride : stride;
    return;
  }
  default:
    return;
  }
}

Attrs Generator::view_attrs(const OpRow& row, Value x) {
  const Shape shape = x.shape();
  IntList all(shape.size());
  std::iota(all.begin(), all.end(), 0);
  if (row.op == Op::reshape) return {{Key::shape, reshaped(shape)}};
  if (row.op == Op::flip) return {{Key::axes, some_axes(shape.size())}};
  if (row.op == Op::transpose) {
    random_.shuffle(all);
    return {{Key::axes, all}};
  }
  if (row.op == Op::broadcast) {
    Shape to = shape;
    for (Dim& dim : to)
      if (dim == Dim(1) && random_.chance(50)) dim = random_dim();
    IntList axes = all;
    for (int64_t extra = random_.below(3); extra > 0; --extra) {
      const int64_t at = random_.between(0, static_cast<int64_t>(to.size()));
      to.insert(to.begin() + at, random_dim());
      for (int64_t& axis : axes)
        axis += axis >= at;
    }
    return {{Key::shape, to}, {Key::axes, axes}};
  }
  Shape low(shape.size()), high(shape.size());
  IntList step(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (row.op == Op::slice) {
      slice_axis(shape[axis], low[axis], high[axis], step[axis]);
    } else {
      low[axis] = random_.chance(20) ? random_dim() : Dim(random_.below(3));
      high[axis] = random_.below(3);
    }
  }
  if (row.op == Op::slice) return {{Key::start, low}, {Key::count, high}, {Key::step, step}};
  const TensorValue fill = random_value(random_, x.dtype(), {}, options_.finite);
  return {{Key::low, low}, {Key::high, high}, {Key::value, fill.literal()}};
}

std::optional<Value> Generator::view(const OpRow& row) {
  const auto x = picked(row.types);
  if (!x) return std::nullopt;
  Attrs attrs = view_attrs(row, *x);
  if (attrs.has(Key::shape) && !fits(attrs.dims(Key::shape))) return std::nullopt;
  return build::node(row.op, {*x}, std::move(attrs));
}

// ---- several operands

std::optional<Value> Generator::join(const OpRow& row) {
  const auto x = picked(row.types);
  if (!x || x->rank() == 0) return std::nullopt;
  const int64_t axis = random_.below(static_cast<int64_t>(x->rank()));
  std::vector<Value> parts{*x};
  for (int64_t extra = random_.below(3); extra > 0; --extra) {
    Shape shape = x->shape();
    if (random_.chance(60)) shape[static_cast<size_t>(axis)] = random_dim();
    if (fits(shape)) parts.push_back(like(x->dtype(), shape));
  }
  random_.shuffle(parts);
  return build::node(row.op, parts, {{Key::axis, axis}});
}

std::optional<Value> Generator::contract(const OpRow& row) {
  const auto x = picked(row.types);
  if (!x) return std::nullopt;
  // Each axis of x is shared, summed or free; the other operand has the shared and summed ones and
  // perhaps some of its own, in any order.
  struct Axis {
    Dim size;
    char role;
    int64_t left;
  };
  std::vector<Axis> axes;
  for (size_t axis = 0; axis < x->rank(); ++axis)
    if (const char role = random_.pick(std::vector<char>{'b', 's', 's', 'f'}); role != 'f')
      axes.push_back({x->shape()[axis], role, static_cast<int64_t>(axis)});
  for (int64_t own = random_.below(3); own > 0; --own)
    axes.push_back({random_dim(), 'f', 0});
  random_.shuffle(axes);
  Shape shape;
  IntList lhs_batch, rhs_batch, lhs_sum, rhs_sum;
  for (size_t i = 0; i < axes.size(); ++i) {
    shape.push_back(axes[i].size);
    if (axes[i].role == 'f') continue;
    (axes[i].role == 'b' ? lhs_batch : lhs_sum).push_back(axes[i].left);
    (axes[i].role == 'b' ? rhs_batch : rhs_sum).push_back(static_cast<int64_t>(i));
  }
  Shape all = x->shape(); // bounds the result
  for (const Axis& axis : axes)
    if (axis.role == 'f') all.push_back(axis.size);
  if (!fits(shape) || !fits(all)) return std::nullopt;
  return build::node(row.op, {*x, like(x->dtype(), shape)},
                     {{Key::lhs_batch, lhs_batch},
                      {Key::rhs_batch, rhs_batch},
                      {Key::lhs_contract, lhs_sum},
                      {Key::rhs_contract, rhs_sum}});
}

std::optional<Value> Generator::gather(const OpRow& row) {
  const auto x = picked(row.types);
  if (!x || x->rank() == 0) return std::nullopt;
  const Shape from = x->shape();
  const int64_t axis = random_.below(static_cast<int64_t>(from.size()));
  const int64_t batch = random_.chance(60) ? 0 : random_.between(0, axis);
  const Dim size = from[static_cast<size_t>(axis)];
  Shape shape(from.begin(), from.begin() + batch);
  const Shape own = random_shape(2);
  shape.insert(shape.end(), own.begin(), own.end());
  if (at_call(size) == 0) shape.insert(shape.end(), Dim(0)); // nowhere to point at
  Shape result(from.begin(), from.begin() + axis);
  result.insert(result.end(), shape.begin() + batch, shape.end());
  result.insert(result.end(), from.begin() + axis + 1, from.end());
  if (!fits(result) || !fits(shape)) return std::nullopt;
  const Attrs attrs{{Key::axis, axis}, {Key::batch, batch}};
  const Value places = indices(shape, size);
  if (row.kind == Kind::Gather) return build::node(row.op, {*x, places}, attrs);
  return build::node(row.op, {*x, places, like(x->dtype(), result)}, attrs);
}

std::optional<Value> Generator::scatter(const OpRow& row) { return gather(row); }

Value Generator::index(const OpRow& row) {
  if (row.op == Op::size) return build::size(case_.graph, random_dim());
  Shape shape = random_shape(3);
  if (shape.empty()) shape.push_back(random_dim());
  return build::iota(case_.graph, random_dtype(random_, row.types & options_.dtypes), shape,
                     random_.below(static_cast<int64_t>(shape.size())));
}

} // namespace tsc::fuzz
