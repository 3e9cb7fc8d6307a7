// exp, exp2, expm1.
//
// exp: n = nearest(x / ln 2), r = x - n ln 2 in two steps (Cody and Waite), |r| <= ln 2 / 2,
// e^r = 1 + r + r^2 P(r), result 2^n e^r. expm1 adds 2^n - 1 instead of 2^n. Arguments are clamped
// to where the result is already 0 or infinite, so that n stays small.
// Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: exp 0.99 / 0.97, exp2 0.86 / 0.77,
// expm1 1.04 / 1.04.
#ifndef TSC_PRELUDE_EXP_H
#define TSC_PRELUDE_EXP_H

#include "dw.h"

// ln2_hi has so few bits that n ln2_hi is exact for every exponent n.
template <class T>
struct tsc_exp_const;
template <>
struct tsc_exp_const<float> {
  static constexpr float log2e = 0x1.715476p0f, ln2_hi = 0x1.62e4p-1f, ln2_lo = 0x1.7f7d1cp-20f;
  static constexpr float max = 89.0f, min = -105.0f, max2 = 129.0f, min2 = -151.0f;
};
template <>
struct tsc_exp_const<double> {
  static constexpr double log2e = 0x1.71547652b82fep0, ln2_hi = 0x1.62e42fefa38p-1,
                          ln2_lo = 0x1.ef35793c7673p-45;
  static constexpr double max = 710.0, min = -746.0, max2 = 1025.0, min2 = -1076.0;
};

// x limited to [lo, hi]; NaN stays.
template <class T>
TSC_FN T tsc_clamp(T x, T lo, T hi) {
  const T below = x > hi ? hi : x;
  return below < lo ? lo : below;
}

// (e^r - 1 - r) / r^2 and (2^r - 1) / r.
TSC_FN float tsc_exp_poly(float r) {
  static constexpr float exp_p_f32[] = {0x1p-1f,       0x1.555556p-3f,  0x1.5554fp-5f,
                                        0x1.110fep-7f, 0x1.6d436ep-10f, 0x1.a293cep-13f};
  return tsc_poly(r, exp_p_f32);
}
TSC_FN double tsc_exp_poly(double r) {
  static constexpr double exp_p_f64[] = {0x1p-1,
                                         0x1.5555555555559p-3,
                                         0x1.5555555555557p-5,
                                         0x1.111111110f65p-7,
                                         0x1.6c16c16c1577dp-10,
                                         0x1.a01a01b00610cp-13,
                                         0x1.a01a01ab13cadp-16,
                                         0x1.71ddf808b6aep-19,
                                         0x1.27e4d14428d45p-22,
                                         0x1.af5f37267188dp-26,
                                         0x1.1f83e1c58be04p-29};
  return tsc_poly(r, exp_p_f64);
}
TSC_FN float tsc_exp2_poly(float r) {
  static constexpr float exp2_p_f32[] = {0x1.62e43p-1f,  0x1.ebfbep-3f,   0x1.c6b06cp-5f,
                                         0x1.3b2a54p-7f, 0x1.5da97ap-10f, 0x1.441764p-13f,
                                         0x1.da683ap-17f};
  return tsc_poly(r, exp2_p_f32);
}
TSC_FN double tsc_exp2_poly(double r) {
  static constexpr double exp2_p_f64[] = {
      0x1.62e42fefa39efp-1,  0x1.ebfbdff82c58fp-3,  0x1.c6b08d704a236p-5,  0x1.3b2ab6fba4d47p-7,
      0x1.5d87fe7848d79p-10, 0x1.430912f8c2884p-13, 0x1.ffcbfeda47eddp-17, 0x1.62c020e74f267p-20,
      0x1.b51ce2b8cadf6p-24, 0x1.e4d3fdf726604p-28, 0x1.01c1d7516cecp-31,  0x1.bdf9c6164cb11p-36,
      -0x1.f5ee149f5e103p-36};
  return tsc_poly(r, exp2_p_f64);
}

// x = n ln 2 + r + r_lo.
template <class T>
struct tsc_exp_reduced {
  T r, r_lo;
  typename tsc_float<T>::Int n;
};
template <class T>
TSC_FN tsc_exp_reduced<T> tsc_exp_reduce(T x) {
  typedef tsc_exp_const<T> C;
  const tsc_nearest_result<T> n = tsc_nearest(x, C::log2e);
  const T exact = tsc_fma(-n.value, C::ln2_hi, x);
  const T r = tsc_fma(-n.value, C::ln2_lo, exact);
  return {r, tsc_fma(-n.value, C::ln2_lo, exact - r), n.integer};
}

template <class T>
TSC_FN T tsc_exp(T x) {
  typedef tsc_exp_const<T> C;
  const tsc_exp_reduced<T> a = tsc_exp_reduce(tsc_clamp(x, C::min, C::max));
  const T q = tsc_fma(a.r * a.r, tsc_exp_poly(a.r), a.r);
  return tsc_scale(T(1) + q, a.n);
}

template <class T>
TSC_FN T tsc_exp2(T x) {
  typedef tsc_exp_const<T> C;
  const T limited = tsc_clamp(x, C::min2, C::max2);
  const tsc_nearest_result<T> n = tsc_nearest(limited);
  const T r = limited - n.value;
  return tsc_scale(tsc_fma(r, tsc_exp2_poly(r), T(1)), n.integer);
}

// Half the result first, as 2^(n-1) is finite where 2^n is not.
template <class T>
TSC_FN T tsc_expm1(T x) {
  typedef tsc_exp_const<T> C;
  const T lowest = -(tsc_float<T>::mantissa_bits + 3); // here the result is -1
  const tsc_exp_reduced<T> a = tsc_exp_reduce(tsc_clamp(x, lowest, C::max));
  const T half = tsc_pow2<T>(a.n - 1);
  const T tail = tsc_fma(a.r * a.r, tsc_exp_poly(a.r), a.r_lo);
  const tsc_dw<T> head = tsc_two_sum(half - T(0.5), half * a.r);
  const T y = T(2) * (head.hi + tsc_fma(half, tail, head.lo));
  return tsc_abs(x) < tsc_pow2<T>(-tsc_float<T>::mantissa_bits - 2) ? x : y;
}

// e^(x.hi + x.lo) = 2^n p, for x.hi below the overflow threshold.
template <class T>
struct tsc_exp_scaled {
  tsc_dw<T> p;
  typename tsc_float<T>::Int n;
};
template <class T>
TSC_FN tsc_exp_scaled<T> tsc_exp_parts(tsc_dw<T> x) {
  typedef tsc_exp_const<T> C;
  const tsc_exp_reduced<T> a = tsc_exp_reduce(tsc_clamp(x.hi, C::min, C::max));
  const tsc_dw<T> r = tsc_fast_two_sum(a.r, a.r_lo + (x.hi > C::min ? x.lo : T(0)));
  const T tail = tsc_fma(r.hi * r.hi, tsc_exp_poly(r.hi), r.lo);
  const tsc_dw<T> q = tsc_fast_two_sum(r.hi, tail);
  const tsc_dw<T> p = tsc_fast_two_sum(T(1), q.hi);
  return {{p.hi, p.lo + q.lo}, a.n};
}

template <class T>
TSC_FN tsc_dw<T> tsc_exp_dw(tsc_dw<T> x) {
  const tsc_exp_scaled<T> e = tsc_exp_parts(x);
  return {tsc_scale(e.p.hi, e.n), tsc_scale(e.p.lo, e.n)};
}

#endif
