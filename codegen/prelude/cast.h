// Casts between all dtypes, defined for every value:
//  - integer to integer: modulo 2^bits;  bool: x != 0 (NaN is true);
//  - anything to float: rounded to nearest even;
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
