// Decimal digits of numbers: the fewest that read back as the same value of the same dtype.
#pragma once

#include "support/dtype.h"

#include <string>

namespace tsc {

constexpr int all_digits = -1;

// `value` is finite and a value of `dtype` (f16, bf16, f32 or f64). Both are cut to `precision`
// digits after the point, correctly rounded, where the fewest are more; zeros at the end go, the
// point stays.

// "0.5", "-1.", "123456.". A whole number that the fewest digits do not reach is exact unless all
// digits are asked for: f16's largest is "65504." with 8 digits after the point, and "65500." with
// all.
std::string positional(double value, DType dtype, int precision);

// "1.5e+03", "1.e-10".
std::string scientific(double value, DType dtype, int precision);

// Exactly `precision` digits after the point, those of the value itself: "1.500e+03".
std::string scientific_exact(double value, int precision);

} // namespace tsc
