// Hyperbolic functions and their inverses.
//
// sinh, cosh, tanh: |x| = n ln 2 + r. With A = sinh(n ln 2), B = cosh(n ln 2), exact sums of two
// powers of 2, sinh |x| = A cosh r + B sinh r and cosh |x| = B cosh r + A sinh r: one set of two
// short polynomials gives both, without a division and without cancellation at 0. asinh, acosh,
// atanh: the logarithm of a double word. Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: sinh 0.94 / 0.73, cosh 0.75 / 0.83,
// tanh 1.00 / 1.00, asinh 0.69 / 0.68, acosh 0.65 / 0.64, atanh 0.70 / 0.69.
#ifndef TSC_PRELUDE_HYPER_H
#define TSC_PRELUDE_HYPER_H

#include "log.h"

// Below this, odd functions x + c x^3 + ... with |c| <= 1/3 are x.
template <class T>
TSC_FN bool tsc_is_tiny(T x) {
  return tsc_abs(x) < tsc_pow2<T>(-tsc_float<T>::mantissa_bits / 2 - 2);
}

// (sinh(r) - r) / r^3 and (cosh(r) - 1) / r^2, z = r^2.
TSC_FN float tsc_sinh_poly(float z) {
  static constexpr float sinh_p_f32[] = {0x1.555556p-3f, 0x1.110fep-7f, 0x1.a293cep-13f};
  return tsc_poly(z, sinh_p_f32);
}
TSC_FN double tsc_sinh_poly(double z) {
  static constexpr double sinh_p_f64[] = {0x1.5555555555559p-3, 0x1.111111110f65p-7,
                                          0x1.a01a01b00610cp-13, 0x1.71ddf808b6aep-19,
                                          0x1.af5f37267188dp-26};
  return tsc_poly(z, sinh_p_f64);
}
TSC_FN float tsc_cosh_poly(float z) {
  static constexpr float cosh_p_f32[] = {0x1p-1f, 0x1.5554e4p-5f, 0x1.6d514ep-10f};
  return tsc_poly(z, cosh_p_f32);
}
TSC_FN double tsc_cosh_poly(double z) {
  static constexpr double cosh_p_f64[] = {0x1p-1,
                                          0x1.5555555555558p-5,
                                          0x1.6c16c16c1500ap-10,
                                          0x1.a01a01ad776cfp-16,
                                          0x1.27e4cc2648232p-22,
                                          0x1.1f8bb5e5ff35ap-29};
  return tsc_poly(z, cosh_p_f64);
}

// p cosh(r) + q sinh(r), for cosh(r) = 1 + cosh_tail, sinh(r) = r + sinh_tail.
template <class T>
TSC_FN tsc_dw<T> tsc_hyper_sum(tsc_dw<T> p, tsc_dw<T> q, T r, T sinh_tail, T cosh_tail) {
  const tsc_dw<T> product = tsc_two_prod(q.hi, r);
  const tsc_dw<T> sum = tsc_two_sum(p.hi, product.hi);
  const T tail = tsc_fma(p.hi, cosh_tail, q.hi * sinh_tail);
  return tsc_fast_two_sum(sum.hi, sum.lo + (product.lo + (p.lo + tail)));
}

// Halves, which are finite wherever the functions are.
template <class T>
struct tsc_hyper {
  tsc_dw<T> half_sinh, half_cosh;
};
template <class T>
TSC_FN tsc_hyper<T> tsc_hyper_parts(T x) {
  const tsc_exp_reduced<T> a = tsc_exp_reduce(x);
  const T z = a.r * a.r;
  const T sinh_tail = tsc_fma(a.r * z, tsc_sinh_poly(z), a.r_lo);
  const T cosh_tail = z * tsc_cosh_poly(z);
  const T up = tsc_pow2<T>(a.n - 2);
  const T down = a.n > 2 * tsc_float<T>::mantissa_bits ? T(0) : tsc_pow2<T>(-a.n - 2);
  const tsc_dw<T> sinh_n = tsc_fast_two_sum(up, -down);
  const tsc_dw<T> cosh_n = tsc_fast_two_sum(up, down);

  return {tsc_hyper_sum(sinh_n, cosh_n, a.r, sinh_tail, cosh_tail),
          tsc_hyper_sum(cosh_n, sinh_n, a.r, sinh_tail, cosh_tail)};
}

