// Values worth trying, of every dtype, and what is to be said of them.
#pragma once

#include "ir/tensor_value.h"
#include "passes/facts.h"

#include <cmath>
#include <limits>
#include <vector>

namespace tsc {

struct FloatFormat {
  int digits, least_exponent; // of the significand; of the least subnormal
  double least, normal, most; // of the positive numbers: subnormal, normal, all
};
inline FloatFormat format_of(DType dtype) {
  const auto format = [](int digits, int least, int most) {
    return FloatFormat{digits, least, std::ldexp(1.0, least), std::ldexp(1.0, least + digits - 1),
                       std::ldexp(2 - std::ldexp(1.0, 1 - digits), most)};
  };
  if (dtype == DType::F64) return format(53, -1074, 1023);
  if (dtype == DType::F32) return format(24, -149, 127);
  return dtype == DType::F16 ? format(11, -24, 15) : format(8, -133, 127);
}

// Every kind of value that a dtype has, those first that rules break at. As items of the dtype,
// since no f64 holds the extremes of 64-bit integers.
inline TensorValue samples_of(DType dtype) {
  if (dtype == DType::Bool) return TensorValue::of_ints(dtype, {2}, {0, 1});
  if (in(dtype, Ints)) {
    const int bits = 8 * static_cast<int>(size_of(dtype));
    const int64_t most = INT64_MAX >> (64 - bits); // of the signed ones
    return TensorValue::of_ints(dtype, {9}, {0, 1, -1, most, -most - 1, 2, 7, -100, most - 1});
  }
  const FloatFormat f = format_of(dtype);
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values{
      0.0,     -0.0,     1,      -1,      infinity, -infinity, nan,
      f.least, -f.least, f.most, -f.most, f.normal, -f.normal, f.normal - f.least,
      0.5,     -0.5,     2,      1e-8,    -1e-8,    0.1,       -3,
      5,       -17.5,    40,     -40,     88,       -88,       700,
      -700,    800,      -800,   1e-30,   1e30,     1e-3,      0.999,
      1.001};
  return TensorValue::of(dtype, {static_cast<int64_t>(values.size())}, values);
}

// Whether a number is what the fact says (passes/facts.h).
inline bool is(Known fact, double v) {
  switch (fact) {
  case Known::NonNegative:
    return !(v < 0);
  case Known::Positive:
    return !(v <= 0);
  case Known::SumOfExps:
    return v > 0 && std::isfinite(v);
  case Known::Exponential: // no constant is
    return false;
  case Known::NonZero:
    return v != 0;
  case Known::Finite:
    return std::isfinite(v);
  case Known::Constant:
    return true;
  }
  throw InternalError("bad Known");
}

} // namespace tsc
