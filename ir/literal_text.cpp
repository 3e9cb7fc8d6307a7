#include "ir/literal_text.h"

#include "support/error.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace tsc {

namespace {

template <class T>
std::string bytes_of(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T load(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

template <class T>
std::string shortest(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

// How a dtype's floats look as bits.
struct FloatBits {
  uint64_t bits;
  uint64_t infinity;  // all exponent bits
  uint64_t quiet_nan; // the NaN that prints without its bits
  uint64_t sign;
};

FloatBits float_bits(DType dtype, const char* data) {
  switch (dtype) {
  case DType::F16:
    return {load<uint16_t>(data), 0x7C00, 0x7E00, 0x8000};
  case DType::BF16:
    return {load<uint16_t>(data), 0x7F80, 0x7FC0, 0x8000};
  case DType::F32:
    return {load<uint32_t>(data), 0x7F800000, 0x7FC00000, 0x80000000};
  case DType::F64:
    return {load<uint64_t>(data), 0x7FF0000000000000, 0x7FF8000000000000, 0x8000000000000000};
  case DType::Bool:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
  case DType::U8:
  case DType::U16:
  case DType::U32:
  case DType::U64:
  case DType::C64:
  case DType::C128:
    break;
  }
  throw InternalError("float_bits of another dtype");
}

// Few enough digits that f16 and bf16 read them back: std::to_chars knows only wider types.
std::string shortest_half(DType dtype, uint16_t bits) {
  const float value = dtype == DType::F16 ? f16_to_f32(bits) : bf16_to_f32(bits);
  for (int digits = 1; digits < 9; ++digits) {
    char buffer[64];
    const auto end =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits)
            .ptr;
    double read = 0;
    std::from_chars(buffer, end, read);
    if ((dtype == DType::F16 ? f64_to_f16(read) : f64_to_bf16(read)) == bits)
      return std::string(buffer, end);
  }
  return shortest(value);
}

std::string float_text(DType dtype, const char* data) {
  const FloatBits f = float_bits(dtype, data);
  const uint64_t magnitude = f.bits & ~f.sign;
  if (f.bits == f.quiet_nan) return "nan";
  if (magnitude > f.infinity) return fmt::format("nan({:#x})", f.bits);
  if (magnitude == f.infinity) return f.bits & f.sign ? "-inf" : "inf";
  if (dtype == DType::F32) return shortest(load<float>(data));
  if (dtype == DType::F64) return shortest(load<double>(data));
  return shortest_half(dtype, static_cast<uint16_t>(f.bits));
}

[[noreturn]] void out_of_range(DType dtype, std::string_view digits, bool negative) {
  throw Error(Diag::NumberRange, fmt::format("{}{} is no value of {}", negative ? "-" : "",
                                             printable(digits, 40), name(dtype)));
}

[[noreturn]] void no_number(std::string_view digits) {
  throw Error(Diag::BadSyntax, fmt::format("'{}' is no number", printable(digits, 40)));
}

bool is_hex(std::string_view digits) {
  return digits.size() > 2 && digits[0] == '0' && (digits[1] | 32) == 'x';
}

// from_chars tells overflow and underflow alike. Is the number (not 0, out of range) below 1?
bool is_tiny(std::string_view digits) {
  const bool hex = is_hex(digits);
  if (hex) digits.remove_prefix(2);
  const size_t mark = digits.find_first_of(hex ? "pP" : "eE");
  const std::string_view mantissa = digits.substr(0, mark);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t leading = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  // Digits before the point from the leading one on; 0 or less when it stands behind the point.
  const auto places = leading < point ? static_cast<int64_t>(point - leading)
                                      : -static_cast<int64_t>(leading - point - 1);
  int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view text = digits.substr(mark + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto result = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (result.ec == std::errc::result_out_of_range) return text.starts_with('-');
  }
  return exponent < -(hex ? 4 : 1) * places;
}

template <class T>
T read_float(std::string_view digits, DType dtype) {
  if (digits == "inf") return std::numeric_limits<T>::infinity();
  if (digits == "nan") return std::numeric_limits<T>::quiet_NaN();
  const bool hex = is_hex(digits);
  const char* begin = digits.data() + (hex ? 2 : 0);
  const char* end = digits.data() + digits.size();
  // from_chars would take "inf", "nan(x)" and a sign: numbers start with a digit or a point.
  const bool starts =
      begin != end && (std::isxdigit(static_cast<unsigned char>(*begin)) || *begin == '.');
  if (!starts || (!hex && std::isalpha(static_cast<unsigned char>(*begin)))) no_number(digits);
  T value{};
  const auto result =
      std::from_chars(begin, end, value, hex ? std::chars_format::hex : std::chars_format::general);
  if (result.ec == std::errc::invalid_argument || result.ptr != end) no_number(digits);
  if (result.ec == std::errc::result_out_of_range) {
    if (is_tiny(digits)) return 0;
    out_of_range(dtype, digits, false);
  }
  return value;
}

std::string integer_number(DType dtype, NumberText number) {
  if (!is_whole(number.digits)) out_of_range(dtype, number.digits, number.negative);
  const uint64_t magnitude = whole_number(number.digits);
  if (dtype == DType::U64 && !number.negative) return bytes_of(magnitude);
  const uint64_t least = uint64_t{1} << 63;
  if (magnitude > (number.negative ? least : least - 1))
    out_of_range(dtype, number.digits, number.negative);
  const auto value = static_cast<int64_t>(number.negative ? 0 - magnitude : magnitude);
  return Literal::integer(dtype, value).bytes();
}

std::string float_number(DType dtype, NumberText number) {
  const double sign = number.negative ? -1 : 1;
  switch (dtype) {
  case DType::F32: // straight from the text: by way of f64 it would be rounded twice
    return bytes_of(
        std::copysign(read_float<float>(number.digits, dtype), static_cast<float>(sign)));
  case DType::F64:
    return bytes_of(std::copysign(read_float<double>(number.digits, dtype), sign));
  case DType::F16:
  case DType::BF16:
  case DType::Bool:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
  case DType::U8:
  case DType::U16:
  case DType::U32:
  case DType::U64:
  case DType::C64:
  case DType::C128:
    break;
  }
  const double value = std::copysign(read_float<double>(number.digits, dtype), sign);
  const uint16_t bits = dtype == DType::F16 ? f64_to_f16(value) : f64_to_bf16(value);
  const FloatBits f = float_bits(dtype, reinterpret_cast<const char*>(&bits));
  if ((f.bits & ~f.sign) == f.infinity && number.digits != "inf")
    out_of_range(dtype, number.digits, number.negative);
  return bytes_of(bits);
}

} // namespace

std::string item_text(const Literal& literal, size_t i) {
  const DType dtype = literal.dtype(), part = part_type(dtype);
  const char* data = literal.bytes().data() + i * size_of(dtype);
  if (part != dtype)
    return fmt::format("({}, {})", float_text(part, data), float_text(part, data + size_of(part)));
  if (in(dtype, Floats)) return float_text(dtype, data);
  if (dtype == DType::Bool) {
    const auto byte = static_cast<unsigned char>(*data);
    return byte ? "true" : "false";
  }
  if (dtype == DType::U64) return shortest(load<uint64_t>(data));
  return shortest(literal.as_i64(i));
}

std::string data_text(const Literal& literal) {
  if (literal.is_splat()) return item_text(literal);
  const auto& shape = literal.shape();
  size_t count = 1;
  for (int64_t size : shape)
    count *= static_cast<size_t>(size);
  if (count == 0) return "[]";
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    // Brackets open and close where an axis starts and ends: after `inner` items each.
    size_t inner = 1, opening = 0, closing = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      inner *= static_cast<size_t>(shape[axis]);
      opening += i % inner == 0;
      closing += (i + 1) % inner == 0;
    }
    if (i > 0) out += ", ";
    out.append(opening, '[');
    out += item_text(literal, i);
    out.append(closing, ']');
  }
  return out;
}

