#include "frontend/math.h"

#include "frontend/lower.h"

namespace tsc {

namespace {

Tensor elementwise(Op op, const std::vector<const Operand*>& operands) {
  const size_t first = row(op).signature == Signature::Select ? 1 : 0;
  // The dtype that numbers take: that of the tensors beside them.
  std::optional<DType> dtype;
  for (size_t i = first; i < operands.size(); ++i)
    if (!operands[i]->is_number()) {
      const DType own = operands[i]->tensor().dtype();
      dtype = dtype ? promote(*dtype, own) : own;
    }
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < operands.size(); ++i)
    tensors.push_back(i < first || !dtype ? operands[i]->tensor()
                                          : operands[i]->tensor_beside(*dtype));
  return frontend::built(operands[0]->where(), tensors,
                         [op](Graph&, std::span<const Value> values) {
                           return build::elementwise(op, {values.begin(), values.end()});
                         });
}

} // namespace

Tensor cast(const Operand& x, DType dtype) {
  return frontend::built(x.where(), {x.tensor()}, [dtype](Graph&, std::span<const Value> values) {
    return build::cast(values[0], dtype);
  });
}

#define UNARY(op, ...)                                                                             \
  Tensor op(const Operand& x) { return elementwise(Op::op, {&x}); }
#define BINARY(op, ...)                                                                            \
  Tensor op(const Operand& x, const Operand& y) { return elementwise(Op::op, {&x, &y}); }
#define TERNARY(op, ...)                                                                           \
  Tensor op(const Operand& x, const Operand& y, const Operand& z) {                                \
    return elementwise(Op::op, {&x, &y, &z});                                                      \
  }
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY

namespace {

bool is_bool(const Operand& x) { return x.tensor().dtype() == DType::Bool; }

Tensor bits_or_logic(Op bits, Op logic, const Operand& x, const Operand& y) {
  return elementwise(is_bool(x) && is_bool(y) ? logic : bits, {&x, &y});
}

} // namespace

Tensor operator&(const Operand& x, const Operand& y) {
  return bits_or_logic(Op::bit_and, Op::logical_and, x, y);
}
Tensor operator|(const Operand& x, const Operand& y) {
  return bits_or_logic(Op::bit_or, Op::logical_or, x, y);
}
Tensor operator^(const Operand& x, const Operand& y) {
  return bits_or_logic(Op::bit_xor, Op::logical_xor, x, y);
}
Tensor operator~(const Operand& x) {
  return elementwise(is_bool(x) ? Op::logical_not : Op::bit_not, {&x});
}

} // namespace tsc
