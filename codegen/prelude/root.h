// rsqrt, cbrt, hypot. (sqrt is an instruction: base.h.)
//
// cbrt: |x| = 2^(3k + j) m, j in {0, 1, 2}; y = m^(-1/3) by a polynomial, refined by a step of
// order four, c = m y^2 with one correction by the exact residual c^3 - m; times 2^(j/3) 2^k. No
// division. hypot: double words after scaling by a power of two; f32 simply in f64. Coefficients:
// scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: rsqrt 1.46 (subnormal x, else 0.7) / 0.74,
// cbrt 0.51 / 0.51, hypot 0.51 / 0.51.
#ifndef TSC_PRELUDE_ROOT_H
#define TSC_PRELUDE_ROOT_H

#include "dw.h"

// 1 / sqrt(x), corrected by what the root and the quotient lost.
template <class T>
TSC_FN T tsc_rsqrt(T x) {
  const T root = tsc_sqrt(x);
  const T y = T(1) / root;
  const T lost_by_root = tsc_fma(-root, root, x) * y;
  const T lost = tsc_fma(T(-0.5) * y, lost_by_root, tsc_fma(-root, y, T(1)));
  return x > T(0) && x < tsc_float<T>::inf() ? tsc_fma(y, lost, y) : y;
}

TSC_FN float tsc_cbrt_guess(float m) {
  static constexpr float cbrt_p_f32[] = {0x1.8a86cp0f, -0x1.9dddeep-1f, 0x1.443e5ep-2f,
                                         -0x1.970fap-5f};
  return tsc_poly(m, cbrt_p_f32);
}
TSC_FN double tsc_cbrt_guess(double m) {
  static constexpr double cbrt_p_f64[] = {0x1.ab54fbfcd90ddp0, -0x1.2bb8b80349152p0,
                                          0x1.62f9b9d5800bbp-1, -0x1.c315c9635d725p-3,
                                          0x1.d1c27fa53ed85p-6};
  return tsc_poly(m, cbrt_p_f64);
}

template <class T>
TSC_FN T tsc_cbrt_of(T x) {
  typedef typename tsc_float<T>::Uint Uint;
  typedef typename tsc_float<T>::Int Int;
  const int bits = tsc_float<T>::mantissa_bits, bias = tsc_float<T>::bias;
  const T magnitude = tsc_abs(x);
  const bool subnormal = magnitude < tsc_float<T>::min_normal;
  // 2^54 = (2^18)^3 makes subnormal numbers of both types normal.
  const Uint u = tsc_bits(subnormal ? magnitude * T(0x1p54) : magnitude);
  // exponent + 3 bias is a positive number e; e / 3 by multiplication, right for e < 2^15.
  const Uint e = (u >> bits) + 2 * bias;
  const Uint third = (e * 43691) >> 17;
  const Uint j = e - 3 * third;
  const T m = tsc_from_bits((u & ((Uint(1) << bits) - 1)) | tsc_bits(T(1)));
  const T factor = j == 0 ? T(1) : (j == 1 ? T(0x1.428a2f98d728bp0) : T(0x1.965fea53d6e3dp0));
  const T scaled = m * (j == 0 ? T(1) : (j == 1 ? T(2) : T(4)));

  const T y0 = tsc_cbrt_guess(m);
  const T h = tsc_fma(-m * y0, y0 * y0, T(1));
  const T step = tsc_fma(h, tsc_fma(h, T(0x1.61f9add3c0ca4p-3), T(0x1.c71c71c71c71cp-3)),
                         T(0x1.5555555555555p-2));
  const T y = tsc_fma(y0 * h, step, y0);
  const T c = m * y * y * factor;
  const tsc_dw<T> square = tsc_two_prod(c, c);
  const T residual = tsc_fma(square.lo, c, tsc_fma(square.hi, c, -scaled));
  const T root = tsc_fma(-residual * T(0x1.5555555555555p-2), c / scaled, c);

  const Int k = Int(third) - bias - (subnormal ? 18 : 0);
  const T y_signed = tsc_copysign(root * tsc_pow2<T>(k), x);
  return magnitude > T(0) && magnitude < tsc_float<T>::inf() ? y_signed : x;
}
TSC_FN float tsc_cbrt(float x) { return tsc_cbrt_of(x); }
TSC_FN double tsc_cbrt(double x) { return tsc_cbrt_of(x); }

TSC_FN float tsc_hypot(float a, float b) {
  const double x = a, y = b;
  const float finite = float(tsc_sqrt(tsc_fma(x, x, y * y)));
  return tsc_isinf(a) || tsc_isinf(b) ? TSC_INF_F32 : finite;
}

// The larger operand is scaled to [1, 2), out of reach of overflow; an operand 2^60 times smaller
// than it may underflow and doesn't matter.
TSC_FN double tsc_hypot(double a, double b) {
  const double x = tsc_abs(a), y = tsc_abs(b);
  const double larger = x > y ? x : y, smaller = x > y ? y : x;
  const tsc_i64 exponent = tsc_i64(tsc_bits(larger) >> 52) - 1023;
  const tsc_i64 limited = exponent > 1000 ? 1000 : (exponent < -1000 ? -1000 : exponent);
  const double down = tsc_pow2<double>(-limited), up = tsc_pow2<double>(limited);
  const tsc_dw<double> p = tsc_two_prod(larger * down, larger * down);
  const tsc_dw<double> q = tsc_two_prod(smaller * down, smaller * down);
  const tsc_dw<double> sum = tsc_fast_two_sum(p.hi, q.hi);
  const tsc_dw<double> root = tsc_dw_sqrt(tsc_dw<double>{sum.hi, sum.lo + (p.lo + q.lo)});
  const double finite = (root.hi + root.lo) * up;
  return tsc_isinf(a) || tsc_isinf(b) ? TSC_INF_F64 : finite;
}

#endif
