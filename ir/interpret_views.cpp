// Nodes that move items without looking at them: View and Join. Items are bytes here.
#include "ir/interpret_kinds.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace tsc::interpreter {

std::vector<int64_t> places(const std::vector<int64_t>& sizes,
                            const std::vector<int64_t>& strides) {
  std::vector<int64_t> result{0};
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    std::vector<int64_t> longer;
    longer.reserve(result.size() * static_cast<size_t>(sizes[axis]));
    for (int64_t place : result)
      for (int64_t i = 0; i < sizes[axis]; ++i)
        longer.push_back(place + i * strides[axis]);
    result = std::move(longer);
  }
  return result;
}

std::vector<int64_t> at(const std::vector<int64_t>& values, const std::vector<int64_t>& axes) {
  std::vector<int64_t> result;
  for (int64_t axis : axes)
    result.push_back(values[static_cast<size_t>(axis)]);
  return result;
}

std::vector<int64_t> other_axes(size_t rank, const std::vector<int64_t>& axes) {
  std::vector<int64_t> rest;
  for (int64_t axis = 0; axis < static_cast<int64_t>(rank); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) rest.push_back(axis);
  return rest;
}

int64_t items(const std::vector<int64_t>& sizes, size_t first, size_t last) {
  return std::accumulate(sizes.begin() + static_cast<ptrdiff_t>(first),
                         sizes.begin() + static_cast<ptrdiff_t>(last), int64_t{1},
                         std::multiplies<>());
}

namespace {

// Where the items of a box stand in a tensor: the first, and the distance along each axis. In
// items.
struct Placement {
  int64_t first = 0;
  std::vector<int64_t> strides;
};

Placement dense(const std::vector<int64_t>& shape) { return {0, row_major_strides(shape)}; }

// to[place of i] = from[place of i] for each position i of a box of the given sizes.
void copy_box(TensorValue& to, const Placement& to_at, const TensorValue& from,
              const Placement& from_at, std::vector<int64_t> sizes) {
  Placement t = to_at, f = from_at;
  if (sizes.empty()) sizes = t.strides = f.strides = {1};
  // Rows along the last axis, so that no place of single items needs storing.
  const int64_t row = sizes.back(), to_step = t.strides.back(), from_step = f.strides.back();
  sizes.pop_back(), t.strides.pop_back(), f.strides.pop_back();
  const auto to_rows = places(sizes, t.strides), from_rows = places(sizes, f.strides);
  const auto bytes = static_cast<int64_t>(size_of(to.dtype));
  for (size_t r = 0; r < to_rows.size(); ++r) {
    char* target = to.bytes.data() + (t.first + to_rows[r]) * bytes;
    const char* source = from.bytes.data() + (f.first + from_rows[r]) * bytes;
    for (int64_t i = 0; i < row; ++i, target += to_step * bytes, source += from_step * bytes)
      std::memcpy(target, source, static_cast<size_t>(bytes));
  }
}

// Every view but reshape and pad reads item i of the result at `first + sum(i[axis] *
// stride[axis])` of the operand. This is that map.
Placement index_map(const Call& call) {
  const std::vector<int64_t>& shape = call.arg(0).shape;
  Placement map = dense(shape);
  const auto reverse = [&](size_t axis) {
    map.first += (shape[axis] - 1) * map.strides[axis];
    map.strides[axis] = -map.strides[axis];
  };
  if (call.attrs().has(Key::start)) { // slice
    const std::vector<int64_t> start = call.sizes(call.attrs().dims(Key::start));
    const IntList& step = call.attrs().ints(Key::step);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      map.first += start[axis] * map.strides[axis];
      map.strides[axis] *= step[axis];
    }
    return map;
  }
  const IntList& axes = call.attrs().ints(Key::axes);
  if (call.attrs().has(Key::shape)) { // broadcast: an axis that is new or stretches has stride 0
    std::vector<int64_t> strides(call.node.type.rank());
    for (size_t i = 0; i < axes.size(); ++i)
      strides[static_cast<size_t>(axes[i])] = shape[i] == 1 ? 0 : map.strides[i];
    return {0, strides};
  }
  if (call.node.op == Op::flip)
    for (int64_t axis : axes)
      reverse(static_cast<size_t>(axis));
  else // transpose
    map.strides = at(map.strides, axes);
  return map;
}

TensorValue pad(const Call& call) {
  TensorValue result =
      TensorValue::of(call.attrs().value(Key::value), call.sizes(call.node.type.shape));
  const std::vector<int64_t> low = call.sizes(call.attrs().dims(Key::low));
  Placement inside = dense(result.shape);
  for (size_t axis = 0; axis < low.size(); ++axis)
    inside.first += low[axis] * inside.strides[axis];
  copy_box(result, inside, call.arg(0), dense(call.arg(0).shape), call.arg(0).shape);
  return result;
}

} // namespace

TensorValue view(const Call& call) {
  if (call.node.op == Op::pad) return pad(call);
  TensorValue result = call.result();
  if (call.node.op == Op::reshape)
    result.bytes = call.arg(0).bytes;
  else if (result.count() > 0)
    copy_box(result, dense(result.shape), call.arg(0), index_map(call), result.shape);
  return result;
}

TensorValue join(const Call& call) {
  TensorValue result = call.result();
  const auto axis = static_cast<size_t>(call.attrs().integer(Key::axis));
  Placement part = dense(result.shape);
  for (const TensorValue* arg : call.args) {
    copy_box(result, part, *arg, dense(arg->shape), arg->shape);
    part.first += arg->shape[axis] * part.strides[axis];
  }
  return result;
}

} // namespace tsc::interpreter
