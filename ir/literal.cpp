#include "ir/literal.h"

#include "support/error.h"

#include <cmath>
#include <fmt/format.h>

namespace tsc {

namespace {

template <class T>
std::string bytes_of(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T item(const std::string& bytes, size_t i) {
  TSC_CHECK((i + 1) * sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
std::string exact_integer(DType dtype, __int128 value) {
  const T narrowed = static_cast<T>(value);
  if (static_cast<__int128>(narrowed) != value)
    throw Error(Diag::NumberRange,
                fmt::format("{} does not fit {}", static_cast<double>(value), name(dtype)));
  return bytes_of(narrowed);
}

std::string integer_bytes(DType dtype, __int128 v) {
  switch (dtype) {
  case DType::Bool:
    return bytes_of<uint8_t>(v != 0);
  case DType::I8:
    return exact_integer<int8_t>(dtype, v);
  case DType::I16:
    return exact_integer<int16_t>(dtype, v);
  case DType::I32:
    return exact_integer<int32_t>(dtype, v);
  case DType::I64:
    return exact_integer<int64_t>(dtype, v);
  case DType::U8:
    return exact_integer<uint8_t>(dtype, v);
  case DType::U16:
    return exact_integer<uint16_t>(dtype, v);
  case DType::U32:
    return exact_integer<uint32_t>(dtype, v);
  case DType::U64:
    return exact_integer<uint64_t>(dtype, v);
  case DType::F16:
  case DType::BF16:
  case DType::F32:
  case DType::F64:
  case DType::C64:
  case DType::C128:
    break;
  }
  throw InternalError("integer_bytes of a float");
}

} // namespace

Literal Literal::splat(DType dtype, std::string bytes) {
  TSC_CHECK(bytes.size() == size_of(dtype));
  Literal literal;
  literal.dtype_ = dtype;
  literal.bytes_ = std::make_shared<const std::string>(std::move(bytes));
  return literal;
}

Literal Literal::dense(DType dtype, std::vector<int64_t> shape, std::string bytes) {
  size_t count = 1;
  for (int64_t size : shape)
    count *= static_cast<size_t>(size);
  TSC_CHECK(bytes.size() == count * size_of(dtype));
  if (shape.empty()) return splat(dtype, std::move(bytes)); // one value has one form
  Literal literal;
  literal.dtype_ = dtype;
  literal.splat_ = false;
  literal.shape_ = std::move(shape);
  literal.bytes_ = std::make_shared<const std::string>(std::move(bytes));
  return literal;
}

Literal Literal::number(DType dtype, double value) {
  switch (dtype) {
  case DType::F16:
    return splat(dtype, bytes_of(f64_to_f16(value)));
  case DType::BF16:
    return splat(dtype, bytes_of(f64_to_bf16(value)));
  case DType::F32:
    return splat(dtype, bytes_of(static_cast<float>(value)));
  case DType::F64:
    return splat(dtype, bytes_of(value));
  case DType::C64:
    return splat(dtype, bytes_of(static_cast<float>(value)) + bytes_of(0.0f));
  case DType::C128:
    return splat(dtype, bytes_of(value) + bytes_of(0.0));
  case DType::Bool:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
  case DType::U8:
  case DType::U16:
  case DType::U32:
  case DType::U64:
    break;
  }
  if (!(std::fabs(value) < 0x1p64) || value != std::trunc(value))
    throw Error(Diag::NumberRange, fmt::format("{} is no value of {}", value, name(dtype)));
  return splat(dtype, integer_bytes(dtype, static_cast<__int128>(value)));
}

Literal Literal::integer(DType dtype, int64_t value) {
  if (in(dtype, BoolsAndInts)) return splat(dtype, integer_bytes(dtype, value));
  return number(dtype, static_cast<double>(value));
}

double Literal::as_f64(size_t i) const {
  switch (dtype_) {
  case DType::F16:
    return f16_to_f32(item<uint16_t>(*bytes_, i));
  case DType::BF16:
    return bf16_to_f32(item<uint16_t>(*bytes_, i));
  case DType::F32:
    return item<float>(*bytes_, i);
  case DType::F64:
    return item<double>(*bytes_, i);
  case DType::U64:
    return static_cast<double>(item<uint64_t>(*bytes_, i));
  case DType::C64:
    return item<float>(*bytes_, 2 * i);
  case DType::C128:
    return item<double>(*bytes_, 2 * i);
  case DType::Bool:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
  case DType::U8:
  case DType::U16:
  case DType::U32:
    return static_cast<double>(as_i64(i));
  }
  throw InternalError("bad dtype");
}

int64_t Literal::as_i64(size_t i) const {
  switch (dtype_) {
  case DType::Bool:
  case DType::U8:
    return item<uint8_t>(*bytes_, i);
  case DType::I8:
    return item<int8_t>(*bytes_, i);
  case DType::I16:
    return item<int16_t>(*bytes_, i);
  case DType::I32:
    return item<int32_t>(*bytes_, i);
  case DType::I64:
    return item<int64_t>(*bytes_, i);
  case DType::U16:
    return item<uint16_t>(*bytes_, i);
  case DType::U32:
    return item<uint32_t>(*bytes_, i);
  case DType::U64:
    return static_cast<int64_t>(item<uint64_t>(*bytes_, i));
  case DType::F16:
  case DType::BF16:
  case DType::F32:
  case DType::F64:
  case DType::C64:
  case DType::C128:
    break;
  }
  throw InternalError("as_i64 of a float");
}

bool Literal::operator==(const Literal& other) const {
  return dtype_ == other.dtype_ && splat_ == other.splat_ && shape_ == other.shape_ &&
         (bytes_ == other.bytes_ || *bytes_ == *other.bytes_);
}

} // namespace tsc
