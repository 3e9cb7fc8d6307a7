// Floored division of floating-point numbers and its remainder, as in Python.
#ifndef TSC_PRELUDE_MOD_H
#define TSC_PRELUDE_MOD_H

#include "round.h"

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
