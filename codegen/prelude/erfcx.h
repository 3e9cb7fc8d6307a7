// erfcx(x) = e^(x^2) erfc(x) and log_erfc(x) = log(erfc(x)), where erfc itself is long 0. In
// double; f32 results are rounded from it.
//
// x >= 1/2: erfcx is a quotient of double words, up to 27 erf.h's, beyond the asymptotic series
// over sqrt(pi) x; its logarithm less x^2 is log_erfc. x <= -1/2: erfc is 2 less its tail. Between:
// 1 - erf. Largest errors measured, in ulps, f32 / f64: erfcx 0.51 / 0.66, log_erfc 0.51 / 0.97.
#ifndef TSC_PRELUDE_ERFCX_H
#define TSC_PRELUDE_ERFCX_H

#include "erf.h"
#include "log.h"

// erfcx(a) for a >= 1/2.
TSC_FN tsc_dw<double> tsc_erfcx_dw(double a) {
  static constexpr double erfcx_series[] = {-0.5,      0.75,       -1.875,       6.5625,
                                            -29.53125, 162.421875, -1055.7421875};
  const bool far = a > 27.0;
  const double near_a = tsc_clamp(a, 0.5, 27.0), far_a = tsc_clamp(a, 27.0, 0x1p1000);
  const double excess = tsc_erfc_poly((near_a - 4.0) / (near_a + 4.0));
  const double inverse = 1.0 / far_a, z = inverse * inverse;
  const double series = z * tsc_poly(z, erfcx_series);
  const tsc_dw<double> sqrt_pi = {0x1.c5bf891b4ef6bp0, -0x1.618f13eb7ca89p-54};
  const tsc_dw<double> numerator = tsc_fast_two_sum(1.0, far ? series : excess);
  const tsc_dw<double> denominator = tsc_dw_select(
      far, tsc_dw_mul(sqrt_pi, tsc_dw<double>{far_a, 0.0}), tsc_two_sum(1.0, 2.0 * near_a));
  return tsc_dw_div(numerator, denominator);
}

// erfc(x) for x < 1/2.
TSC_FN tsc_dw<double> tsc_erfc_dw(double x) {
  const tsc_exp_scaled<double> c = tsc_erfc_parts(tsc_abs(x));
  const bool near = x > -0.5;
  const double near_x = near ? x : 0.0;
  const double low = near_x * tsc_erf_poly(near_x * near_x);
  const tsc_dw<double> erf = tsc_fast_two_sum(near_x, low);
  const tsc_dw<double> sum =
      tsc_two_sum(near ? 1.0 : 2.0, near ? -erf.hi : -tsc_scale(c.p.hi, c.n));
  return {sum.hi, sum.lo - (near ? erf.lo : tsc_scale(c.p.lo, c.n))};
}

TSC_FN double tsc_erfcx(double x) {
  const double a = tsc_abs(x);
  const tsc_dw<double> positive = tsc_erfcx_dw(a);
  const tsc_dw<double> square = tsc_two_prod(a, a);
  const bool overflows = x < -26.7, tiny = a < 0x1p-500;
  const tsc_exp_scaled<double> e =
      tsc_exp_parts(tsc_dw<double>{square.hi, tiny || overflows ? 0.0 : square.lo});
  const tsc_dw<double> product = tsc_dw_mul(e.p, tsc_erfc_dw(x));
  const double rest = overflows ? TSC_INF_F64 : tsc_scale(product.hi + product.lo, e.n);
  const double far = a == TSC_INF_F64 ? 0.0 : positive.hi + positive.lo;
  // Beyond 2^1000 the quotient is subnormal, or nearly so.
  const double large = a > 0x1p1000 ? 0x1.20dd750429b6dp-1 / a : far;
  return tsc_isnan(x) ? x : (x >= 0.5 ? large : rest);
}
TSC_FN float tsc_erfcx(float x) { return float(tsc_erfcx(double(x))); }

TSC_FN double tsc_log_erfc(double x) {
  const bool far = x >= 0.5;
  const tsc_dw<double> v = tsc_dw_select(far, tsc_erfcx_dw(x), tsc_erfc_dw(x));
  const tsc_dw<double> l = tsc_log_dw(v);
  const tsc_dw<double> square = tsc_two_prod(far ? x : 0.0, far ? x : 0.0);
  const tsc_dw<double> sum = tsc_two_sum(-square.hi, l.hi);
  const double y = sum.hi + (sum.lo + (l.lo - square.lo));
  return tsc_isnan(x) ? x : (square.hi == TSC_INF_F64 ? -TSC_INF_F64 : y);
}
TSC_FN float tsc_log_erfc(float x) { return float(tsc_log_erfc(double(x))); }

#endif
