// The C++ types of array elements, one for each dtype. f16 and bf16 are storage: convert to float
// to compute. `visit_dtype` goes from a dtype to its type.
#pragma once

#include "support/dtype.h"

#include <complex>
#include <concepts>
#include <type_traits>

namespace [[gnu::visibility("default")]] tsc {

// IEEE binary16, as its bits.
struct F16 {
  uint16_t bits = 0;
  F16() = default;
  explicit F16(float value) : bits(f32_to_f16(value)) {}
  explicit operator float() const { return f16_to_f32(bits); }
};

// bfloat16, as its bits.
struct BF16 {
  uint16_t bits = 0;
  BF16() = default;
  explicit BF16(float value) : bits(f32_to_bf16(value)) {}
  explicit operator float() const { return bf16_to_f32(bits); }
};

template <>
struct dtype_of<F16> {
  static constexpr DType value = DType::F16;
};
template <>
struct dtype_of<BF16> {
  static constexpr DType value = DType::BF16;
};
template <>
struct dtype_of<std::complex<float>> {
  static constexpr DType value = DType::C64;
};
template <>
struct dtype_of<std::complex<double>> {
  static constexpr DType value = DType::C128;
};

// A type that an array's elements may have.
template <class T>
concept Element = requires { dtype_of<T>::value; };

template <class T>
concept HalfElement = std::same_as<T, F16> || std::same_as<T, BF16>;
template <class T>
concept ComplexElement =
    std::same_as<T, std::complex<float>> || std::same_as<T, std::complex<double>>;
template <class T>
concept FloatElement = HalfElement<T> || std::floating_point<T>;
template <class T>
concept IntElement = Element<T> && std::integral<T> && !std::same_as<T, bool>;

// Calls f(T{}) where T is the C++ type of `dtype`.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
  case DType::Bool:
    return f(bool{});
  case DType::I8:
    return f(int8_t{});
  case DType::I16:
    return f(int16_t{});
  case DType::I32:
    return f(int32_t{});
  case DType::I64:
    return f(int64_t{});
  case DType::U8:
    return f(uint8_t{});
  case DType::U16:
    return f(uint16_t{});
  case DType::U32:
    return f(uint32_t{});
  case DType::U64:
    return f(uint64_t{});
  case DType::F16:
    return f(F16{});
  case DType::BF16:
    return f(BF16{});
  case DType::F32:
    return f(float{});
  case DType::F64:
    return f(double{});
  case DType::C64:
    return f(std::complex<float>{});
  case DType::C128:
    return f(std::complex<double>{});
  }
  __builtin_unreachable();
}

} // namespace tsc
