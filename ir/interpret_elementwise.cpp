// Elementwise and Index nodes: each item follows from its position alone.
#include "ir/interpret_kinds.h"
#include "ir/typed.h"

#include <fmt/format.h>

namespace tsc::interpreter {

ElementwiseLoop required_loop(Op op, DType dtype) {
  const ElementwiseLoop loop = elementwise_loop(op, dtype);
  if (!loop)
    throw InternalError(
        fmt::format("the prelude has no function for {} of {}", tsc::name(op), tsc::name(dtype)));
  return loop;
}

TensorValue converted(const TensorValue& value, DType dtype) {
  if (value.dtype == dtype) return value;
  TensorValue result = TensorValue::zeros(dtype, value.shape);
  const char* operand = value.bytes.data();
  cast_loop(value.dtype, dtype)(result.bytes.data(), &operand, result.count());
  return result;
}

TensorValue elementwise(const Call& call) {
  if (call.row().signature == Signature::Cast) return converted(call.arg(0), call.node.type.dtype);
  TensorValue result = call.result();
  std::vector<const char*> args;
  for (const TensorValue* arg : call.args) {
    TSC_CHECK(arg->shape == result.shape);
    args.push_back(arg->bytes.data());
  }
  // The last operand has the row's dtype, of Select too.
  const ElementwiseLoop loop = required_loop(call.node.op, call.args.back()->dtype);
  loop(result.bytes.data(), args.data(), result.count());
  return result;
}

namespace {

// 0, 1, 2, ... along `axis`: the position is (place / items behind the axis) % size of the axis.
TensorValue iota(const Call& call) {
  TensorValue result = call.result();
  const auto axis = static_cast<size_t>(call.attrs().integer(Key::axis));
  const int64_t behind = items(result.shape, axis + 1, result.rank());
  const int64_t size = result.shape[axis];
  with_dtype(result.dtype, [&]<DType D>() {
    for (size_t i = 0; i < result.count(); ++i)
      store<D>(result.bytes.data(), i,
               static_cast<Item<D>>(static_cast<int64_t>(i) / behind % size));
  });
  return result;
}

} // namespace

TensorValue index(const Call& call) {
  if (call.attrs().has(Key::axis)) return iota(call);
  return TensorValue::of_ints(DType::I64, {}, {call.sizes(call.attrs().dim(Key::size))});
}

} // namespace tsc::interpreter
