// Integer arithmetic without undefined behaviour: results are modulo 2^bits, computed in an
// unsigned type no narrower than int (narrow operands would be promoted to int, which overflows).
// Templates; the overloads for float and double (arith.h, base.h, mod.h) win where the operands are
// of those types.
#ifndef TSC_PRELUDE_INT_H
#define TSC_PRELUDE_INT_H

#include "arith.h"
#include "logic.h"
#include "mod.h"

template <bool wide>
struct tsc_wrapping_type {
  typedef tsc_u32 type;
};
template <>
struct tsc_wrapping_type<true> {
  typedef tsc_u64 type;
};
template <class T>
using tsc_wrapping = typename tsc_wrapping_type<(sizeof(T) > 4)>::type;

template <class T>
struct tsc_int {
  static constexpr int bits = int(sizeof(T)) * 8;
  static constexpr bool is_signed = T(-1) < T(0);
};

template <class T>
TSC_FN T tsc_add(T a, T b) {
  return T(tsc_wrapping<T>(a) + tsc_wrapping<T>(b));
}
template <class T>
TSC_FN T tsc_sub(T a, T b) {
  return T(tsc_wrapping<T>(a) - tsc_wrapping<T>(b));
}
template <class T>
TSC_FN T tsc_mul(T a, T b) {
  return T(tsc_wrapping<T>(a) * tsc_wrapping<T>(b));
}
template <class T>
TSC_FN T tsc_square(T x) {
  return tsc_mul(x, x);
}
template <class T>
TSC_FN T tsc_neg(T x) {
  return T(tsc_wrapping<T>(0) - tsc_wrapping<T>(x));
}
template <class T>
TSC_FN T tsc_abs(T x) {
  return x < T(0) ? tsc_neg(x) : x;
}
template <class T>
TSC_FN T tsc_sign(T x) {
  return T(T(x > T(0)) - T(x < T(0)));
}

template <class T>
TSC_FN T tsc_maximum(T a, T b) {
  return a > b ? a : b;
}
template <class T>
TSC_FN T tsc_minimum(T a, T b) {
  return a < b ? a : b;
}
template <class T>
TSC_FN T tsc_clip(T x, T lo, T hi) {
  return tsc_minimum(tsc_maximum(x, lo), hi);
}

// floor(a / b), b != 0. Up to 32 bits by way of double, whose quotient is never rounded up to an
// integer that it isn't: unlike integer division that vectorises. -1 is taken out, as the lowest
// integer over -1 would overflow.
template <class T>
TSC_FN T tsc_floor_quotient(T a, T b) {
  if constexpr (sizeof(T) <= 4) {
    return T(tsc_i64(TSC_MATH(floor)(double(a) / double(b))));
  } else {
    const bool minus_one = tsc_int<T>::is_signed && b == T(-1);
    const T divisor = minus_one ? T(1) : b;
    const T truncated = a / divisor;
    const bool round_down = a % divisor != T(0) && (a < T(0)) != (divisor < T(0));
    return minus_one ? tsc_neg(a) : tsc_sub(truncated, T(round_down));
  }
}

// Floored division and its remainder (sign of b), as in Python; both are 0 for b = 0. The lowest
// integer over -1 wraps.
template <class T>
TSC_FN T tsc_floor_div(T a, T b) {
  const T quotient = tsc_floor_quotient(a, b == T(0) ? T(1) : b);
  return b == T(0) ? T(0) : quotient;
}
template <class T>
TSC_FN T tsc_mod(T a, T b) {
  const T divisor = b == T(0) ? T(1) : b;
  return tsc_sub(a, tsc_mul(tsc_floor_quotient(a, divisor), divisor));
}

// base^exponent modulo 2^bits. A negative exponent gives the integer part of the true value: 0
// unless base is 1 or -1 (and 0 for base 0).
template <class T>
TSC_FN T tsc_pow(T base, T exponent) {
  tsc_wrapping<T> result = 1, power = tsc_wrapping<T>(base);
  for (tsc_wrapping<T> e = tsc_wrapping<T>(exponent); e != 0; e >>= 1) {
    result = e & 1 ? result * power : result;
    power *= power;
  }
  const bool odd = (exponent & T(1)) != T(0);
  const T unit = base == T(1) || (base == T(-1) && !odd) ? T(1) : (base == T(-1) ? base : T(0));
  return exponent < T(0) ? unit : T(result);
}

// A count outside [0, bits) shifts everything out: 0, or the sign for a right shift.
template <class T>
TSC_FN T tsc_shift_left(T x, T count) {
  const bool inside = count >= T(0) && count < T(tsc_int<T>::bits);
  const tsc_wrapping<T> shifted = tsc_wrapping<T>(x) << (inside ? count : T(0));
  return inside ? T(shifted) : T(0);
}
template <class T>
TSC_FN T tsc_shift_right(T x, T count) {
  const bool inside = count >= T(0) && count < T(tsc_int<T>::bits);
  const T shifted = T(x >> (inside ? count : T(0)));
  const T sign = x < T(0) ? T(-1) : T(0);
  return inside ? shifted : sign;
}

#endif
