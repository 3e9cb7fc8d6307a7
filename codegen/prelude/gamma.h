// lgamma (log |gamma|), digamma and trigamma, in double; f32 results are rounded from it.
//
// lgamma, a = |x| < 8: moved to [3/2, 5/2) by the recurrence, whose factors make one product p,
// then lgamma(2 + t) = t P(t) plus or minus log p. a >= 8: Stirling's formula with a polynomial in
// 1/a^2. Negative x: reflection, gamma(x) gamma(-x) = -pi / (x sin(pi x)). Between the zeros on the
// negative axis terms cancel: there errors are relative to 1, not to the result. digamma: 1/a and,
// in pairs, the next seven terms of the recurrence when a < 8, then the asymptotic series;
// reflection by pi cot(pi x). Errors are relative to 1 near its zeros. trigamma: eight steps of the
// recurrence when a < 8, the asymptotic series, reflection by pi^2 / sin(pi x)^2.
// Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: lgamma 0.51 / 1.0, digamma 0.51 / 1.66 (of 1 where
// the result is less), trigamma 0.51 / 1.37.
#ifndef TSC_PRELUDE_GAMMA_H
#define TSC_PRELUDE_GAMMA_H

#include "log.h"
#include "trig.h"

// a >= 8
TSC_FN tsc_dw<double> tsc_lgamma_large(double a) {
  static constexpr double stirling_p[] = {
      0x1.5555555555555p-4,   -0x1.6c16c16c0ec11p-9, 0x1.a01a01300eb54p-11,
      -0x1.3812d1191ee12p-11, 0x1.b8bf0e7e9d878p-11, -0x1.d3f0cbd00bf9p-10,
      -0x1.65ec5e8383db1p-9,  0x1.38e7b18897b5bp-2,  -0x1.3a31faaad58fep2};
  const double inverse = 1.0 / a;
  const tsc_dw<double> l = tsc_log_dw(tsc_dw<double>{a, 0.0});
  const tsc_dw<double> product = tsc_two_prod(a - 0.5, l.hi);
  const tsc_dw<double> sum = tsc_two_sum(product.hi, -a);
  const double half_log_2pi = 0x1.d67f1c864beb5p-1;
  const double series = tsc_fma(inverse, tsc_poly(inverse * inverse, stirling_p), half_log_2pi);
  return tsc_fast_two_sum(sum.hi, sum.lo + (tsc_fma(a - 0.5, l.lo, product.lo) + series));
}

// 0 < a < 8
TSC_FN tsc_dw<double> tsc_lgamma_small(double a) {
  static constexpr double lgamma_p[] = {
      0x1.b0ee6072093cep-2,   0x1.4a34cc4a60fa6p-2,  -0x1.13e001a5575b3p-4,  0x1.51322ac7d8745p-6,
      -0x1.e404fc21a599p-8,   0x1.7add6ead69acp-9,   -0x1.38ac5c2157569p-10, 0x1.0b36afa77f1a7p-11,
      -0x1.d3fd51dfe5d81p-13, 0x1.a127a090b092cp-14, -0x1.78dd932a3b085p-15, 0x1.581044fc5419fp-16,
      -0x1.3ccd166ae771dp-17, 0x1.255c50a57f72fp-18, -0x1.1104232488f4dp-19, 0x1.03dc44d95e35ap-20,
      -0x1.e5442d38c4724p-22, 0x1.8a73b477b74aap-23, -0x1.f20277e1aac68p-24, 0x1.55106539b236p-24};
  double p = 1.0, t = a - 2.0;
  TSC_UNROLL
  for (int i = 1; i <= 6; ++i) {
    const bool further = a >= double(i) + 1.5;
    p = further ? p * (a - double(i)) : p;
    t = further ? a - double(i + 2) : t;
  }
  const bool below = a < 1.5, far_below = a < 0.5;
  const double product = below ? (far_below ? a * (a + 1.0) : a) : p;
  const double offset = below ? (far_below ? a : a - 1.0) : t;
  const tsc_dw<double> l = tsc_log_dw(tsc_dw<double>{product, 0.0});
  const double sign = below ? -1.0 : 1.0;
  const tsc_dw<double> sum = tsc_two_sum(sign * l.hi, offset * tsc_poly(offset, lgamma_p));
  return {sum.hi, sum.lo + sign * l.lo};
}

// sin(pi x) and cos(pi x), the latter without its sign when rounding x is odd: |.| or a ratio is
// wanted.
TSC_FN tsc_sincos tsc_sincos_pi(double x) {
  const double f = x - TSC_MATH(rint)(x);
  const double a = tsc_abs(f);
  const bool upper = a > 0.25;
  const tsc_dw<double> pi = {2.0 * tsc_pi<double>::half_hi, 2.0 * tsc_pi<double>::half_lo};
  const tsc_dw<double> r = tsc_dw_mul(tsc_dw<double>{upper ? 0.5 - a : a, 0.0}, pi);
  const tsc_sincos p = tsc_sincos_parts(r, 0.0);
  const tsc_dw<double> s = tsc_fast_two_sum(p.sin.hi, p.sin.lo);
  const tsc_dw<double> c = tsc_fast_two_sum(p.cos.hi, p.cos.lo);
  const tsc_dw<double> sine = tsc_dw_select(upper, c, s);
  return {{tsc_flip_sign(sine.hi, f), tsc_flip_sign(sine.lo, f)}, tsc_dw_select(upper, s, c)};
}

