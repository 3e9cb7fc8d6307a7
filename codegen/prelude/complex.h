// Arithmetic of complex numbers, and conversions to them. Products and sums of products are rounded
// as written here, with and without contraction. A quotient is Smith's: the larger part of the
// divisor divides first, so that no square leaves the range.
#ifndef TSC_PRELUDE_COMPLEX_H
#define TSC_PRELUDE_COMPLEX_H

#include "cast.h"
#include "root.h"

#define TSC_COMPLEX(C)                                                                             \
  TSC_FN C tsc_add(C x, C y) { return {x.re + y.re, x.im + y.im}; }                                \
  TSC_FN C tsc_sub(C x, C y) { return {x.re - y.re, x.im - y.im}; }                                \
  TSC_FN C tsc_neg(C x) { return {-x.re, -x.im}; }                                                 \
  TSC_FN C tsc_mul(C x, C y) {                                                                     \
    return {tsc_fma(x.re, y.re, -(x.im * y.im)), tsc_fma(x.re, y.im, x.im * y.re)};                \
  }                                                                                                \
  TSC_FN C tsc_div(C x, C y) {                                                                     \
    const bool wide = tsc_abs(y.re) >= tsc_abs(y.im);                                              \
    const auto ratio = wide ? y.im / y.re : y.re / y.im;                                           \
    const auto divisor = wide ? tsc_fma(y.im, ratio, y.re) : tsc_fma(y.re, ratio, y.im);           \
    const auto re = wide ? tsc_fma(x.im, ratio, x.re) : tsc_fma(x.re, ratio, x.im);                \
    const auto im = wide ? tsc_fma(-x.re, ratio, x.im) : tsc_fma(x.im, ratio, -x.re);              \
    return {re / divisor, im / divisor};                                                           \
  }                                                                                                \
  TSC_FN auto tsc_real(C x) { return x.re; }                                                       \
  TSC_FN auto tsc_imag(C x) { return x.im; }                                                       \
  TSC_FN C tsc_conj(C x) { return {x.re, -x.im}; }                                                 \
  TSC_FN auto tsc_abs(C x) { return tsc_hypot(x.re, x.im); }                                       \
  TSC_FN bool tsc_equal(C x, C y) { return x.re == y.re && x.im == y.im; }                         \
  TSC_FN bool tsc_not_equal(C x, C y) { return x.re != y.re || x.im != y.im; }
TSC_COMPLEX(tsc_c64)
TSC_COMPLEX(tsc_c128)
#undef TSC_COMPLEX

template <class T>
TSC_FN tsc_c64 tsc_to_c64(T x) {
  return {tsc_to_f32(x), 0.0f};
}
TSC_FN tsc_c64 tsc_to_c64(tsc_c64 x) { return x; }
TSC_FN tsc_c64 tsc_to_c64(tsc_c128 x) { return {float(x.re), float(x.im)}; }
template <class T>
TSC_FN tsc_c128 tsc_to_c128(T x) {
  return {tsc_to_f64(x), 0.0};
}
TSC_FN tsc_c128 tsc_to_c128(tsc_c64 x) { return {double(x.re), double(x.im)}; }
TSC_FN tsc_c128 tsc_to_c128(tsc_c128 x) { return x; }

#endif
