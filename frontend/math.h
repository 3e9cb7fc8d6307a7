// Elementwise arithmetic: one function per row of ir/ops/elementwise.def, where each is described.
// dtypes are promoted (support/dtype.h) and shapes broadcast: axes are aligned at the right, and a
// size that is the number 1 stretches. Throws ShapeMismatch, DTypeMismatch, NumberRange.
#pragma once

#include "frontend/tensor.h"

namespace [[gnu::visibility("default")]] tsc {

// Conversion to another dtype; to an integer towards 0, to bool "is it not 0".
Tensor cast(const Operand& x, DType dtype);
template <class T>
Tensor cast(const Operand& x) {
  return cast(x, dtype_of<T>::value);
}

#define UNARY(op, ...) Tensor op(const Operand& x);
#define BINARY(op, ...) Tensor op(const Operand& x, const Operand& y);
#define TERNARY(op, ...) Tensor op(const Operand& x, const Operand& y, const Operand& z);
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY

// y where the condition holds, else z.
inline Tensor where(const Operand& condition, const Operand& y, const Operand& z) {
  return select(condition, y, z);
}

inline Tensor operator+(const Operand& x, const Operand& y) { return add(x, y); }
inline Tensor operator-(const Operand& x, const Operand& y) { return sub(x, y); }
inline Tensor operator*(const Operand& x, const Operand& y) { return mul(x, y); }
inline Tensor operator/(const Operand& x, const Operand& y) { return div(x, y); } // true quotient
inline Tensor operator%(const Operand& x, const Operand& y) { return mod(x, y); } // sign of y
inline Tensor operator-(const Operand& x) { return neg(x); }
// Bits of integers, logic of bools: (x > 0) & (x < 1).
Tensor operator&(const Operand& x, const Operand& y);
Tensor operator|(const Operand& x, const Operand& y);
Tensor operator^(const Operand& x, const Operand& y);
Tensor operator~(const Operand& x);
inline Tensor operator<(const Operand& x, const Operand& y) { return less(x, y); }
inline Tensor operator<=(const Operand& x, const Operand& y) { return less_equal(x, y); }
inline Tensor operator>(const Operand& x, const Operand& y) { return greater(x, y); }
inline Tensor operator>=(const Operand& x, const Operand& y) { return greater_equal(x, y); }

} // namespace tsc
