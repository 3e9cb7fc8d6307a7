// pow (and by root.h sqrt, rsqrt, cbrt, hypot), with all of C99's special cases.
//
// |x|^y = 2^(y log2 |x|). f64: log2 as a double word good to about 2^-66: 2 atanh(s) with s = f /
// (2 + f) and the first two terms of the series as double words; the product with y keeps its low
// part up to the final polynomial. f32: the same in plain double, with shorter polynomials.
// Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: pow 0.51 / 0.99.
#ifndef TSC_PRELUDE_POW_H
#define TSC_PRELUDE_POW_H

#include "log.h"
#include "root.h"
#include "round.h"

// log2(x) for finite x > 0, relative error about 2^-66.
TSC_FN tsc_dw<double> tsc_log2_dw(double x) {
  static constexpr double pow_log_p[] = {
      0x1.9999999999995p-2, 0x1.249249249315p-2,  0x1.c71c71c56444fp-3, 0x1.745d183dec639p-3,
      0x1.3b135fff863dfp-3, 0x1.112112a7d433ep-3, 0x1.de26213628c94p-4, 0x1.eb76255ddc6b8p-4};
  typedef tsc_log_const<double> C;
  const tsc_log_reduced<double> a = tsc_log_reduce(x);
  const tsc_dw<double> s = tsc_dw_div(tsc_dw<double>{a.f, 0.0}, tsc_fast_two_sum(2.0, a.f));
  const tsc_dw<double> z = tsc_dw_mul(s, s);
  // log(m) = 2s + s z (2/3 + z P(z))
  const double tail = z.hi * tsc_poly(z.hi, pow_log_p);
  const tsc_dw<double> two_thirds = {0x1.5555555555555p-1, 0x1.5555555555555p-55};
  const tsc_dw<double> inner = tsc_fast_two_sum(two_thirds.hi, tail);
  const tsc_dw<double> cubic =
      tsc_dw_mul(tsc_dw_mul(z, tsc_dw<double>{inner.hi, inner.lo + two_thirds.lo}), s);
  const tsc_dw<double> head = tsc_fast_two_sum(2.0 * s.hi, cubic.hi);
  const tsc_dw<double> log_m = tsc_fast_two_sum(head.hi, head.lo + tsc_fma(2.0, s.lo, cubic.lo));
  const tsc_dw<double> log2_m = tsc_dw_mul(log_m, tsc_dw<double>{C::log2e_hi, C::log2e_lo});
  const tsc_dw<double> sum = tsc_fast_two_sum(a.n, log2_m.hi);
  return tsc_fast_two_sum(sum.hi, sum.lo + log2_m.lo);
}

// x^y for finite x > 0 and finite y.
TSC_FN double tsc_pow_positive(double x, double y) {
  typedef tsc_exp_const<double> C;
  const tsc_dw<double> l = tsc_log2_dw(x);
  const tsc_dw<double> z = tsc_two_prod(y, l.hi);
  const double limited = tsc_clamp(z.hi, C::min2, C::max2);
  const double low = limited == z.hi ? tsc_fma(y, l.lo, z.lo) : 0.0;
  const tsc_nearest_result<double> n = tsc_nearest(limited);
  const tsc_dw<double> r = tsc_two_sum(limited - n.value, low);
  const double tail = tsc_fma(r.hi, tsc_exp2_poly(r.hi), r.lo * 0x1.62e42fefa39efp-1);
  return tsc_scale(1.0 + tail, n.integer);
}

TSC_FN float tsc_pow_positive(float x, float y) {
  static constexpr double pow_log2_p[] = {0x1.71547652b8251p1,  0x1.ec709dc53c2bbp-1,
                                          0x1.2776c2938e0d2p-1, 0x1.a61a2e896d6c4p-2,
                                          0x1.47956069f1708p-2, 0x1.21b05bec9acb6p-2};
  static constexpr double pow_exp2_p[] = {
      0x1.62e42fef9cc34p-1,  0x1.ebfbe04611819p-3,  0x1.c6b08da71fd2cp-5, 0x1.3b2a1b4cac2dbp-7,
      0x1.5d8775793f13bp-10, 0x1.4440237b06fd5p-13, 0x1.00c0fd41e6013p-16};
  const tsc_log_reduced<double> a = tsc_log_reduce(double(x));
  const double s = a.f / (2.0 + a.f);
  const double z = y * tsc_fma(s, tsc_poly(s * s, pow_log2_p), a.n);
  const tsc_nearest_result<double> n = tsc_nearest(tsc_clamp(z, -160.0, 160.0));
  const double r = tsc_clamp(z, -160.0, 160.0) - n.value;
  return float(tsc_fma(r, tsc_poly(r, pow_exp2_p), 1.0) * tsc_pow2<double>(n.integer));
}

template <class T>
TSC_FN T tsc_pow_of(T x, T y) {
  const T inf = tsc_float<T>::inf();
  const T magnitude = tsc_abs(x);
  const bool integer = tsc_trunc(y) == y;
  const bool odd = integer && tsc_trunc(T(0.5) * y) != T(0.5) * y;
  const bool negative = tsc_copysign(T(1), x) < T(0);

  const bool grows = (magnitude > T(1)) == (y > T(0));
  const T limit = grows ? inf : T(0); // when |x| is 0 or infinite or y is infinite
  const bool extreme = magnitude == T(0) || magnitude == inf || tsc_isinf(y);
  const T positive = extreme ? limit : tsc_pow_positive(magnitude, y);
  const T with_sign = negative && odd ? -positive : positive;
  const bool undefined = negative && !integer && magnitude != T(0) && magnitude != inf;
  const T ordinary = undefined || tsc_isnan(x) || tsc_isnan(y) ? tsc_float<T>::nan() : with_sign;
  const bool one = x == T(1) || y == T(0) || (magnitude == T(1) && tsc_isinf(y));
  return one ? T(1) : ordinary;
}
TSC_FN float tsc_pow(float x, float y) { return tsc_pow_of(x, y); }
TSC_FN double tsc_pow(double x, double y) { return tsc_pow_of(x, y); }

#endif
