#include "ir/number.h"

#include "ir/literal_text.h"
#include "support/checked.h"

#include <cmath>
#include <fmt/format.h>

namespace tsc {

namespace {

[[noreturn]] void too_large() {
  throw Error(Diag::NumberRange, "the result does not fit i64")
      .hint("write one of the numbers with a point, or with its dtype: f64(2)");
}

int64_t fitting(std::optional<int64_t> value) {
  if (!value) too_large();
  return *value;
}

int64_t whole_power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = fitting(checked_mul(result, base));
    if (exponent > 1) base = fitting(checked_mul(base, base));
  }
  return result;
}

std::optional<Number> combine_whole(std::string_view sign, int64_t a, int64_t b) {
  if (sign == "+") return fitting(checked_add(a, b));
  if (sign == "-") {
    int64_t r;
    if (__builtin_sub_overflow(a, b, &r)) too_large();
    return r;
  }
  if (sign == "*") return fitting(checked_mul(a, b));
  if (sign == "**" && b >= 0) return whole_power(a, b);
  if (sign != "//" && sign != "%") return std::nullopt;
  if (a == INT64_MIN && b == -1) too_large();
  const int64_t quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
  return sign == "//" ? quotient : a - quotient * b;
}

std::optional<Number> combine_real(std::string_view sign, double a, double b) {
  if (sign == "+") return a + b;
  if (sign == "-") return a - b;
  if (sign == "*") return a * b;
  if (sign == "/") return a / b;
  if (sign == "//") return std::floor(a / b);
  if (sign == "%") return a - b * std::floor(a / b);
  return std::nullopt;
}

} // namespace

Number read_number(std::string_view digits) {
  if (!is_whole(digits)) return real_number(digits);
  const uint64_t value = whole_number(digits);
  if (value > static_cast<uint64_t>(INT64_MAX))
    throw Error(Diag::NumberRange, fmt::format("{} does not fit i64", digits))
        .hint(fmt::format("write u64({}) or f64({})", digits, digits));
  return static_cast<int64_t>(value);
}

std::optional<Number> combine(std::string_view sign, Number a, Number b) {
  const bool divides = sign == "/" || sign == "//" || sign == "%";
  if (divides && as_double(b) == 0) throw Error(Diag::NumberRange, "a number is divided by 0");
  const auto* i = std::get_if<int64_t>(&a);
  const auto* j = std::get_if<int64_t>(&b);
  if (i && j && sign != "/") return combine_whole(sign, *i, *j);
  return combine_real(sign, as_double(a), as_double(b));
}

Number negative(Number a) {
  if (const auto* i = std::get_if<int64_t>(&a)) return combine_whole("-", 0, *i).value();
  return -std::get<double>(a);
}

DType dtype_beside(Number number, DType dtype) {
  if (std::holds_alternative<double>(number)) return floating(dtype);
  return dtype == DType::Bool ? DType::I64 : dtype;
}

DType dtype_alone(Number number) {
  return std::holds_alternative<double>(number) ? DType::F32 : DType::I64;
}

Literal literal(Number number, DType dtype) {
  if (const auto* i = std::get_if<int64_t>(&number)) return Literal::integer(dtype, *i);
  const double value = std::get<double>(number);
  Literal result = Literal::number(dtype, value);
  if (in(dtype, Floats) && std::isfinite(value) && !std::isfinite(result.as_f64()))
    throw Error(Diag::NumberRange, fmt::format("{} is no value of {}", value, name(dtype)))
        .hint("write inf for infinity");
  return result;
}

double as_double(Number number) {
  return std::visit([](auto v) { return static_cast<double>(v); }, number);
}

} // namespace tsc
