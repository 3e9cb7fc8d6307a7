// erf and erfc.
//
// |x| < 1/2: erf(x) = x + x P(x^2). Beyond: erfc(x) = e^(-x^2) (1 + P(t)) / (1 + 2x), t = (x - 4) /
// (x + 4); the scaled function varies so little that one polynomial serves the whole axis. x^2
// keeps its low part on the way into the exponential, and the quotient is a double word, scaled by
// 2^n last so that subnormal results are right. Coefficients: scripts/fit_prelude.py
// (near-minimax).
// Largest errors measured, in ulps, f32 / f64: erf 1.03 / 0.99, erfc 1.15 / 0.80.
#ifndef TSC_PRELUDE_ERF_H
#define TSC_PRELUDE_ERF_H

#include "exp.h"

// erf(x) / x - 1, z = x^2.
TSC_FN float tsc_erf_poly(float z) {
  static constexpr float erf_p_f32[] = {0x1.06eba8p-3f, -0x1.812734p-2f, 0x1.ce2552p-4f,
                                        -0x1.b66aeap-6f, 0x1.35645ap-8f};
  return tsc_poly(z, erf_p_f32);
}
TSC_FN double tsc_erf_poly(double z) {
  static constexpr double erf_p_f64[] = {
      0x1.06eba8214db69p-3,  -0x1.812746b037a1cp-2,  0x1.ce2f21a0465ffp-4,  -0x1.b82ce314558e1p-6,
      0x1.565bcd89d91c4p-8,  -0x1.c02ddaae0e61cp-11, 0x1.f9aa6bf2af492p-14, -0x1.f59edc23f544cp-17,
      0x1.c5a7f5fbacfd3p-20, -0x1.998d94b5e3b7ep-23};
  return tsc_poly(z, erf_p_f64);
}

// (1 + 2x) e^(x^2) erfc(x), less 1, as a function of t.
TSC_FN float tsc_erfc_poly(float t) {
  static constexpr float erfc_p_f32[] = {
      0x1.dd2c8cp-3f, -0x1.1df1aap-3f, 0x1.f7f574p-7f, 0x1.16eb2cp-4f,  -0x1.9ddd5ap-4f,
      0x1.800ba8p-4f, -0x1.0f807ep-4f, 0x1.2f1f0ep-5f, -0x1.0e94acp-6f, 0x1.5c0886p-8f};
  return tsc_poly(t, erfc_p_f32);
}
TSC_FN double tsc_erfc_poly(double t) {
  static constexpr double erfc_p_f64[] = {
      0x1.dd2c8b74febf6p-3,  -0x1.1df1ad154a28fp-3,  0x1.f7f5df66fdaf5p-7,   0x1.16ecefcfa543dp-4,
      -0x1.9ddb23c3ea357p-4, 0x1.7fee004e10b19p-4,   -0x1.0fb06dfe30aa3p-4,  0x1.3079edf6c2f6ap-5,
      -0x1.09623889a4a79p-6, 0x1.49c6726f7bbadp-8,   -0x1.8d4a95ba45ce1p-11, -0x1.a1df11714c18bp-13,
      0x1.3bdfee35e1584p-13, -0x1.995c236044cep-16,  -0x1.787535eb6e62bp-17, 0x1.7f4bc287b2046p-18,
      0x1.35965cfcdb963p-22, -0x1.bd466ba50fd21p-21, 0x1.5e4ffe24f222cp-24,  0x1.efa9cd8453006p-24,
      -0x1.89612b0568ep-26,  -0x1.38700ec2cbfb1p-26, 0x1.d26609fcdb57fp-29,  0x1.66efda48bc78bp-29};
  return tsc_poly(t, erfc_p_f64);
}

// Beyond `zero_from`, erfc is 0.
template <class T>
struct tsc_erf_const;
template <>
struct tsc_erf_const<float> {
  static constexpr float zero_from = 10.1f;
};
template <>
struct tsc_erf_const<double> {
  static constexpr double zero_from = 27.3;
};

// erfc(x) for x >= 1/2, as 2^n p.
template <class T>
TSC_FN tsc_exp_scaled<T> tsc_erfc_parts(T x) {
  const T a = tsc_clamp(x, T(0.5), tsc_erf_const<T>::zero_from);
  const tsc_dw<T> square = tsc_two_prod(a, a);
  const tsc_exp_scaled<T> e = tsc_exp_parts(tsc_dw<T>{-square.hi, -square.lo});
  const T excess = tsc_erfc_poly((a - T(4)) / (a + T(4)));
  const tsc_dw<T> scaled = tsc_dw_mul(e.p, tsc_fast_two_sum(T(1), excess));
  return {tsc_dw_div(scaled, tsc_two_sum(T(1), T(2) * a)), e.n};
}

template <class T>
TSC_FN T tsc_erf(T x) {
  const T a = tsc_abs(x);
  const tsc_exp_scaled<T> c = tsc_erfc_parts(a);
  const T tail = T(1) - tsc_scale(c.p.hi + c.p.lo, c.n);
  const T near = tsc_fma(x, tsc_erf_poly(x * x), x);
  return a < T(0.5) ? near : tsc_flip_sign(tail, x);
}

// Near 0, 1 - erf(x) = (1 - x) - x P(x^2).
template <class T>
TSC_FN T tsc_erfc(T x) {
  const T a = tsc_abs(x);
  const tsc_exp_scaled<T> c = tsc_erfc_parts(a);
  const T tail = tsc_scale(c.p.hi + c.p.lo, c.n);
  const tsc_dw<T> head = tsc_fast_two_sum(T(1), -x);
  const T near = head.hi + tsc_fma(-x, tsc_erf_poly(x * x), head.lo);
  return a < T(0.5) ? near : (x < T(0) ? T(2) - tail : tail);
}

#endif
