// Trigonometric functions and their inverses, right for every finite argument.
//
// |x| = k pi/2 + r. Up to a bound, r comes by Cody and Waite: k = nearest(x 2/pi), pi/2 in two
// (f32, in double) or three parts (f64), with FMA. Above it by Payne and Hanek: x = m 2^e, and m
// times the bits of 1/(2 pi) from the e-th on is the fraction of a turn; whole turns never enter.
// Both are computed and one is selected, so that loops vectorise; for f64 the bits are picked by a
// tree of selects, not by a table. Then sin(r) = r + r^3 P(r^2), cos(r) = 1 - r^2/2 + r^4 P(r^2),
// by quadrant. f32 works in double after the reduction: short polynomials, no low parts to carry.
// asin, acos: x + x^3 P(x^2) below 1/2, else by sqrt((1 - x) / 2) as a double word. atan: x + x^3
// P(x^2) on [0, 1], reciprocal beyond. Coefficients: scripts/fit_prelude.py (near-minimax).
// Largest errors measured, in ulps, f32 / f64: sin 0.57 / 0.68, cos 0.57 / 0.69, tan 0.57 / 0.85,
// asin 0.69 / 0.61, acos 0.65 / 0.58, atan 1.01 / 0.97, atan2 0.83 / 0.88.
#ifndef TSC_PRELUDE_TRIG_H
#define TSC_PRELUDE_TRIG_H

#include "dw.h"

// r.hi + r.lo = |x| - quadrant pi/2, |r| <= pi/4 or a trifle more; quadrant counts modulo 4.
struct tsc_angle {
  tsc_dw<double> r;
  tsc_u64 quadrant;
};

// hi and lo 64 bits of a b.
struct tsc_u128 {
  tsc_u64 hi, lo;
};
TSC_FN tsc_u128 tsc_mul_wide(tsc_u64 a, tsc_u64 b) {
  const tsc_u64 mask = 0xffffffff;
  const tsc_u64 a0 = a & mask, a1 = a >> 32, b0 = b & mask, b1 = b >> 32;
  const tsc_u64 low = a0 * b0;
  const tsc_u64 cross = a1 * b0 + (low >> 32); // cannot overflow, nor can the next
  const tsc_u64 middle = a0 * b1 + (cross & mask);
  return {a1 * b1 + (cross >> 32) + (middle >> 32), (middle << 32) | (low & mask)};
}

// The low 32 bits of x as a number.
TSC_FN double tsc_u32_to_f64(tsc_u64 x) {
  const double two_52 = 0x1p52;
  return tsc_from_bits(tsc_bits(two_52) | (x & 0xffffffff)) - two_52;
}

// Quadrant and angle of the fraction hi 2^-64 + lo 2^-128 of a turn.
TSC_FN tsc_angle tsc_angle_of_turn(tsc_u64 hi, tsc_u64 lo) {
  const tsc_u64 quadrant = (hi + (tsc_u64(1) << 61)) >> 62;
  const tsc_u64 rest = hi - (quadrant << 62);
  // One's complement for the absolute value: 2^-128 of a turn is nothing.
  const tsc_u64 flip = tsc_u64(0) - (rest >> 63);
  const tsc_u64 h = rest ^ flip, l = lo ^ flip;
  const tsc_dw<double> head =
      tsc_fast_two_sum(tsc_u32_to_f64(h >> 32) * 0x1p-32, tsc_u32_to_f64(h) * 0x1p-64);
  const tsc_dw<double> turn =
      tsc_fast_two_sum(head.hi, head.lo + tsc_u32_to_f64(l >> 32) * 0x1p-96);
  const tsc_dw<double> two_pi = {0x1.921fb54442d18p2, 0x1.1a62633145c07p-52};
  const tsc_dw<double> r =
      tsc_dw_mul(tsc_dw<double>{turn.hi, turn.lo + tsc_u32_to_f64(l) * 0x1p-128}, two_pi);
  const double sign = tsc_from_bits(flip);
  return {{tsc_flip_sign(r.hi, sign), tsc_flip_sign(r.lo, sign)}, quadrant};
}