// pi / (a |sin(pi a)|) is what Gamma(a) |Gamma(-a)| is.
TSC_FN double tsc_lgamma(double x) {
  const double a = tsc_abs(x);
  const tsc_dw<double> positive = tsc_dw_select(a < 8.0, tsc_lgamma_small(a), tsc_lgamma_large(a));
  const tsc_dw<double> sine = tsc_sincos_pi(a).sin;
  const tsc_dw<double> pi = {2.0 * tsc_pi<double>::half_hi, 2.0 * tsc_pi<double>::half_lo};
  const tsc_dw<double> product = tsc_dw_mul(tsc_dw<double>{a, 0.0}, sine);
  const tsc_dw<double> ratio = tsc_dw_div(pi, product);
  const tsc_dw<double> l =
      tsc_log_dw(tsc_dw<double>{tsc_abs(ratio.hi), tsc_flip_sign(ratio.lo, ratio.hi)});
  const tsc_dw<double> sum = tsc_two_sum(l.hi, -positive.hi);
  const double reflected = sum.hi + (sum.lo + (l.lo - positive.lo));

  const bool pole = a == 0.0 || (x < 0.0 && sine.hi == 0.0);
  // Both sides of the pole at 0 look alike.
  const double finite = x < -0x1p-60 ? reflected : positive.hi + positive.lo;
  const double overflow_from = 0x1.754d9278b51a8p1014;
  const bool infinite = pole || a >= overflow_from;
  return tsc_isnan(x) ? x : (infinite ? TSC_INF_F64 : finite);
}
TSC_FN float tsc_lgamma(float x) { return float(tsc_lgamma(double(x))); }

// digamma(a) + 1/a, a >= 5/2: the asymptotic series, after four steps of the recurrence when a < 7:
// 1/(a+1) + ... + 1/(a+4) = (2a + 5) (1/(u+4) + 1/(u+6)), u = a (a + 5).
TSC_FN tsc_dw<double> tsc_digamma_large(double a) {
  static constexpr double digamma_large_p[] = {
      0x1.5555555555555p-4, -0x1.111111110ec66p-7, 0x1.041040f17fb5ep-8, -0x1.1110ee9609699p-8,
      0x1.f058eadfebb93p-8, -0x1.542ec911e4c32p-6, 0x1.a0a9fbc81da8cp-5, 0x1.93935bab15dbap0,
      -0x1.28020a1dc90e4p6, 0x1.953b5fd5d1e82p10,  -0x1.d1f828917d726p13};
  const bool shift = a < 7.0;
  const double u = a * (a + 5.0), slope = 2.0 * a + 5.0;
  const double steps = slope / (u + 4.0) + slope / (u + 6.0);
  const tsc_dw<double> b = tsc_two_sum(a, shift ? 5.0 : 0.0);
  const double inverse = 1.0 / b.hi;
  const double z = inverse * inverse;
  const double series = tsc_fma(z, tsc_poly(z, digamma_large_p), 0.5 * inverse);
  const tsc_dw<double> l = tsc_log_dw(b);
  return tsc_two_sum(l.hi, l.lo - series - (shift ? steps : -inverse));
}

// The same for 0 < a < 5/2: digamma(2 + t) and a step of the recurrence.
TSC_FN tsc_dw<double> tsc_digamma_small(double a) {
  static constexpr double digamma_small_p[] = {
      0x1.b0ee6072093cep-2,   0x1.4a34cc4a60fa6p-1,  -0x1.9dd00278030d5p-3,  0x1.51322ac7d861dp-4,
      -0x1.2e831d94fe1bdp-5,  0x1.1c2613022efa7p-6,  -0x1.1196d0a3a6b55p-7,  0x1.0b36af9371c48p-8,
      -0x1.073e7bfd0bacp-9,   0x1.04b8cabbfe782p-10, -0x1.0318aad8248e6p-11, 0x1.020b0d324913p-12,
      -0x1.0160210d6aeecp-13, 0x1.00d0322e2ef4dp-14, -0x1.0002afebdbe3ap-15, 0x1.01e5830672519p-16,
      -0x1.082471af039b6p-17, 0x1.ddc805bc2c37p-19,  -0x1.82ff94553361ap-20, 0x1.6cc326af5582dp-20,
      -0x1.f6d6c1cbed7cap-21};
  const bool below = a < 0.5, middle = a < 1.5;
  const double t = below ? a : (middle ? a - 1.0 : a - 2.0);
  const double step = 1.0 / (below ? -1.0 - a : a);
  return tsc_two_sum(tsc_poly(t, digamma_small_p), middle && !below ? 0.0 : step);
}

