#include "ir/tensor_value.h"

#include "ir/typed.h"
#include "support/checked.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tsc {

TensorValue TensorValue::zeros(DType dtype, std::vector<int64_t> shape) {
  const auto item = static_cast<int64_t>(size_of(dtype));
  const auto bytes = static_cast<size_t>(checked_elements(shape, item) * item);
  return {dtype, std::move(shape), std::string(bytes, '\0')};
}

TensorValue TensorValue::of(const Literal& literal, const std::vector<int64_t>& shape) {
  if (!literal.is_splat()) return {literal.dtype(), literal.shape(), literal.bytes()};
  TensorValue value = zeros(literal.dtype(), shape);
  const std::string& item = literal.bytes();
  for (size_t at = 0; at < value.bytes.size(); at += item.size())
    std::memcpy(value.bytes.data() + at, item.data(), item.size());
  return value;
}

TensorValue TensorValue::of(DType dtype, std::vector<int64_t> shape,
                            const std::vector<double>& values) {
  TensorValue value = zeros(dtype, std::move(shape));
  TSC_CHECK(value.count() == values.size());
  for (size_t i = 0; i < values.size(); ++i)
    value.set_f64(i, values[i]);
  return value;
}

TensorValue TensorValue::of_ints(DType dtype, std::vector<int64_t> shape,
                                 const std::vector<int64_t>& values) {
  TensorValue value = zeros(dtype, std::move(shape));
  TSC_CHECK(value.count() == values.size());
  for (size_t i = 0; i < values.size(); ++i)
    value.set_i64(i, values[i]);
  return value;
}

double TensorValue::as_f64(size_t i) const {
  TSC_CHECK(i < count());
  if (dtype == DType::C64) return load_raw<float>(bytes.data(), 2 * i);
  if (dtype == DType::C128) return load_raw<double>(bytes.data(), 2 * i);
  return with_dtype(
      dtype, [&]<DType D>() -> double { return static_cast<double>(load<D>(bytes.data(), i)); });
}

int64_t TensorValue::as_i64(size_t i) const {
  TSC_CHECK(i < count() && in(dtype, BoolsAndInts));
  return with_dtype(dtype, [&]<DType D>() -> int64_t {
    if constexpr (in(D, BoolsAndInts)) return static_cast<int64_t>(load<D>(bytes.data(), i));
    throw InternalError("as_i64 of a float");
  });
}

void TensorValue::set_f64(size_t i, double value) {
  TSC_CHECK(i < count());
  if (dtype == DType::C64) return store_raw(bytes.data(), 2 * i, static_cast<float>(value));
  if (dtype == DType::C128) return store_raw(bytes.data(), 2 * i, value);
  if (in(dtype, Ints)) {
    if (!(value > -0x1p63 - 1 && value < 0x1p64))
      throw InternalError(fmt::format("{} is no value of {}", value, name(dtype)));
    return set_i64(i, value < 0x1p63 ? static_cast<int64_t>(value)
                                     : static_cast<int64_t>(static_cast<uint64_t>(value)));
  }
  with_dtype(dtype, [&]<DType D>() {
    if constexpr (D == DType::Bool)
      store<D>(bytes.data(), i, value != 0);
    else if constexpr (D == DType::F16)
      store_raw(bytes.data(), i, f64_to_f16(value));
    else if constexpr (D == DType::BF16)
      store_raw(bytes.data(), i, f64_to_bf16(value));
    else
      store<D>(bytes.data(), i, static_cast<Item<D>>(value));
  });
}

void TensorValue::set_i64(size_t i, int64_t value) {
  TSC_CHECK(i < count());
  if (in(dtype, Complexes)) return set_f64(i, static_cast<double>(value));
  with_dtype(dtype, [&]<DType D>() {
    if constexpr (D == DType::Bool)
      store<D>(bytes.data(), i, value != 0);
    else
      store<D>(bytes.data(), i, static_cast<Item<D>>(value));
  });
}

std::vector<double> TensorValue::to_f64() const {
  std::vector<double> values(count());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = as_f64(i);
  return values;
}

Literal TensorValue::literal() const {
  return shape.empty() ? Literal::splat(dtype, bytes) : Literal::dense(dtype, shape, bytes);
}

namespace {

// How the numbers of a floating dtype lie: p digits, least exponent of a normal number.
struct FloatFormat {
  int digits, min_exponent;
};

FloatFormat format_of(DType dtype) {
  if (dtype == DType::F16) return {11, -14};
  if (dtype == DType::BF16) return {8, -126};
  return dtype == DType::F64 || dtype == DType::C128 ? FloatFormat{53, -1022}
                                                     : FloatFormat{24, -126};
}

// The distance of a number of this magnitude from its neighbour.
double unit(double magnitude, FloatFormat format) {
  const int exponent =
      magnitude == 0 ? format.min_exponent : std::max(std::ilogb(magnitude), format.min_exponent);
  return std::ldexp(1.0, exponent - format.digits + 1);
}

double ulp_distance(double a, double b, double scale, FloatFormat format) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
  // Halved where the difference itself would overflow. Between two binades the finer unit counts.
  const double magnitude = std::max(std::min(std::fabs(a), std::fabs(b)), scale);
  const double half_difference = std::fabs(a / 2 - b / 2);
  const double u = unit(magnitude, format);
  return std::isfinite(a - b) ? std::fabs(a - b) / u : half_difference / (u / 2);
}

// The items as floating numbers; complex items as two each.
double component(const TensorValue& v, size_t i) {
  if (v.dtype == DType::C64) return load_raw<float>(v.bytes.data(), i);
  if (v.dtype == DType::C128) return load_raw<double>(v.bytes.data(), i);
  return v.as_f64(i);
}

size_t components(const TensorValue& v) {
  return in(v.dtype, Complexes) ? 2 * v.count() : v.count();
}

} // namespace

bool same_value(const TensorValue& a, const TensorValue& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  if (a.bytes == b.bytes) return true;
  if (!in(a.dtype, Floats | Complexes)) return false;
  for (size_t i = 0; i < components(a); ++i) {
    const double x = component(a, i), y = component(b, i);
    const bool same = std::isnan(x) ? std::isnan(y) : x == y && std::signbit(x) == std::signbit(y);
    if (!same) return false;
  }
  return true;
}

double max_ulp(const TensorValue& a, const TensorValue& b, double scale) {
  TSC_CHECK(a.dtype == b.dtype && a.shape == b.shape);
  if (!in(a.dtype, Floats | Complexes))
    return a.bytes == b.bytes ? 0 : std::numeric_limits<double>::infinity();
  double worst = 0;
  for (size_t i = 0; i < components(a); ++i)
    worst =
        std::max(worst, ulp_distance(component(a, i), component(b, i), scale, format_of(a.dtype)));
  return worst;
}

std::string text(const TensorValue& value, size_t limit) {
  std::string out = name(value.dtype);
  if (!value.shape.empty()) out += fmt::format("[{}]", fmt::join(value.shape, ", "));
  out += " {";
  for (size_t i = 0; i < std::min(limit, value.count()); ++i) {
    if (i) out += ", ";
    if (in(value.dtype, Complexes))
      out += fmt::format("{}+{}i", component(value, 2 * i), component(value, 2 * i + 1));
    else if (value.dtype == DType::U64)
      out += fmt::format("{}", static_cast<uint64_t>(value.as_i64(i)));
    else if (in(value.dtype, BoolsAndInts))
      out += fmt::format("{}", value.as_i64(i));
    else
      out += fmt::format("{}", value.as_f64(i));
  }
  return out + (value.count() > limit ? ", ...}" : "}");
}

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

} // namespace tsc