// Payne and Hanek for float 2^28 <= x < 2^128: 24 bits of x times 96 bits of 1/(2 pi).
TSC_FN tsc_angle tsc_reduce_large(float x) {
  const tsc_u64 bits = tsc_bits(x);
  const tsc_u64 m = (bits & 0x7fffff) | 0x800000;
  const tsc_u64 e = (bits >> 23) - 150; // 5 <= e <= 104
  const tsc_u64 w0 = 0x28be60db9391054a, w1 = 0x9391054a7f09d5f4, w2 = 0x7f09d5f47d4d3770,
                w3 = 0x7d4d377036d8a566, w4 = 0x36d8a5664f10e410, w5 = 0x4f10e4107f9458ea;
  const tsc_u64 high = e < 64 ? (e < 32 ? w0 : w1) : (e < 96 ? w2 : w3);
  const tsc_u64 low = e < 64 ? (e < 32 ? w2 : w3) : (e < 96 ? w4 : w5);
  const tsc_u64 shift = e & 31;
  const tsc_u64 window = (high << shift) | (low >> 1 >> (63 - shift));
  const tsc_u64 next = (low << shift) >> 32;
  return tsc_angle_of_turn(m * window + ((m * next) >> 32), 0);
}

// Where `drop` is not 0: the first `keep` words become those that are `distance` later.
template <int keep>
TSC_FN void tsc_drop_words(tsc_u64* w, int distance, tsc_u64 drop) {
  TSC_UNROLL
  for (int i = 0; i < keep; ++i) {
    const tsc_u64 here = w[i], later = w[i + distance];
    w[i] = drop ? later : here;
  }
}

// Payne and Hanek for double x >= 2^30: 53 bits of x times 192 bits of 1/(2 pi), taken from a table
// of 64-bit words that starts 22 bits before the point. Each level of the tree drops half of what
// may be needed.
TSC_FN tsc_angle tsc_reduce_large(double x) {
  const tsc_u64 bits = tsc_bits(x);
  const tsc_u64 m = (bits & 0xfffffffffffff) | 0x10000000000000;
  const tsc_u64 offset = (bits >> 52) - 1053; // 0 <= offset <= 993
  tsc_u64 w[] = {0xa2f9836e4e,       0x441529fc2757d1f5, 0x34ddc0db6295993c, 0x439041fe5163abde,
                 0xbbc561b7246e3a42, 0x4dd2e006492eea09, 0xd1921cfe1deb1cb1, 0x29a73ee88235f52e,
                 0xbb4484e99c7026b4, 0x5f7e413991d63983, 0x5339f49c845f8bbd, 0xf9283b1ff897ffde,
                 0x5980fef2f118b5a,  0xa6d1f6d367ecf27,  0xcb09b74f463f669e, 0x5fea2d7527bac7eb,
                 0xe5f17b3d0739f78a, 0x5292ea6bfb5fb11f, 0x8d5d0856033046fc};
  tsc_drop_words<11>(w, 8, offset & 512);
  tsc_drop_words<7>(w, 4, offset & 256);
  tsc_drop_words<5>(w, 2, offset & 128);
  tsc_drop_words<4>(w, 1, offset & 64);
  const tsc_u64 shift = offset & 63;
  TSC_UNROLL
  for (int i = 0; i < 3; ++i)
    w[i] = (w[i] << shift) | (w[i + 1] >> 1 >> (63 - shift));
  const tsc_u128 middle = tsc_mul_wide(m, w[1]);
  const tsc_u64 lo = middle.lo + tsc_mul_wide(m, w[2]).hi;
  const tsc_u64 carry = lo < middle.lo;
  return tsc_angle_of_turn(m * w[0] + middle.hi + carry, lo);
}

// pi/2 in three parts.
#define TSC_PIO2_1 0x1.921fb54442d18p0
#define TSC_PIO2_2 0x1.1a62633145c07p-54
#define TSC_PIO2_3 -0x1.f1976b7ed8fbcp-110

