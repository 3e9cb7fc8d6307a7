// log, log2, log10, log1p, and the logarithm of a double word that other headers build on.
//
// x = 2^n m with m in [sqrt(1/2), sqrt 2), f = m - 1 (exact), log x = n ln 2 + log(1 + f). log(1 +
// f) is a double word: f - f^2/2 plus the small rest, for f32 f^3 P(f), for f64 by the series of 2
// atanh(s), s = f / (2 + f). The sum with n ln 2 keeps its rounding error too, so that log2 and
// log10 (which multiply it by a constant) and others (which add to it) stay accurate.
// Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: log 0.68 / 0.68, log2 0.77 / 0.68,
// log10 0.67 / 0.66, log1p 0.88 / 0.86.
#ifndef TSC_PRELUDE_LOG_H
#define TSC_PRELUDE_LOG_H

#include "exp.h"

template <class T>
struct tsc_log_const;
template <>
struct tsc_log_const<float> {
  static constexpr float subnormal_scale = 0x1p25f, subnormal_exponent = 25.0f;
  static constexpr float log2e_hi = 0x1.715476p0f, log2e_lo = 0x1.4ae0cp-26f;
  static constexpr float log10e_hi = 0x1.bcb7b2p-2f, log10e_lo = -0x1.5b235ep-27f;
  static constexpr float log10_2_hi = 0x1.344p-2f, log10_2_lo = 0x1.3509f8p-18f;
};
template <>
struct tsc_log_const<double> {
  static constexpr double subnormal_scale = 0x1p54, subnormal_exponent = 54.0;
  static constexpr double log2e_hi = 0x1.71547652b82fep0, log2e_lo = 0x1.777d0ffda0d24p-56;
  static constexpr double log10e_hi = 0x1.bcb7b1526e50ep-2, log10e_lo = 0x1.95355baaafad3p-57;
  static constexpr double log10_2_hi = 0x1.34413509f78p-2, log10_2_lo = 0x1.fef311f12b358p-46;
};

// x = 2^n (1 + f), for positive finite x; `inverse` = 2^-n, or 0 when that is subnormal.
template <class T>
struct tsc_log_reduced {
  T f, n, inverse;
};
template <class T>
TSC_FN tsc_log_reduced<T> tsc_log_reduce(T x) {
  typedef typename tsc_float<T>::Uint Uint;
  typedef tsc_log_const<T> C;
  const int bits = tsc_float<T>::mantissa_bits;
  const Uint sqrt_half = tsc_bits(T(0x1.6a09e667f3bcdp-1));
  const bool subnormal = x < tsc_float<T>::min_normal;
  const Uint shifted =
      tsc_bits(subnormal ? x * C::subnormal_scale : x) + (tsc_bits(T(1)) - sqrt_half);
  const Uint exponent = shifted >> bits;
  const Uint mantissa = shifted & ((Uint(1) << bits) - 1);
  // The exponent as a number: put it into the low bits of 2^mantissa_bits.
  const T two_bits = tsc_pow2<T>(bits);
  const T biased = tsc_from_bits(tsc_bits(two_bits) | exponent) - two_bits;
  const T n =
      biased - (subnormal ? tsc_float<T>::bias + C::subnormal_exponent : T(tsc_float<T>::bias));
  const Uint inverse = exponent < 2 * tsc_float<T>::bias ? 2 * tsc_float<T>::bias - exponent : 0;
  return {tsc_from_bits(mantissa + sqrt_half) - T(1), n, tsc_from_bits(inverse << bits)};
}

// log(1 + f) - (f - f^2/2), for 1 + f in [sqrt(1/2), sqrt 2). half_sq = f^2/2.
TSC_FN float tsc_log_tail(float f, float half_sq) {
  static constexpr float log_p_f32[] = {0x1.555546p-2f,  -0x1p-2f,        0x1.99a546p-3f,
                                        -0x1.555f16p-3f, 0x1.232fe8p-3f,  -0x1.fbc1e6p-4f,
                                        0x1.e6f4eep-4f,  -0x1.e04a3ap-4f, 0x1.16babcp-4f};
  return 2.0f * half_sq * f * tsc_poly(f, log_p_f32);
}
TSC_FN double tsc_log_tail(double f, double half_sq) {
  static constexpr double log_p_f64[] = {
      0x1.5555555555594p-1, 0x1.999999997f72dp-2, 0x1.249249423c734p-2, 0x1.c71c51d50fa2ap-3,
      0x1.7466486178ecdp-3, 0x1.39a0ddfa994c2p-3, 0x1.2f0d5e2c92795p-3};
  const double s = f / (2.0 + f);
  const double z = s * s;
  return s * tsc_fma(z, tsc_poly(z, log_p_f64), half_sq);
}

