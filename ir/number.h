// Numbers of a graph file before they meet a tensor. They behave as in Python: 1/2 is 0.5, 7//2 is
// 3, and a number takes the dtype of the tensor it meets (2*x stays i32, 0.5*x stays f16).
#pragma once

#include "ir/build.h"

#include <string_view>
#include <variant>

namespace tsc {

using Number = std::variant<int64_t, double>;

// "12" is whole, "12.0" and "1e3" are not. Throws NumberRange, BadSyntax.
Number read_number(std::string_view digits);

// `a sign b`; nothing for signs that do not combine numbers (comparisons, bits, real powers).
// Throws NumberRange where a whole result does not fit i64 or a divisor is 0.
std::optional<Number> combine(std::string_view sign, Number a, Number b);
Number negative(Number a);

// The dtype that `number` takes beside a tensor of `dtype`, and alone: i64 or f32.
DType dtype_beside(Number number, DType dtype);
DType dtype_alone(Number number);

Literal literal(Number number, DType dtype); // throws NumberRange
double as_double(Number number);

} // namespace tsc