// The angle of |x|. The first product is exact, as the difference is small.
TSC_FN tsc_angle tsc_reduce(float x) {
  const float a = tsc_abs(x);
  const tsc_nearest_result<double> k = tsc_nearest(double(a), 0x1.45f306dc9c883p-1);
  const double r = tsc_fma(-k.value, TSC_PIO2_2, tsc_fma(-k.value, TSC_PIO2_1, double(a)));
  const tsc_angle large = tsc_reduce_large(a);
  const bool is_large = a >= 0x1p28f;
  return {{is_large ? large.r.hi : r, 0.0}, is_large ? large.quadrant : tsc_u64(k.integer)};
}
TSC_FN tsc_angle tsc_reduce(double x) {
  const double a = tsc_abs(x);
  const tsc_nearest_result<double> k = tsc_nearest(a, 0x1.45f306dc9c883p-1);
  const tsc_dw<double> product = tsc_two_prod(k.value, TSC_PIO2_2);
  const tsc_dw<double> sum = tsc_two_sum(tsc_fma(-k.value, TSC_PIO2_1, a), -product.hi);
  const double low = tsc_fma(-k.value, TSC_PIO2_3, sum.lo - product.lo);
  const tsc_dw<double> r = tsc_fast_two_sum(sum.hi, low);
  const tsc_angle large = tsc_reduce_large(a);
  const bool is_large = a >= 0x1p30;
  return {tsc_dw_select(is_large, large.r, r), is_large ? large.quadrant : tsc_u64(k.integer)};
}
#undef TSC_PIO2_1
#undef TSC_PIO2_2
#undef TSC_PIO2_3

struct tsc_sincos {
  tsc_dw<double> sin, cos;
};

// sin(r) and cos(r), |r| <= pi/4. For a float result plain doubles do: low parts are 0.
TSC_FN tsc_sincos tsc_sincos_parts(tsc_dw<double> r, float) {
  static constexpr double sin_p_f32[] = {-0x1.5555453bc3002p-3, 0x1.110744b889336p-7,
                                         -0x1.994720b0b77ep-13};
  static constexpr double cos_p_f32[] = {0x1.55554a5bc7ee6p-5, -0x1.6c0c5df27cc27p-10,
                                         0x1.99f6df494caeep-16};
  const double z = r.hi * r.hi;
  const double s = tsc_fma(r.hi * z, tsc_poly(z, sin_p_f32), r.hi);
  const double c = tsc_fma(z * z, tsc_poly(z, cos_p_f32), tsc_fma(z, -0.5, 1.0));
  return {{s, 0.0}, {c, 0.0}};
}
TSC_FN tsc_sincos tsc_sincos_parts(tsc_dw<double> r, double) {
  static constexpr double sin_p_f64[] = {
      -0x1.5555555555555p-3,  0x1.1111111111089p-7,  -0x1.a01a01a0065cep-13, 0x1.71de3a3f693fcp-19,
      -0x1.ae643c587f7d4p-26, 0x1.61141084bfa3bp-33, -0x1.a513e1a024d1ap-41};
  static constexpr double cos_p_f64[] = {0x1.555555555554bp-5,  -0x1.6c16c16c1504bp-10,
                                         0x1.a01a019c9773cp-16, -0x1.27e4f7f8e48edp-22,
                                         0x1.1ee9e1583270bp-29, -0x1.8fa99010a4496p-37};
  const tsc_dw<double> z = tsc_two_prod(r.hi, r.hi);
  const double half_z = 0.5 * z.hi;
  const double s = tsc_fma(r.hi * z.hi, tsc_poly(z.hi, sin_p_f64), tsc_fma(-half_z, r.lo, r.lo));
  const tsc_dw<double> head = tsc_fast_two_sum(1.0, -half_z);
  const double correction = tsc_fma(-0.5, z.lo, tsc_fma(-r.hi, r.lo, head.lo));
  const double c = tsc_fma(z.hi * z.hi, tsc_poly(z.hi, cos_p_f64), correction);
  return {{r.hi, s}, {head.hi, c}};
}

// sin of r plus `quadrant` right angles.
template <class T>
TSC_FN T tsc_sin_of(tsc_dw<double> r, tsc_u64 quadrant) {
  const tsc_sincos p = tsc_sincos_parts(r, T(0));
  const T y = quadrant & 1 ? T(p.cos.hi + p.cos.lo) : T(p.sin.hi + p.sin.lo);
  return quadrant & 2 ? -y : y;
}

