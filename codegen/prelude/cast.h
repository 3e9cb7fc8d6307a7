// Casts between all dtypes, defined for every value:
//  - integer to integer: modulo 2^bits;  bool: x != 0 (NaN is true);
//  - anything to float: rounded to nearest even, once (see tsc_to_half);
//  - float to integer: towards zero, limited to the integer's range, NaN gives 0.
#ifndef TSC_PRELUDE_CAST_H
#define TSC_PRELUDE_CAST_H

#include "base.h"

template <class T>
TSC_FN bool tsc_to_bool(T x) {
  return x != T(0);
}
template <class T>
TSC_FN float tsc_to_f32(T x) {
  return float(x);
}
template <class T>
TSC_FN double tsc_to_f64(T x) {
  return double(x);
}

// Rounded to odd: an inexact result has its last bit set, on whichever side it is. A number so
// rounded, with two bits to spare or more, rounds on to fewer bits as the original does: it is
// never taken for a tie.
TSC_FN float tsc_round_to_odd(double x) {
  const float nearest = float(x);
  const double back = nearest;
  const tsc_u32 bits = tsc_bits(nearest), beyond = tsc_abs(back) > tsc_abs(x) ? 1u : 0u;
  return tsc_from_bits(back != x && x == x ? (bits - beyond) | 1u : bits);
}
// Of 64 bits the last 11, where they matter.
TSC_FN float tsc_round_to_odd(tsc_i64 x) {
  const tsc_i64 high = x >> 11 | tsc_i64((x & 0x7ff) != 0);
  const bool small = high >= -(tsc_i64(1) << 41) && high < tsc_i64(1) << 41;
  return tsc_round_to_odd(small ? double(x) : double(high) * 0x1p11);
}
TSC_FN float tsc_round_to_odd(tsc_u64 x) {
  const tsc_u64 high = x >> 11 | tsc_u64((x & 0x7ff) != 0);
  return tsc_round_to_odd(high < tsc_u64(1) << 41 ? double(x) : double(high) * 0x1p11);
}

// A number on its way to f16 or bf16: an f32 that rounds on (tsc_f32_to_f16) as the number itself
// would.
template <class T>
TSC_FN float tsc_to_half(T x) {
  return float(x); // exactly: of 8 or 16 bits, or an f32
}
TSC_FN float tsc_to_half(double x) { return tsc_round_to_odd(x); }
TSC_FN float tsc_to_half(tsc_i32 x) { return tsc_round_to_odd(double(x)); }
TSC_FN float tsc_to_half(tsc_u32 x) { return tsc_round_to_odd(double(x)); }
TSC_FN float tsc_to_half(tsc_i64 x) { return tsc_round_to_odd(x); }
TSC_FN float tsc_to_half(tsc_u64 x) { return tsc_round_to_odd(x); }
template <class T>
TSC_FN float tsc_to_f16(T x) {
  return tsc_to_half(x);
}
template <class T>
TSC_FN float tsc_to_bf16(T x) {
  return tsc_to_half(x);
}

// lowest and highest are To's; above = highest + 1, which every float type holds exactly.
template <class To, class T>
TSC_FN To tsc_truncate(T x, To lowest, To highest, T above) {
  const bool inside = x >= T(lowest) && x < above;
  const To whole = To(inside ? x : T(0));
  const To limited = x >= above ? highest : whole;
  return x < T(lowest) ? lowest : limited;
}

#define TSC_CASTS_TO(name, To, lowest, highest, above)                                             \
  template <class T>                                                                               \
  TSC_FN To tsc_to_##name(T x) {                                                                   \
    return To(x);                                                                                  \
  }                                                                                                \
  TSC_FN To tsc_to_##name(float x) { return tsc_truncate<To, float>(x, lowest, highest, above); }  \
  TSC_FN To tsc_to_##name(double x) { return tsc_truncate<To, double>(x, lowest, highest, above); }
TSC_CASTS_TO(i8, tsc_i8, -0x80, 0x7f, 0x1p7f)
TSC_CASTS_TO(i16, tsc_i16, -0x8000, 0x7fff, 0x1p15f)
TSC_CASTS_TO(i32, tsc_i32, -0x7fffffff - 1, 0x7fffffff, 0x1p31f)
TSC_CASTS_TO(i64, tsc_i64, -0x7fffffffffffffff - 1, 0x7fffffffffffffff, 0x1p63f)
TSC_CASTS_TO(u8, tsc_u8, 0, 0xff, 0x1p8f)
TSC_CASTS_TO(u16, tsc_u16, 0, 0xffff, 0x1p16f)
TSC_CASTS_TO(u32, tsc_u32, 0, 0xffffffffu, 0x1p32f)
TSC_CASTS_TO(u64, tsc_u64, 0, 0xffffffffffffffffu, 0x1p64f)
#undef TSC_CASTS_TO

#endif
