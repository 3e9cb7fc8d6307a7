// Conversion of elements (Array::astype), and the comparison that needs it.
#include "runtime/array.h"

#include <bit>
#include <cmath>
#include <limits>

namespace tsc {

namespace {

// `value` as a float that rounds on to f16 or bf16 as `value` itself would: inexact values keep an
// odd last bit, so that they are never taken for a tie.
float to_odd_float(double value) {
  const float nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || std::isnan(value)) return nearest;
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(value)) --bits; // towards zero
  return std::bit_cast<float>(bits | 1);
}

// The same from integers: those of more than 53 bits lose the last 12, and an odd bit marks the
// loss.
template <IntElement T>
double to_odd_double(T value) {
  if constexpr (sizeof(T) < 8) {
    return static_cast<double>(value);
  } else {
    const bool negative = value < 0;
    const uint64_t magnitude =
        negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    constexpr uint64_t low = (1 << 12) - 1;
    const uint64_t odd = magnitude >> 53 == 0 || (magnitude & low) == 0
                             ? magnitude
                             : (magnitude & ~low) | (low + 1) >> 1;
    return negative ? -static_cast<double>(odd) : static_cast<double>(odd);
  }
}

template <IntElement To, std::floating_point From>
To to_int(From value) {
  using Limits = std::numeric_limits<To>;
  const From end = static_cast<From>(uint64_t{1} << (Limits::digits - 1)) * 2; // max + 1, exact
  if (std::isnan(value)) return 0;
  if (value >= end) return Limits::max();
  if (value <= static_cast<From>(Limits::min())) return Limits::min();
  return static_cast<To>(value);
}

template <Element To, Element From>
To convert(From value) {
  if constexpr (std::same_as<To, From>) {
    return value;
  } else if constexpr (HalfElement<From>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (std::same_as<To, bool>) {
    return value != From{};
  } else if constexpr (ComplexElement<To> && ComplexElement<From>) {
    return To(value);
  } else if constexpr (ComplexElement<From>) {
    return convert<To>(value.real());
  } else if constexpr (ComplexElement<To>) {
    return To(convert<typename To::value_type>(value));
  } else if constexpr (std::same_as<From, bool>) {
    return convert<To>(static_cast<int32_t>(value));
  } else if constexpr (HalfElement<To>) {
    if constexpr (IntElement<From>)
      return convert<To>(to_odd_double(value));
    else if constexpr (std::same_as<From, double>)
      return To(to_odd_float(value));
    else
      return To(value);
  } else if constexpr (IntElement<To> && std::floating_point<From>) {
    return to_int<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <class T>
bool close(T a, T b, double rtol, double atol, bool equal_nan) {
  if (a == b) return true;
  const bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return a_nan && b_nan && equal_nan;
  const double size = std::abs(b);
  return std::isfinite(size) && std::abs(a - b) <= atol + rtol * size;
}

} // namespace

Array Array::astype(DType dtype) const {
  if (dtype == dtype_) return clone();
  const Array source = to_contiguous();
  Array result = empty(dtype, shape());
  visit_dtype(dtype_, [&](auto from) {
    visit_dtype(dtype, [&](auto to) {
      std::ranges::transform(source.span<decltype(from)>(), result.span<decltype(to)>().begin(),
                             convert<decltype(to), decltype(from)>);
    });
  });
  return result;
}

bool allclose(const Array& a, const Array& b, double rtol, double atol, bool equal_nan) {
  if (!std::ranges::equal(a.shape(), b.shape())) return false;
  const auto compare = [&]<class T>(T) {
    const Array x = a.astype(dtype_of<T>::value), y = b.astype(dtype_of<T>::value);
    return std::ranges::equal(x.span<T>(), y.span<T>(),
                              [&](T p, T q) { return close(p, q, rtol, atol, equal_nan); });
  };
  if (in(a.dtype(), Complexes) || in(b.dtype(), Complexes)) return compare(std::complex<double>{});
  return compare(double{});
}

} // namespace tsc
