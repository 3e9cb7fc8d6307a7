// x(...), set_subtensor and inc_subtensor: indices become slices, gathers and new axes.
#include "frontend/index.h"

#include "frontend/functions.h"
#include "frontend/lower.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

Subscript::Subscript(const Tensor& positions, std::source_location where)
    : place_(std::make_shared<const Tensor>(positions)), where_(where) {}

namespace {

using Positions = std::shared_ptr<const Tensor>;

// Indices put into one order: what happens to each axis of x, and which axes the result has.
struct Plan {
  std::vector<build::Range> ranges;                  // one for each axis of x
  std::vector<bool> dropped;                         // axes that a position takes away
  IntList fresh;                                     // places of new axes in the result
  std::optional<std::pair<size_t, size_t>> gathered; // axis of x, number of the operand
};

Plan planned(const Tensor& x, const std::vector<Subscript>& indices) {
  const auto takes_axis = [](const Subscript& i) {
    return !std::holds_alternative<NewAxis>(i.place()) &&
           !std::holds_alternative<Ellipsis>(i.place());
  };
  const auto taken = static_cast<size_t>(std::count_if(indices.begin(), indices.end(), takes_axis));
  if (taken > x.rank())
    throw Error(Diag::RankMismatch, fmt::format("{} indices for {} axes", taken, x.rank()))
        .note("operand", x.text());
  Plan plan;
  plan.ranges.resize(x.rank());
  plan.dropped.resize(x.rank());
  size_t axis = 0, result_axis = 0;
  bool open = true; // no ellipsis yet
  for (const Subscript& index : indices) {
    const Subscript::Place& place = index.place();
    if (std::holds_alternative<NewAxis>(place)) {
      plan.fresh.push_back(static_cast<int64_t>(result_axis++));
    } else if (std::holds_alternative<Ellipsis>(place)) {
      if (!open) throw Error(Diag::BadAttribute, "two ellipses in one index");
      open = false;
      axis += x.rank() - taken;
      result_axis += x.rank() - taken;
    } else if (const auto* position = std::get_if<int64_t>(&place)) {
      const Dim& size = x.shape()[axis];
      if (size.is_number() && (*position >= size.number() || *position < -size.number()))
        throw Error(Diag::IndexRange, fmt::format("index {} of axis {}, which has size {}",
                                                  *position, axis, size.text()))
            .note("operand", x.text());
      const Dim start = *position < 0 ? size + Dim(*position) : Dim(*position);
      plan.ranges[axis] = {start, start + Dim(1), 1};
      plan.dropped[axis++] = true;
    } else if (const auto* slice = std::get_if<Slice>(&place)) {
      plan.ranges[axis++] = {slice->start, slice->stop, slice->step};
      ++result_axis;
    } else {
      const Tensor& positions = *std::get<Positions>(place);
      if (plan.gathered)
        throw Error(Diag::BadAttribute, "an index can hold one tensor of positions")
            .hint("apply them one after the other; pick(x, i) takes one item of each row");
      plan.gathered = {axis++, 1};
      result_axis += positions.rank();
    }
  }
  return plan;
}

// x with the plan's slices taken and dropped axes squeezed, and the place that axis `of` then has.
Value sliced(Value x, const Plan& plan) {
  Value y = build::slice(x, plan.ranges);
  IntList drop;
  for (size_t axis = 0; axis < plan.dropped.size(); ++axis)
    if (plan.dropped[axis]) drop.push_back(static_cast<int64_t>(axis));
  return drop.empty() ? y : build::squeeze(y, drop);
}

int64_t axis_after_drops(const Plan& plan, size_t axis) {
  return static_cast<int64_t>(axis) -
         std::count(plan.dropped.begin(), plan.dropped.begin() + static_cast<ptrdiff_t>(axis),
                    true);
}

std::vector<Tensor> with_positions(const Tensor& x, const std::vector<Subscript>& indices) {
  std::vector<Tensor> operands = {x};
  for (const Subscript& index : indices)
    if (const auto* positions = std::get_if<Positions>(&index.place()))
      operands.push_back(**positions);
  return operands;
}

template <class F>
auto at_line(std::source_location where, F f) {
  try {
    return f();
  } catch (Error& e) {
    if (!e.where().known()) e.at(frontend::loc_of(where));
    throw;
  }
}

Tensor indexed(const Tensor& x, const std::vector<Subscript>& indices) {
  const std::source_location where = indices[0].where();
  const Plan plan = at_line(where, [&] { return planned(x, indices); });
  return frontend::built(
      where, with_positions(x, indices), [&](Graph&, std::span<const Value> values) {
        Value y = sliced(values[0], plan);
        if (plan.gathered)
          y = build::gather(y, values[1], axis_after_drops(plan, plan.gathered->first));
        return plan.fresh.empty() ? y : build::expand_dims(y, plan.fresh);
      });
}

// `x` with what `range` takes of the axis replaced by `part`.
Value replaced_along(Value x, size_t axis, const build::Range& range, Value part) {
  const auto at = static_cast<int64_t>(axis);
  std::vector<build::Range> ranges(axis + 1);
  ranges[axis] = range;
  const Value taken = build::slice(x, ranges);
  if (taken.id == x.id) return part; // the whole axis
  const Node& node = x.graph->operator[](taken.id);
  const Dim start = node.attrs.dims(Key::start)[axis], count = node.attrs.dims(Key::count)[axis];
  if (range.step != 1) {
    const Value n = build::iota(*x.graph, DType::I64, {count}, 0);
    const Value first = build::size(*x.graph, start);
    const Value places =
        build::add(build::mul(n, build::like(n, static_cast<double>(range.step))), first);
    return build::scatter_set(x, places, part, at);
  }
  std::vector<build::Range> before(axis + 1), behind(axis + 1);
  before[axis] = {std::nullopt, start, 1};
  behind[axis] = {start + count, std::nullopt, 1};
  std::vector<Value> parts;
  if (start != Dim(0)) parts.push_back(build::slice(x, before));
  parts.push_back(part);
  if (start + count != x.shape()[axis]) parts.push_back(build::slice(x, behind));
  return parts.size() == 1 ? part : build::concat(parts, at);
}

// Of x and its slice along the axes behind `axis`: the slice's new value put back, axis by axis.
Value replaced(Value x, size_t axis, const std::vector<build::Range>& ranges, Value value) {
  if (axis == ranges.size()) return value;
  std::vector<build::Range> mine(axis + 1);
  mine[axis] = ranges[axis];
  const Value inner = replaced(build::slice(x, mine), axis + 1, ranges, value);
  return replaced_along(x, axis, ranges[axis], inner);
}

Tensor changed(const Operand& x, const std::vector<Subscript>& indices, const Operand& value,
               bool add) {
  const Tensor target = x.tensor();
  const Plan plan = at_line(x.where(), [&] {
    Plan result = planned(target, indices);
    if (result.gathered && !result.fresh.empty())
      throw Error(Diag::BadAttribute, "newaxis beside a tensor of positions cannot be assigned to");
    return result;
  });
  std::vector<Tensor> operands = with_positions(target, indices);
  operands.push_back(value.tensor_beside(target.dtype()));
  return frontend::built(x.where(), operands, [&](Graph&, std::span<const Value> values) {
    const Value old = values[0], full = build::slice(old, plan.ranges);
    const Value part = sliced(old, plan);
    Value now = build::cast(values.back(), old.dtype());
    if (plan.gathered) {
      const int64_t axis = axis_after_drops(plan, plan.gathered->first);
      const Shape places = build::gather(part, values[1], axis).shape();
      now = build::broadcast_to(now, places);
      now = add ? build::scatter_add(part, values[1], now, axis)
                : build::scatter_set(part, values[1], now, axis);
    } else {
      Shape shape = part.shape();
      for (int64_t axis : plan.fresh) // the value is shaped as x(...) is
        shape.insert(shape.begin() + axis, Dim(1));
      now = build::reshape(build::broadcast_to(now, shape), part.shape());
      if (add) now = build::add(part, now);
    }
    return replaced(old, 0, plan.ranges, build::reshape(now, full.shape()));
  });
}

} // namespace

Tensor Tensor::operator()(const Subscript& a) const { return indexed(*this, {a}); }
Tensor Tensor::operator()(const Subscript& a, const Subscript& b) const {
  return indexed(*this, {a, b});
}
Tensor Tensor::operator()(const Subscript& a, const Subscript& b, const Subscript& c) const {
  return indexed(*this, {a, b, c});
}
Tensor Tensor::operator()(const Subscript& a, const Subscript& b, const Subscript& c,
                          const Subscript& d) const {
  return indexed(*this, {a, b, c, d});
}

Tensor set_subtensor(const Operand& x, const std::vector<Subscript>& places, const Operand& value) {
  return changed(x, places, value, false);
}
Tensor inc_subtensor(const Operand& x, const std::vector<Subscript>& places, const Operand& value) {
  return changed(x, places, value, true);
}

} // namespace tsc
