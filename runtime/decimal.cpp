#include "runtime/decimal.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace tsc {

namespace {

// |value| = 0.d1d2d3... * 10^point
struct Decimal {
  std::string digits; // no zeros at the end, but "0" itself
  int point;
};

template <class... Format>
std::string chars(auto value, Format... format) {
  char buffer[512]; // f64 has at most 309 digits before the point, or 341 after it
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format...).ptr};
}

uint16_t half_bits(float value, DType dtype) {
  return dtype == DType::F16 ? f32_to_f16(value) : f32_to_bf16(value);
}

// The fewest digits in scientific form: "1.25e-03".
std::string shortest(double magnitude, DType dtype) {
  if (dtype == DType::F64) return chars(magnitude, std::chars_format::scientific);
  const auto single = static_cast<float>(magnitude);
  if (dtype == DType::F32) return chars(single, std::chars_format::scientific);
  for (int digits = 0;; ++digits) { // ends: 9 digits tell all floats apart
    std::string text = chars(single, std::chars_format::scientific, digits);
    float read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    if (half_bits(read, dtype) == half_bits(single, dtype)) return text;
  }
}

Decimal parse_scientific(std::string_view text) {
  const size_t e = text.find('e');
  Decimal d{std::string(text.substr(0, e)), 0};
  if (d.digits.size() > 1) d.digits.erase(1, 1); // the point
  d.digits.erase(std::max<size_t>(1, d.digits.find_last_not_of('0') + 1));
  std::string_view exponent = text.substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), d.point);
  ++d.point;
  return d;
}

void drop_zeros_at_end(std::string& text) { text.erase(text.find_last_not_of('0') + 1); }

} // namespace

std::string positional(double value, DType dtype, int precision) {
  const double magnitude = std::abs(value);
  const Decimal d = parse_scientific(shortest(magnitude, dtype));
  const int digits = static_cast<int>(d.digits.size());
  const bool cut = precision != all_digits && digits - d.point > precision;
  const bool whole = precision != all_digits && digits < d.point; // no zeros in place of digits
  std::string text;
  if (cut || whole) {
    text = chars(magnitude, std::chars_format::fixed, whole ? 0 : precision);
    if (whole || precision == 0) text += '.';
    drop_zeros_at_end(text);
  } else if (d.point <= 0) {
    text = "0." + std::string(static_cast<size_t>(-d.point), '0') + d.digits;
  } else {
    text = d.digits;
    if (digits < d.point) text.append(static_cast<size_t>(d.point - digits), '0');
    text.insert(static_cast<size_t>(d.point), ".");
  }
  return (std::signbit(value) ? "-" : "") + text;
}

std::string scientific(double value, DType dtype, int precision) {
  const double magnitude = std::abs(value);
  std::string text = shortest(magnitude, dtype);
  if (precision != all_digits &&
      static_cast<int>(parse_scientific(text).digits.size()) - 1 > precision)
    text = chars(magnitude, std::chars_format::scientific, precision);
  const size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.size() == 1) mantissa += '.';
  drop_zeros_at_end(mantissa);
  return (std::signbit(value) ? "-" : "") + mantissa + text.substr(e);
}

std::string scientific_exact(double value, int precision) {
  std::string text = chars(value, std::chars_format::scientific, precision);
  if (precision == 0) text.insert(text.find('e'), ".");
  return text;
}

} // namespace tsc