template <class T>
TSC_FN T tsc_sin(T x) {
  const tsc_angle a = tsc_reduce(x);
  const T y = tsc_flip_sign(tsc_sin_of<T>(a.r, a.quadrant), x);
  return tsc_isfinite(x) ? y : tsc_float<T>::nan();
}

template <class T>
TSC_FN T tsc_cos(T x) {
  const tsc_angle a = tsc_reduce(x);
  const T y = tsc_sin_of<T>(a.r, a.quadrant + 1);
  return tsc_isfinite(x) ? y : tsc_float<T>::nan();
}

// sin/cos, or -cos/sin in odd quadrants.
template <class T>
TSC_FN T tsc_tan(T x) {
  const tsc_angle a = tsc_reduce(x);
  const tsc_sincos p = tsc_sincos_parts(a.r, T(0));
  const bool odd = a.quadrant & 1;
  const tsc_dw<double> sin = tsc_fast_two_sum(p.sin.hi, p.sin.lo);
  const tsc_dw<double> cos = tsc_fast_two_sum(p.cos.hi, p.cos.lo);
  const tsc_dw<double> minus_sin = {-sin.hi, -sin.lo};
  const tsc_dw<double> q =
      tsc_dw_div(tsc_dw_select(odd, cos, sin), tsc_dw_select(odd, minus_sin, cos));
  const T y = tsc_flip_sign(T(q.hi + q.lo), x);
  return tsc_isfinite(x) ? y : tsc_float<T>::nan();
}

template <class T>
struct tsc_pi;
template <>
struct tsc_pi<float> {
  static constexpr float half_hi = 0x1.921fb6p0f, half_lo = -0x1.777a5cp-25f;
};
template <>
struct tsc_pi<double> {
  static constexpr double half_hi = 0x1.921fb54442d18p0, half_lo = 0x1.1a62633145c07p-54;
};

// (asin(x) - x) / x^3 and (atan(x) - x) / x^3, z = x^2.
TSC_FN float tsc_asin_poly(float z) {
  static constexpr float asin_p_f32[] = {0x1.5555cap-3f, 0x1.3301a4p-4f, 0x1.7481d8p-5f,
                                         0x1.8c1492p-6f, 0x1.5976p-5f};
  return tsc_poly(z, asin_p_f32);
}
TSC_FN double tsc_asin_poly(double z) {
  static constexpr double asin_p_f64[] = {
      0x1.5555555555577p-3, 0x1.333333332e1b5p-4, 0x1.6db6db7209136p-5, 0x1.f1c71a992177dp-6,
      0x1.6e8bde5eef66dp-6, 0x1.1c49f9e9a13dep-6, 0x1.ca1ea227054eep-7, 0x1.758d268ee4417p-7,
      0x1.6111c74a88316p-7, 0x1.e878ce55107adp-9, 0x1.62daa950786bap-6, -0x1.56eedd53cbf7dp-6,
      0x1.0af379e651188p-5};
  return tsc_poly(z, asin_p_f64);
}
TSC_FN float tsc_atan_poly(float z) {
  static constexpr float atan_p_f32[] = {-0x1.55553ap-2f, 0x1.9991p-3f,    -0x1.24177ap-3f,
                                         0x1.c0317cp-4f,  -0x1.5709aap-4f, 0x1.d6ddbp-5f,
                                         -0x1.f721b6p-6f, 0x1.5d8558p-7f,  -0x1.c7d874p-10f};
  return tsc_poly(z, atan_p_f32);
}
TSC_FN double tsc_atan_poly(double z) {
  static constexpr double atan_p_f64[] = {
      -0x1.555555555551cp-2, 0x1.9999999994a36p-3,  -0x1.2492492358c17p-3,  0x1.c71c7177648cep-4,
      -0x1.745d111f8da99p-4, 0x1.3b13604d467f6p-4,  -0x1.110e1f1addd6ap-4,  0x1.e1b960e2e1bd2p-5,
      -0x1.ae548926d7679p-5, 0x1.82b9c2664ddf4p-5,  -0x1.594e8d91b86dp-5,   0x1.2b8286245074p-5,
      -0x1.e7df43dc4307ep-6, 0x1.65ad3e3032865p-6,  -0x1.c2c74054bcc19p-7,  0x1.d0ffb3b4e2bb9p-8,
      -0x1.73588b88622c6p-9, 0x1.aa50f2dfe32e3p-11, -0x1.36e186208db77p-13, 0x1.aea343b081bap-17};
  return tsc_poly(z, atan_p_f64);
}