// digamma(-a) = digamma(a) + 1/a + pi cot(pi a)
TSC_FN double tsc_digamma(double x) {
  const double a = tsc_abs(x);
  const tsc_dw<double> rest = tsc_dw_select(a < 2.5, tsc_digamma_small(a), tsc_digamma_large(a));
  const tsc_sincos p = tsc_sincos_pi(a);
  const tsc_dw<double> pi = {2.0 * tsc_pi<double>::half_hi, 2.0 * tsc_pi<double>::half_lo};
  const tsc_dw<double> cot = tsc_dw_div(tsc_dw_mul(p.cos, pi), p.sin);
  const bool negative = x < 0.0;
  const double term = negative ? cot.hi : -1.0 / a;
  const tsc_dw<double> sum = tsc_two_sum(rest.hi, term);
  const double y = sum.hi + (sum.lo + (rest.lo + (negative ? cot.lo : 0.0)));

  const bool pole = negative && p.sin.hi == 0.0;
  const double finite = pole || x == -TSC_INF_F64 ? TSC_NAN_F64 : y;
  const double small = a < 0x1p-60 ? -1.0 / x : finite;
  return x == TSC_INF_F64 ? x : small;
}
TSC_FN float tsc_digamma(float x) { return float(tsc_digamma(double(x))); }

TSC_FN tsc_dw<double> tsc_inverse_square(tsc_dw<double> x) {
  const double inverse = 1.0 / x.hi;
  const double rest = inverse * (tsc_fma(-inverse, x.hi, 1.0) - inverse * x.lo);
  const tsc_dw<double> square = tsc_two_prod(inverse, inverse);
  return {square.hi, tsc_fma(2.0 * inverse, rest, square.lo)};
}

// trigamma(1 + a) for a < 8, trigamma(a) beyond: the series, before it the steps, smallest first.
TSC_FN tsc_dw<double> tsc_trigamma_rest(double a, bool shift) {
  static constexpr double trigamma_p[] = {
      0x1.5555555555555p-3, -0x1.11111111100a1p-5, 0x1.8618617ea7012p-6,
      -0x1.11110af2d715p-5, 0x1.364add1e1b3dap-4,  -0x1.02d66cb193c9ep-2,
      0x1.23b3962c1fdaep0,  -0x1.73a90d58af06bp2,  0x1.445a341958052p4};
  const double inverse = 1.0 / (shift ? a + 8.0 : a), z = inverse * inverse;
  tsc_dw<double> sum =
      tsc_fast_two_sum(inverse, z * tsc_fma(inverse, tsc_poly(z, trigamma_p), 0.5));
  TSC_UNROLL
  for (int k = 7; k >= 1; --k) {
    const tsc_dw<double> step = tsc_inverse_square(tsc_two_sum(a, double(k)));
    const tsc_dw<double> more = tsc_two_sum(sum.hi, step.hi);
    sum = tsc_dw_select(shift, tsc_dw<double>{more.hi, sum.lo + (more.lo + step.lo)}, sum);
  }
  return sum;
}

// trigamma(-a) = pi^2 / sin(pi a)^2 - trigamma(1 + a)
TSC_FN double tsc_trigamma(double x) {
  const double a = tsc_abs(x);
  const bool shift = a < 8.0, tiny = a < 0x1p-500;
  const tsc_dw<double> rest = tsc_trigamma_rest(a, shift);
  const tsc_dw<double> first = tsc_inverse_square(tsc_dw<double>{tiny ? 1.0 : a, 0.0});
  const tsc_dw<double> sum = tsc_two_sum(first.hi, rest.hi);
  const double shifted = sum.hi + (sum.lo + (first.lo + rest.lo));

  const tsc_dw<double> pi = {2.0 * tsc_pi<double>::half_hi, 2.0 * tsc_pi<double>::half_lo};
  const tsc_dw<double> ratio = tsc_dw_div(pi, tsc_sincos_pi(a).sin);
  const tsc_dw<double> square = tsc_two_prod(ratio.hi, ratio.hi);
  const tsc_dw<double> difference = tsc_two_sum(square.hi, shift ? -rest.hi : first.hi - rest.hi);
  const double low = tsc_fma(2.0 * ratio.hi, ratio.lo, square.lo) - rest.lo;
  const double negative = difference.hi + (difference.lo + low);

  const double positive = tiny ? (1.0 / a) * (1.0 / a) : (shift ? shifted : rest.hi + rest.lo);
  const bool pole = x <= 0.0 && a == TSC_MATH(rint)(a);
  const double at_pole = a == TSC_INF_F64 ? TSC_NAN_F64 : TSC_INF_F64;
  const double finite = x < -0x1p-60 ? negative : positive; // both sides of 0 look alike
  return pole ? at_pole : (x == TSC_INF_F64 ? 0.0 : finite);
}
TSC_FN float tsc_trigamma(float x) { return float(tsc_trigamma(double(x))); }

#endif