std::string number_bytes(DType dtype, NumberText number) {
  const DType part = part_type(dtype);
  const bool truth = number.digits == "true" || number.digits == "false";
  if (dtype == DType::Bool) {
    const bool one = number.digits == "true" || number.digits == "1";
    if (!(truth || one || number.digits == "0") || number.negative)
      out_of_range(dtype, number.digits, number.negative);
    return std::string(1, one ? '\1' : '\0');
  }
  if (truth) out_of_range(dtype, number.digits, number.negative);
  return in(part, Ints) ? integer_number(part, number) : float_number(part, number);
}

std::string nan_bytes(DType dtype, uint64_t bits) {
  const DType part = part_type(dtype);
  const size_t size = size_of(part);
  const std::string bytes = bytes_of(bits).substr(0, size);
  const bool wide = size < 8 && bits >> (8 * size) != 0;
  const FloatBits f = in(part, Floats) && !wide ? float_bits(part, bytes.data()) : FloatBits{};
  if ((f.bits & ~f.sign) <= f.infinity)
    throw Error(Diag::NumberRange,
                fmt::format("{:#x} are not the bits of a NaN of {}", bits, name(dtype)));
  return bytes;
}

bool is_whole(std::string_view digits) {
  const bool hex = is_hex(digits);
  return !digits.empty() && std::all_of(digits.begin() + (hex ? 2 : 0), digits.end(), [&](char c) {
    return hex ? std::isxdigit(static_cast<unsigned char>(c)) != 0 : c >= '0' && c <= '9';
  });
}

uint64_t whole_number(std::string_view digits) {
  if (!is_whole(digits)) no_number(digits);
  const bool hex = is_hex(digits);
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
  if (result.ec != std::errc() || result.ptr != end)
    throw Error(Diag::NumberRange, fmt::format("{} does not fit 64 bits", printable(digits, 40)));
  return value;
}

double real_number(std::string_view digits) { return read_float<double>(digits, DType::F64); }

} // namespace tsc