template <class T>
TSC_FN tsc_dw<T> tsc_log_of_mantissa(T f) {
  const T half_sq = T(0.5) * f * f;
  const T head = f - half_sq;
  const T lost = (f - head) - half_sq;
  return {head, tsc_log_tail(f, half_sq) + lost};
}

// The value at x of a logarithm that is y for ordinary x.
template <class T>
TSC_FN T tsc_log_special(T x, T y) {
  const T at_most_zero = x == T(0) ? -tsc_float<T>::inf() : tsc_float<T>::nan();
  const T positive = x < tsc_float<T>::inf() ? y : x;
  return x <= T(0) ? at_most_zero : positive;
}

// log(x.hi + x.lo), special cases aside.
template <class T>
TSC_FN tsc_dw<T> tsc_log_dw(tsc_dw<T> x) {
  typedef tsc_exp_const<T> C;
  const tsc_log_reduced<T> a = tsc_log_reduce(x.hi);
  const tsc_dw<T> m = tsc_log_of_mantissa(a.f);
  // The low part adds c / m - c^2/2, where 1 / m = 1 / (1 + f) within 2 per cent: c is small.
  const T c = x.lo * a.inverse;
  const T inverse_m = tsc_fma(a.f, tsc_fma(a.f, tsc_fma(a.f, T(-0.7), T(1)), T(-1)), T(1));
  const T low = tsc_fma(c, tsc_fma(c, T(-0.5), inverse_m), m.lo);
  const tsc_dw<T> sum = tsc_fast_two_sum(a.n * C::ln2_hi, m.hi);
  return {sum.hi, sum.lo + tsc_fma(a.n, C::ln2_lo, low)};
}

template <class T>
TSC_FN T tsc_log(T x) {
  typedef tsc_exp_const<T> C;
  const tsc_log_reduced<T> a = tsc_log_reduce(x);
  const tsc_dw<T> m = tsc_log_of_mantissa(a.f);
  const tsc_dw<T> sum = tsc_fast_two_sum(a.n * C::ln2_hi, m.hi);
  return tsc_log_special(x, sum.hi + (sum.lo + tsc_fma(a.n, C::ln2_lo, m.lo)));
}

// log_b(x) = n log_b(2) + log(m) log_b(e); both constants are double words, n log_b2.hi is exact.
template <class T>
TSC_FN T tsc_log_base(T x, tsc_dw<T> log_b2, tsc_dw<T> log_be) {
  const tsc_log_reduced<T> a = tsc_log_reduce(x);
  const tsc_dw<T> m = tsc_log_of_mantissa(a.f);
  const tsc_dw<T> p = tsc_two_prod(m.hi, log_be.hi);
  const T low = p.lo + tsc_fma(m.hi, log_be.lo, m.lo * log_be.hi);
  const tsc_dw<T> sum = tsc_fast_two_sum(a.n * log_b2.hi, p.hi);
  return tsc_log_special(x, sum.hi + (sum.lo + tsc_fma(a.n, log_b2.lo, low)));
}

template <class T>
TSC_FN T tsc_log2(T x) {
  typedef tsc_log_const<T> C;
  return tsc_log_base(x, tsc_dw<T>{T(1), T(0)}, tsc_dw<T>{C::log2e_hi, C::log2e_lo});
}

template <class T>
TSC_FN T tsc_log10(T x) {
  typedef tsc_log_const<T> C;
  return tsc_log_base(x, tsc_dw<T>{C::log10_2_hi, C::log10_2_lo},
                      tsc_dw<T>{C::log10e_hi, C::log10e_lo});
}

// 1 + x is a double word. Below the first subtraction that could round, log(1 + x) = x.
template <class T>
TSC_FN T tsc_log1p(T x) {
  const tsc_dw<T> u = tsc_two_sum(T(1), x);
  const tsc_dw<T> y = tsc_log_dw(u);
  const bool tiny = tsc_abs(x) < tsc_pow2<T>(-tsc_float<T>::mantissa_bits - 2);
  return tiny ? x : tsc_log_special(u.hi, y.hi + y.lo);
}

#endif
