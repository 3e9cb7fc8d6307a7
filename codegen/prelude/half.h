// f16 and bf16: storage formats, as raw bits. Conversions to them round to nearest even, overflow
// to infinity, keep subnormal numbers, and keep NaN (made quiet). The f16 instructions are used
// where the target has them.
#ifndef TSC_PRELUDE_HALF_H
#define TSC_PRELUDE_HALF_H

#include "base.h"

#if defined(__F16C__) && defined(__FLT16_MANT_DIG__)

TSC_FN float tsc_f16_to_f32(tsc_u16 h) { return float(__builtin_bit_cast(_Float16, h)); }
TSC_FN tsc_u16 tsc_f32_to_f16(float x) { return __builtin_bit_cast(tsc_u16, _Float16(x)); }

#else

TSC_FN float tsc_f16_to_f32(tsc_u16 h) {
  const tsc_u32 magnitude = h & 0x7fffu;
  const tsc_u32 normal = (magnitude << 13) + (112u << 23);
  const tsc_u32 subnormal = tsc_bits(float(tsc_i32(magnitude)) * 0x1p-24f);
  const tsc_u32 quiet = magnitude > 0x7c00u ? 0x400000u : 0u;
  const tsc_u32 special = (normal + (112u << 23)) | quiet;
  const tsc_u32 finite = magnitude < 0x400u ? subnormal : normal;
  return tsc_from_bits((magnitude < 0x7c00u ? finite : special) | (h & 0x8000u) << 16);
}

// Adding 1/2 rounds a subnormal result to the multiple of 2^-24 that it is.
TSC_FN tsc_u16 tsc_f32_to_f16(float x) {
  const tsc_u32 bits = tsc_bits(x), magnitude = bits & 0x7fffffffu;
  const tsc_u32 normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  const tsc_u32 subnormal = tsc_bits(tsc_from_bits(magnitude) + 0.5f) - tsc_bits(0.5f);
  const tsc_u32 nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  const tsc_u32 finite = magnitude < (113u << 23) ? subnormal : normal;
  const tsc_u32 number = magnitude < 0x477ff000u ? finite : 0x7c00u; // 65520 rounds to infinity
  return tsc_u16((magnitude > 0x7f800000u ? nan : number) | (bits >> 16 & 0x8000u));
}

#endif

TSC_FN float tsc_bf16_to_f32(tsc_u16 h) {
  const tsc_u32 quiet = (h & 0x7fffu) > 0x7f80u ? 0x400000u : 0u;
  return tsc_from_bits(tsc_u32(h) << 16 | quiet);
}

TSC_FN tsc_u16 tsc_f32_to_bf16(float x) {
  const tsc_u32 bits = tsc_bits(x);
  const tsc_u32 rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  return tsc_u16((tsc_isnan(x) ? bits | 0x400000u : rounded) >> 16);
}

#endif
