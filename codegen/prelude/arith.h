// Floating-point arithmetic: sign and extrema.
#ifndef TSC_PRELUDE_ARITH_H
#define TSC_PRELUDE_ARITH_H

#include "base.h"

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

#endif
