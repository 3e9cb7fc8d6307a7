// Floating-point arithmetic: sign, extrema, floored division.
#ifndef TSC_PRELUDE_ARITH_H
#define TSC_PRELUDE_ARITH_H

#include "round.h"

TSC_FN float tsc_add(float a, float b) { return a + b; }
TSC_FN double tsc_add(double a, double b) { return a + b; }
TSC_FN float tsc_sub(float a, float b) { return a - b; }
TSC_FN double tsc_sub(double a, double b) { return a - b; }
TSC_FN float tsc_mul(float a, float b) { return a * b; }
TSC_FN double tsc_mul(double a, double b) { return a * b; }
TSC_FN float tsc_div(float a, float b) { return a / b; }
TSC_FN double tsc_div(double a, double b) { return a / b; }
TSC_FN float tsc_neg(float x) { return -x; }
TSC_FN double tsc_neg(double x) { return -x; }
TSC_FN float tsc_square(float x) { return x * x; }
TSC_FN double tsc_square(double x) { return x * x; }

// -1 or 1; zeros and NaN stay.
template <class T>
TSC_FN T tsc_sign_of(T x) {
  const T negative = x < T(0) ? T(-1) : x;
  return x > T(0) ? T(1) : negative;
}
TSC_FN float tsc_sign(float x) { return tsc_sign_of(x); }
TSC_FN double tsc_sign(double x) { return tsc_sign_of(x); }

// Compared in both orders: the same bits but for zeros of two signs, and for NaN, of which one
// order gives each operand. All bits of both together keep a NaN; the sign of a maximum is set
// where it is in both.
template <class T>
TSC_FN T tsc_maximum_of(T a, T b) {
  typedef typename tsc_float<T>::Uint Uint;
  const Uint x = tsc_bits(a > b ? a : b), y = tsc_bits(b > a ? b : a);
  return tsc_from_bits((x & y) | ((x | y) & (Uint(-1) >> 1)));
}
template <class T>
TSC_FN T tsc_minimum_of(T a, T b) {
  return tsc_from_bits(tsc_bits(a < b ? a : b) | tsc_bits(b < a ? b : a));
}
TSC_FN float tsc_maximum(float a, float b) { return tsc_maximum_of(a, b); }
TSC_FN double tsc_maximum(double a, double b) { return tsc_maximum_of(a, b); }
TSC_FN float tsc_minimum(float a, float b) { return tsc_minimum_of(a, b); }
TSC_FN double tsc_minimum(double a, double b) { return tsc_minimum_of(a, b); }
TSC_FN float tsc_clip(float x, float lo, float hi) { return tsc_minimum(tsc_maximum(x, lo), hi); }
TSC_FN double tsc_clip(double x, double lo, double hi) {
  return tsc_minimum(tsc_maximum(x, lo), hi);
}

// The same where what x is compared to is a constant of the program: one comparison, which keeps a
// NaN of x, and its zero.
template <class T>
TSC_FN T tsc_maximum_constant(T x, T c) {
  const T larger = c > x ? c : x;
  if (c != c) return c;
  return tsc_bits(c) == 0 ? larger + T(0) : larger; // -0 becomes +0
}
template <class T>
TSC_FN T tsc_minimum_constant(T x, T c) {
  if (c != c) return c;
  return c == T(0) ? tsc_minimum_of(x, c) : (c < x ? c : x);
}
template <class T>
TSC_FN T tsc_clip_constant(T x, T lo, T hi) {
  return tsc_minimum_constant(tsc_maximum_constant(x, lo), hi);
}

// |a| mod |b| for floats: quotients reach 2^277, each step in double takes 52 bits off, exactly.
TSC_FN float tsc_abs_mod(float a, float b) {
  const double divisor = tsc_abs(b);
  double r = tsc_abs(a);
  TSC_UNROLL
  for (int step = 0; step < 6; ++step)
    r = tsc_fma(-tsc_trunc(r / divisor), divisor, r);
  return float(r < 0.0 ? r + divisor : r);
}

// |a| mod |b| by long division, bit for bit: all its subtractions are exact.
TSC_COLD double tsc_long_abs_mod(double a, double b) {
  double shifted = b;
  while (shifted <= 0.5 * a)
    shifted += shifted;
  for (; shifted >= b; shifted *= 0.5)
    if (a >= shifted) a -= shifted;
  return a;
}

// The only branch among the arithmetic: a quotient of 2^52 and more is as rare as it is long.
TSC_FN double tsc_abs_mod(double a, double b) {
  const double dividend = tsc_abs(a), divisor = tsc_abs(b), quotient = dividend / divisor;
  if (quotient >= 0x1p52 && divisor > 0.0 && tsc_isfinite(a))
    return tsc_long_abs_mod(dividend, divisor);
  const double r = tsc_fma(-tsc_trunc(quotient), divisor, dividend);
  return r < 0.0 ? r + divisor : r;
}

// a mod b with the sign of b, as in Python; NaN for b = 0 and infinite a.
template <class T>
TSC_FN T tsc_mod_of(T a, T b) {
  const T whole = tsc_isinf(b) && tsc_isfinite(a) ? tsc_abs(a) : tsc_abs_mod(a, b);
  const bool same_sign = (a < T(0)) == (b < T(0));
  const T r = same_sign || whole == T(0) ? whole : tsc_abs(b) - whole;
  return tsc_isnan(r) ? r : tsc_copysign(r, b);
}
TSC_FN float tsc_mod(float a, float b) { return tsc_mod_of(a, b); }
TSC_FN double tsc_mod(double a, double b) { return tsc_mod_of(a, b); }

// floor(a / b) of the exact quotient, as in Python; a / b for b = 0, NaN for infinite a. A quotient
// of 2^mantissa_bits and more is an integer as it is rounded.
template <class T>
TSC_FN T tsc_floor_div_of(T a, T b) {
  const T ratio = a / b;
  const T quotient = tsc_trunc(tsc_abs(ratio));
  const T r = tsc_fma(-quotient, tsc_abs(b), tsc_abs(a));
  const T infinite_b = tsc_isinf(b) ? tsc_abs(a) : r;
  const T truncated = infinite_b < T(0) ? quotient - T(1) : quotient;
  const bool inexact = infinite_b != T(0) && (a < T(0)) != (b < T(0));
  const T magnitude = infinite_b < T(0) || !inexact ? truncated : truncated + T(1);
  const bool whole = !(quotient < tsc_pow2<T>(tsc_float<T>::mantissa_bits));
  const T signed_quotient = tsc_copysign(whole ? quotient : magnitude, ratio);
  return b == T(0) ? ratio : (tsc_isinf(a) ? tsc_float<T>::nan() : signed_quotient);
}
TSC_FN float tsc_floor_div(float a, float b) { return tsc_floor_div_of(a, b); }
TSC_FN double tsc_floor_div(double a, double b) { return tsc_floor_div_of(a, b); }

#endif
