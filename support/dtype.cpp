#include "support/dtype.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tsc {

std::optional<DType> dtype_named(std::string_view name) {
  for (const DTypeRow& r : all_dtypes())
    if (name == r.name) return r.dtype;
  return std::nullopt;
}

namespace {

DType promote_ints(DType a, DType b) {
  if (in(a, Signed) == in(b, Signed)) return size_of(a) >= size_of(b) ? a : b;
  const DType s = in(a, Signed) ? a : b;
  const DType u = in(a, Signed) ? b : a;
  if (size_of(s) > size_of(u)) return s;
  switch (size_of(u)) { // the next wider signed type; none holds u64, so NumPy's answer is f64
  case 1:
    return DType::I16;
  case 2:
    return DType::I32;
  case 4:
    return DType::I64;
  default:
    return DType::F64;
  }
}

DType promote_floats(DType a, DType b) {
  if (a == b) return a;
  if (in(a, Halves) && in(b, Halves)) return DType::F32;
  return size_of(a) >= size_of(b) ? a : b;
}

} // namespace

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::Bool) return b;
  if (b == DType::Bool) return a;
  if (in(a, Complexes) || in(b, Complexes)) {
    const bool wide = a == DType::C128 || b == DType::C128 || a == DType::F64 || b == DType::F64;
    return wide ? DType::C128 : DType::C64;
  }
  if (in(a, Ints) && in(b, Ints)) return promote_ints(a, b);
  if (in(a, Ints)) return b;
  if (in(b, Ints)) return a;
  return promote_floats(a, b);
}

float f16_to_f32(uint16_t h) {
  const uint32_t sign = uint32_t(h & 0x8000) << 16;
  const uint32_t exponent = (h >> 10) & 0x1F;
  const uint32_t mantissa = h & 0x3FF;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | mantissa << 13);
  if (exponent == 0) { // zero or subnormal: mantissa * 2^-24, exact in f32
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t f32_to_f16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return sign | 0x7E00;  // NaN, quiet
  if (magnitude >= 0x477FF000) return sign | 0x7C00; // rounds to 2^16 or more
  if (magnitude < 0x38800000) { // below 2^-14: the f32 adder rounds to multiples of 2^-24
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(shifted) - 0x3F000000);
  }
  const uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
  return sign | static_cast<uint16_t>((rounded - 0x38000000) >> 13);
}

float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

uint16_t f32_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

namespace {

// `value` as f32, an inexact result made odd: rounding it once more then gives what rounding
// `value` once would (f32 has more than two bits to spare over both halves).
float rounded_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || value != value) return nearest;
  auto bits = std::bit_cast<uint32_t>(nearest);
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(value)) --bits; // towards 0
  return std::bit_cast<float>(bits | 1);
}

} // namespace

uint16_t f64_to_f16(double value) { return f32_to_f16(rounded_to_odd(value)); }
uint16_t f64_to_bf16(double value) { return f32_to_bf16(rounded_to_odd(value)); }

} // namespace tsc