template <class T>
struct tsc_hyper_const;
template <>
struct tsc_hyper_const<float> {
  static constexpr float sinh_max = 89.5f, tanh_max = 10.0f;
  static constexpr float ln2_hi = 0x1.62e43p-1f, ln2_lo = -0x1.05c61p-29f;
};
template <>
struct tsc_hyper_const<double> {
  static constexpr double sinh_max = 710.5, tanh_max = 20.0;
  static constexpr double ln2_hi = 0x1.62e42fefa39efp-1, ln2_lo = 0x1.abc9e3b39803fp-56;
};

template <class T>
TSC_FN T tsc_sinh(T x) {
  typedef tsc_hyper_const<T> C;
  const tsc_dw<T> half = tsc_hyper_parts(tsc_clamp(tsc_abs(x), T(0), C::sinh_max)).half_sinh;
  return tsc_is_tiny(x) ? x : tsc_flip_sign(T(2) * (half.hi + half.lo), x);
}

template <class T>
TSC_FN T tsc_cosh(T x) {
  typedef tsc_hyper_const<T> C;
  const tsc_dw<T> half = tsc_hyper_parts(tsc_clamp(tsc_abs(x), T(0), C::sinh_max)).half_cosh;
  return T(2) * (half.hi + half.lo);
}

template <class T>
TSC_FN T tsc_tanh(T x) {
  typedef tsc_hyper_const<T> C;
  const tsc_hyper<T> h = tsc_hyper_parts(tsc_clamp(tsc_abs(x), T(0), C::tanh_max));
  const tsc_dw<T> q = tsc_dw_div(h.half_sinh, h.half_cosh);
  return tsc_is_tiny(x) ? x : tsc_flip_sign(q.hi + q.lo, x);
}

// log(u), or log(2u) for the arguments so large that u stands for u + sqrt(u^2 +- 1) = 2u.
template <class T>
TSC_FN T tsc_log_doubled(tsc_dw<T> u, bool doubled) {
  typedef tsc_hyper_const<T> C;
  const tsc_dw<T> y = tsc_log_dw(u);
  const tsc_dw<T> sum = tsc_fast_two_sum(y.hi, doubled ? C::ln2_hi : T(0));
  return sum.hi + (sum.lo + (y.lo + (doubled ? C::ln2_lo : T(0))));
}

// a + sqrt(a^2 + c) for c = 1 or -1.
template <class T>
TSC_FN tsc_dw<T> tsc_plus_root(T a, T c) {
  const tsc_dw<T> square = tsc_two_prod(a, a);
  const tsc_dw<T> sum = tsc_two_sum(square.hi, c);
  const tsc_dw<T> root = tsc_dw_sqrt(tsc_dw<T>{sum.hi, sum.lo + square.lo});
  const tsc_dw<T> total = tsc_two_sum(a, root.hi);
  return {total.hi, total.lo + root.lo};
}

template <class T>
TSC_FN T tsc_asinh(T x) {
  const T a = tsc_abs(x);
  const bool big = a > tsc_pow2<T>(tsc_float<T>::mantissa_bits / 2 + 4);
  const tsc_dw<T> u = tsc_dw_select(big, tsc_dw<T>{a, T(0)}, tsc_plus_root(a, T(1)));
  const T y = tsc_log_doubled(u, big);
  const T finite = tsc_is_tiny(x) ? x : tsc_flip_sign(y, x);
  return tsc_isfinite(x) ? finite : x;
}

template <class T>
TSC_FN T tsc_acosh(T x) {
  const bool big = x > tsc_pow2<T>(tsc_float<T>::mantissa_bits / 2 + 4);
  const tsc_dw<T> u = tsc_dw_select(big, tsc_dw<T>{x, T(0)}, tsc_plus_root(x, T(-1)));
  const T y = tsc_log_doubled(u, big);
  const T finite = x < tsc_float<T>::inf() ? y : x;
  return x < T(1) ? tsc_float<T>::nan() : finite;
}

// log((1 + x) / (1 - x)) / 2
template <class T>
TSC_FN T tsc_atanh(T x) {
  const T a = tsc_abs(x);
  const tsc_dw<T> q = tsc_dw_div(tsc_fast_two_sum(T(1), a), tsc_fast_two_sum(T(1), -a));
  const tsc_dw<T> y = tsc_log_dw(tsc_fast_two_sum(q.hi, q.lo));
  const T inside = tsc_is_tiny(x) ? x : tsc_flip_sign(T(0.5) * (y.hi + y.lo), x);
  const T edge = a == T(1) ? tsc_flip_sign(tsc_float<T>::inf(), x) : tsc_float<T>::nan();
  return a < T(1) ? inside : edge;
}

#endif
