// Double-word arithmetic: a value as the unevaluated sum hi + lo, |lo| <= ulp(hi)/2 or nearly so.
// Error-free sums (Knuth, Dekker) and products (FMA); quotient and root are good to about 2^-100
// (f64).
#ifndef TSC_PRELUDE_DW_H
#define TSC_PRELUDE_DW_H

#include "base.h"

template <class T>
struct tsc_dw {
  T hi, lo;
};

// Member by member: as a whole the compiler may copy a pair of floats as one integer, which no loop
// vectorises with; and both values are computed.
template <class T>
TSC_FN tsc_dw<T> tsc_dw_select(bool condition, tsc_dw<T> a, tsc_dw<T> b) {
  return {condition ? a.hi : b.hi, condition ? a.lo : b.lo};
}

// a + b exactly, for any a and b.
template <class T>
TSC_FN tsc_dw<T> tsc_two_sum(T a, T b) {
  const T s = a + b;
  const T b_seen = s - a;
  const T a_seen = s - b_seen;
  const T a_lost = a - a_seen;
  const T b_lost = b - b_seen;
  return {s, a_lost + b_lost};
}

// a + b exactly, for |a| >= |b| or a = 0.
template <class T>
TSC_FN tsc_dw<T> tsc_fast_two_sum(T a, T b) {
  const T s = a + b;
  const T b_seen = s - a;
  return {s, b - b_seen};
}

// a b exactly, barring underflow.
template <class T>
TSC_FN tsc_dw<T> tsc_two_prod(T a, T b) {
  const T p = a * b;
  return {p, tsc_fma(a, b, -p)};
}

template <class T>
TSC_FN tsc_dw<T> tsc_dw_mul(tsc_dw<T> a, tsc_dw<T> b) {
  const tsc_dw<T> p = tsc_two_prod(a.hi, b.hi);
  return tsc_fast_two_sum(p.hi, tsc_fma(a.hi, b.lo, tsc_fma(a.lo, b.hi, p.lo)));
}

// n / d: one division, one step of correction.
template <class T>
TSC_FN tsc_dw<T> tsc_dw_div(tsc_dw<T> n, tsc_dw<T> d) {
  const T inverse = T(1) / d.hi;
  const T q = n.hi * inverse;
  const T remainder = tsc_fma(-q, d.hi, n.hi) + tsc_fma(-q, d.lo, n.lo);
  return {q, remainder * inverse};
}

// sqrt(x) for x >= 0.
template <class T>
TSC_FN tsc_dw<T> tsc_dw_sqrt(tsc_dw<T> x) {
  const T s = tsc_sqrt(x.hi);
  const T rest = (tsc_fma(-s, s, x.hi) + x.lo) / (s + s);
  return {s, s > T(0) ? rest : T(0)};
}

#endif
