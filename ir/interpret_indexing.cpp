// Gather and Scatter: items at places that another operand gives.
#include "ir/interpret_kinds.h"

#include <cstring>
#include <fmt/format.h>

namespace tsc::interpreter {

namespace {

// The axes of gather and scatter fall into four groups:
//   x        [batch..., middle..., axis, behind...]
//   indices  [batch..., picked...]
//   places   [batch..., middle..., picked..., behind...]   (gather's result, scatter's values)
struct Picking {
  int64_t batch, middle, size, behind, picked;

  explicit Picking(const Call& call) {
    const std::vector<int64_t>&x = call.arg(0).shape, &indices = call.arg(1).shape;
    const auto axis = static_cast<size_t>(call.attrs().integer(Key::axis));
    const auto shared = static_cast<size_t>(call.attrs().integer(Key::batch));
    batch = items(x, 0, shared);
    middle = items(x, shared, axis);
    size = x[axis];
    behind = items(x, axis + 1, x.size());
    picked = items(indices, shared, indices.size());
  }

  // Calls visit(place, x_place) for runs of `behind` items, in row-major order of the places.
  template <class Visit>
  void for_each_run(const std::vector<int64_t>& positions, Visit&& visit) const {
    int64_t place = 0;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t m = 0; m < middle; ++m)
        for (int64_t p = 0; p < picked; ++p, place += behind) {
          const int64_t position = positions[static_cast<size_t>(b * picked + p)];
          visit(place, ((b * middle + m) * size + position) * behind);
        }
  }
};

// The indices as positions from the start; negative ones count from the end.
std::vector<int64_t> checked_positions(const Call& call, int64_t size) {
  const TensorValue& indices = call.arg(1);
  std::vector<int64_t> positions(indices.count());
  for (size_t i = 0; i < positions.size(); ++i) {
    const int64_t index = indices.as_i64(i);
    const bool huge = indices.dtype == DType::U64 && index < 0; // 2^63 and more
    const int64_t position = index < 0 ? index + size : index;
    if (huge || position < 0 || position >= size)
      throw Error(Diag::IndexRange,
                  fmt::format("{}: index {} is out of range for axis {}, which has {} items",
                              call.row().name,
                              huge ? fmt::format("{}", static_cast<uint64_t>(index))
                                   : fmt::format("{}", index),
                              call.attrs().integer(Key::axis), size));
    positions[i] = position;
  }
  return positions;
}

TensorValue scatter_set(const Call& call, const Picking& picking,
                        const std::vector<int64_t>& positions) {
  TensorValue result = call.arg(0);
  const auto bytes = static_cast<int64_t>(size_of(result.dtype));
  picking.for_each_run(positions, [&](int64_t place, int64_t x_place) {
    std::memcpy(result.bytes.data() + x_place * bytes, call.arg(2).bytes.data() + place * bytes,
                static_cast<size_t>(picking.behind * bytes));
  });
  return result;
}

// Adds up in the accumulator's dtype and is rounded once; bool adds as "or".
TensorValue scatter_add(const Call& call, const Picking& picking,
                        const std::vector<int64_t>& positions) {
  const DType dtype = accumulator(call.arg(0).dtype);
  TensorValue sums = converted(call.arg(0), dtype);
  const TensorValue values = converted(call.arg(2), dtype);
  const ElementwiseLoop add = required_loop(Op::add, dtype);
  const auto bytes = static_cast<int64_t>(size_of(dtype));
  picking.for_each_run(positions, [&](int64_t place, int64_t x_place) {
    char* sum = sums.bytes.data() + x_place * bytes;
    const char* operands[] = {sum, values.bytes.data() + place * bytes};
    add(sum, operands, static_cast<size_t>(picking.behind));
  });
  return converted(sums, call.arg(0).dtype);
}

} // namespace

TensorValue gather(const Call& call) {
  TensorValue result = call.result();
  const Picking picking(call);
  const auto bytes = static_cast<int64_t>(size_of(result.dtype));
  picking.for_each_run(checked_positions(call, picking.size), [&](int64_t place, int64_t x_place) {
    std::memcpy(result.bytes.data() + place * bytes, call.arg(0).bytes.data() + x_place * bytes,
                static_cast<size_t>(picking.behind * bytes));
  });
  return result;
}

TensorValue scatter(const Call& call) {
  const Picking picking(call);
  const std::vector<int64_t> positions = checked_positions(call, picking.size);
  if (call.node.op == Op::scatter_set) return scatter_set(call, picking, positions);
  return scatter_add(call, picking, positions);
}

} // namespace tsc::interpreter
