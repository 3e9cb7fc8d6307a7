#include "codegen/spelling.h"

#include "support/error.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace tsc {

const char* value_type(DType dtype) {
  switch (dtype) {
  case DType::Bool:
    return "bool";
  case DType::I8:
    return "tsc_i8";
  case DType::I16:
    return "tsc_i16";
  case DType::I32:
    return "tsc_i32";
  case DType::I64:
    return "tsc_i64";
  case DType::U8:
    return "tsc_u8";
  case DType::U16:
    return "tsc_u16";
  case DType::U32:
    return "tsc_u32";
  case DType::U64:
    return "tsc_u64";
  case DType::F16:
  case DType::BF16:
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  case DType::C64:
    return "tsc_c64";
  case DType::C128:
    return "tsc_c128";
  }
  throw InternalError("bad dtype");
}

const char* memory_type(DType dtype) {
  if (dtype == DType::Bool) return "tsc_u8";
  return in(dtype, Halves) ? "tsc_u16" : value_type(dtype);
}

namespace {

// Shortest text that reads back as the same number, with a mark that makes it floating.
template <class T>
std::string shortest(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

template <class T, class Bits>
std::string floating_text(T value, const char* suffix, const char* bits_type) {
  if (std::isfinite(value)) {
    const std::string text = shortest(value) + suffix;
    return std::signbit(value) ? "(" + text + ")" : text;
  }
  Bits bits; // infinities and NaNs keep sign and payload
  std::memcpy(&bits, &value, sizeof bits);
  return fmt::format("tsc_from_bits(({}){:#x}u{})", bits_type, bits, sizeof bits == 8 ? "ll" : "");
}

// Real and imaginary part.
template <class T>
std::string parts(const Literal& literal, DType part) {
  auto at = [&](size_t i) {
    return spelled(Literal::splat(part, literal.bytes().substr(i * sizeof(T), sizeof(T))));
  };
  return at(0) + ", " + at(1);
}

} // namespace

std::string spelled(const Literal& literal) {
  switch (literal.dtype()) {
  case DType::Bool:
    return literal.as_i64() ? "true" : "false";
  case DType::F16:
  case DType::BF16:
  case DType::F32:
    return floating_text<float, uint32_t>(static_cast<float>(literal.as_f64()), "f", "tsc_u32");
  case DType::F64:
    return floating_text<double, uint64_t>(literal.as_f64(), "", "tsc_u64");
  case DType::U64:
    return fmt::format("{}ull", static_cast<uint64_t>(literal.as_i64()));
  case DType::I64:
    if (literal.as_i64() == INT64_MIN) return "(-9223372036854775807ll - 1)";
    return literal.as_i64() < 0 ? fmt::format("({}ll)", literal.as_i64())
                                : fmt::format("{}ll", literal.as_i64());
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::U8:
  case DType::U16:
  case DType::U32:
    return fmt::format("({})({})", value_type(literal.dtype()), literal.as_i64());
  case DType::C64:
    return fmt::format("tsc_c64{{{}}}", parts<float>(literal, DType::F32));
  case DType::C128:
    return fmt::format("tsc_c128{{{}}}", parts<double>(literal, DType::F64));
  }
  throw InternalError("bad dtype");
}

namespace {

// A NaN or infinity as a constant expression: an array of the program must not need code to start
// up.
std::string non_finite(DType dtype, double value) {
  const char* suffix = dtype == DType::F64 ? "" : "f";
  const char* sign = std::signbit(value) ? "-" : "";
  return fmt::format("{}__builtin_{}{}({})", sign, std::isinf(value) ? "inf" : "nan", suffix,
                     std::isinf(value) ? "" : "\"\"");
}

// The parts of complex items, one after the other.
Literal real_parts(const Literal& literal) {
  const DType part = literal.dtype() == DType::C64 ? DType::F32 : DType::F64;
  const auto count = static_cast<int64_t>(literal.bytes().size() / size_of(part));
  return Literal::dense(part, {count}, literal.bytes());
}

} // namespace

std::vector<std::string> memory_items(const Literal& literal) {
  if (in(literal.dtype(), Complexes)) {
    const std::vector<std::string> parts = memory_items(real_parts(literal));
    std::vector<std::string> items;
    for (size_t i = 0; i < parts.size(); i += 2)
      items.push_back(fmt::format("{{{}, {}}}", parts[i], parts[i + 1]));
    return items;
  }
  const size_t width = size_of(literal.dtype());
  std::vector<std::string> items;
  for (size_t i = 0; i * width < literal.bytes().size(); ++i) {
    if (in(literal.dtype(), Halves)) {
      uint16_t bits;
      std::memcpy(&bits, literal.bytes().data() + i * width, width);
      items.push_back(fmt::format("{}", bits));
    } else if (literal.dtype() == DType::Bool) {
      items.push_back(literal.as_i64(i) ? "1" : "0");
    } else if (in(literal.dtype(), Floats) && !std::isfinite(literal.as_f64(i))) {
      items.push_back(non_finite(literal.dtype(), literal.as_f64(i)));
    } else {
      items.push_back(
          spelled(Literal::splat(literal.dtype(), literal.bytes().substr(i * width, width))));
    }
  }
  return items;
}

std::string spelled(const Dim& dim, const std::function<std::string(const std::string&)>& symbol) {
  std::string out;
  for (const Dim::Term& term : dim.terms()) {
    std::string product = term.coefficient == 1 ? "" : fmt::format("{}", term.coefficient);
    for (const auto& atom : term.atoms) {
      if (!product.empty()) product += " * ";
      product += atom->quotient ? fmt::format("tsc_size_quotient({}, {})",
                                              spelled(atom->quotient->first, symbol),
                                              spelled(atom->quotient->second, symbol))
                                : symbol(atom->text);
    }
    out += (out.empty() ? "" : " + ") + product;
  }
  if (out.empty()) return fmt::format("{}", dim.constant());
  return dim.constant() == 0 ? out : fmt::format("{} + {}", out, dim.constant());
}

} // namespace tsc