// asin(a) for 0 <= a < 1/2, asin(sqrt((1 - a) / 2)) = acos(a) / 2 for 1/2 <= a <= 1, NaN beyond.
template <class T>
TSC_FN tsc_dw<T> tsc_asin_parts(T a) {
  const bool small = a < T(0.5);
  const T z = small ? a * a : T(0.5) - T(0.5) * a;
  const tsc_dw<T> x = tsc_dw_select(small, tsc_dw<T>{a, T(0)}, tsc_dw_sqrt(tsc_dw<T>{z, T(0)}));
  return {x.hi, tsc_fma(x.hi * z, tsc_asin_poly(z), x.lo)};
}

// base (a multiple k of pi/2) + sign y.
template <class T>
TSC_FN T tsc_add_right_angles(T k, T sign, tsc_dw<T> y) {
  typedef tsc_pi<T> C;
  const tsc_dw<T> sum = tsc_fast_two_sum(k * C::half_hi, sign * y.hi);
  return sum.hi + (sum.lo + tsc_fma(k, C::half_lo, sign * y.lo));
}

template <class T>
TSC_FN T tsc_asin(T x) {
  const T a = tsc_abs(x);
  const bool small = a < T(0.5);
  const tsc_dw<T> y = tsc_asin_parts(a);
  return tsc_flip_sign(tsc_add_right_angles(small ? T(0) : T(1), small ? T(1) : T(-2), y), x);
}

template <class T>
TSC_FN T tsc_acos(T x) {
  const T a = tsc_abs(x);
  const bool small = a < T(0.5), negative = x < T(0);
  const tsc_dw<T> y = tsc_asin_parts(a);
  const T k = small ? T(1) : (negative ? T(2) : T(0));
  const T sign = small == negative ? T(1) : T(-1);
  return tsc_add_right_angles(k, small ? sign : T(2) * sign, y);
}

// atan(t + low), 0 <= t <= 1, as a double word. The slope 1 / (1 + z) only scales a rounding error.
template <class T>
TSC_FN tsc_dw<T> tsc_atan_parts(T t, T low) {
  const T z = t * t;
  return {t, tsc_fma(t * z, tsc_atan_poly(z), tsc_fma(T(-0.5) * z, low, low))};
}

template <class T>
TSC_FN T tsc_atan(T x) {
  const T a = tsc_abs(x), inverse = T(1) / a;
  const bool large = a > T(1);
  const T low = a < tsc_float<T>::inf() ? tsc_fma(-inverse, a, T(1)) * inverse : T(0);
  const tsc_dw<T> y = tsc_atan_parts(large ? inverse : a, large ? low : T(0));
  return tsc_flip_sign(tsc_add_right_angles(large ? T(1) : T(0), large ? T(-1) : T(1), y), x);
}

template <class T>
TSC_FN T tsc_atan2(T y, T x) {
  const T ax = tsc_abs(x), ay = tsc_abs(y);
  const bool steep = ay > ax;
  const T n = steep ? ax : ay, d = steep ? ay : ax;
  const bool zero = n == T(0), equal = n == d; // zeros and infinities end here
  const T ratio = zero ? T(0) : (equal ? T(1) : n / d);
  const T low = zero || equal || tsc_isinf(d) ? T(0) : tsc_fma(-ratio, d, n) / d;
  const tsc_dw<T> angle = tsc_atan_parts(ratio, low);
  const bool left = tsc_copysign(T(1), x) < T(0);
  const T k = steep ? T(1) : (left ? T(2) : T(0));
  const T result = tsc_flip_sign(tsc_add_right_angles(k, steep == left ? T(1) : T(-1), angle), y);
  return tsc_isnan(x) || tsc_isnan(y) ? tsc_float<T>::nan() : result;
}

#endif
