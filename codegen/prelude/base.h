// What every prelude header stands on: function attributes, fixed-width integers, bit casts, and
// the few operations that the machine has as instructions. The prelude includes nothing but itself
// and compiles with g++, Clang (freestanding) and NVRTC.
//
// Conventions of the whole prelude:
//  - `tsc_<op>` is overloaded (or a template) on the operand type; mixed types never occur.
//  - Functions have no branches, only selects, so that the loops which call them vectorise.
//  - fma is always explicit: results are the same with and without contraction.
//  - The hardware has FMA. Without it everything still works, slowly.
#ifndef TSC_PRELUDE_BASE_H
#define TSC_PRELUDE_BASE_H

#ifdef __CUDACC__
#define TSC_FN static __device__ __forceinline__
#define TSC_COLD static __device__ __noinline__
#define TSC_UNROLL _Pragma("unroll")
#define TSC_MATH(f) f
#define TSC_INF_F32 __int_as_float(0x7f800000)
#define TSC_NAN_F32 __int_as_float(0x7fc00000)
#define TSC_INF_F64 __longlong_as_double(0x7ff0000000000000)
#define TSC_NAN_F64 __longlong_as_double(0x7ff8000000000000)
#else
#define TSC_FN static inline __attribute__((always_inline))
#define TSC_COLD static inline __attribute__((noinline, cold))
#ifdef __clang__
#define TSC_UNROLL _Pragma("unroll")
#else
#define TSC_UNROLL _Pragma("GCC unroll 32")
#endif
#define TSC_MATH(f) __builtin_##f
#define TSC_INF_F32 __builtin_inff()
#define TSC_NAN_F32 __builtin_nanf("")
#define TSC_INF_F64 __builtin_inf()
#define TSC_NAN_F64 __builtin_nan("")
#endif

#ifdef __INT64_TYPE__
typedef __INT8_TYPE__ tsc_i8;
typedef __INT16_TYPE__ tsc_i16;
typedef __INT32_TYPE__ tsc_i32;
typedef __INT64_TYPE__ tsc_i64;
typedef __UINT8_TYPE__ tsc_u8;
typedef __UINT16_TYPE__ tsc_u16;
typedef __UINT32_TYPE__ tsc_u32;
typedef __UINT64_TYPE__ tsc_u64;
#else
typedef signed char tsc_i8;
typedef short tsc_i16;
typedef int tsc_i32;
typedef long long tsc_i64;
typedef unsigned char tsc_u8;
typedef unsigned short tsc_u16;
typedef unsigned tsc_u32;
typedef unsigned long long tsc_u64;
#endif

#ifdef __CUDACC__
TSC_FN tsc_u32 tsc_bits(float x) { return __float_as_uint(x); }
TSC_FN tsc_u64 tsc_bits(double x) { return __double_as_longlong(x); }
TSC_FN float tsc_from_bits(tsc_u32 b) { return __uint_as_float(b); }
TSC_FN double tsc_from_bits(tsc_u64 b) { return __longlong_as_double(b); }
#else
TSC_FN tsc_u32 tsc_bits(float x) { return __builtin_bit_cast(tsc_u32, x); }
TSC_FN tsc_u64 tsc_bits(double x) { return __builtin_bit_cast(tsc_u64, x); }
TSC_FN float tsc_from_bits(tsc_u32 b) { return __builtin_bit_cast(float, b); }
TSC_FN double tsc_from_bits(tsc_u64 b) { return __builtin_bit_cast(double, b); }
#endif

// Complex numbers; complex.h computes with them.
struct tsc_c64 {
  float re, im;
};
struct tsc_c128 {
  double re, im;
};

// Facts of a floating-point type. `magic` = 1.5 * 2^mantissa_bits: adding it rounds to an integer.
template <class T>
struct tsc_float;
template <>
struct tsc_float<float> {
  typedef tsc_i32 Int;
  typedef tsc_u32 Uint;
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr float magic = 0x1.8p23f, min_normal = 0x1p-126f;
  TSC_FN float inf() { return TSC_INF_F32; }
  TSC_FN float nan() { return TSC_NAN_F32; }
};
template <>
struct tsc_float<double> {
  typedef tsc_i64 Int;
  typedef tsc_u64 Uint;
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr double magic = 0x1.8p52, min_normal = 0x1p-1022;
  TSC_FN double inf() { return TSC_INF_F64; }
  TSC_FN double nan() { return TSC_NAN_F64; }
};

TSC_FN float tsc_fma(float a, float b, float c) { return TSC_MATH(fmaf)(a, b, c); }
TSC_FN double tsc_fma(double a, double b, double c) { return TSC_MATH(fma)(a, b, c); }
TSC_FN float tsc_sqrt(float x) { return TSC_MATH(sqrtf)(x); }
TSC_FN double tsc_sqrt(double x) { return TSC_MATH(sqrt)(x); }
TSC_FN float tsc_abs(float x) { return TSC_MATH(fabsf)(x); }
TSC_FN double tsc_abs(double x) { return TSC_MATH(fabs)(x); }
TSC_FN float tsc_copysign(float x, float sign) { return TSC_MATH(copysignf)(x, sign); }
TSC_FN double tsc_copysign(double x, double sign) { return TSC_MATH(copysign)(x, sign); }

template <class T>
TSC_FN bool tsc_isnan(T x) {
  return x != x;
}
template <class T>
TSC_FN bool tsc_isinf(T x) {
  return tsc_abs(x) == tsc_float<T>::inf();
}
template <class T>
TSC_FN bool tsc_isfinite(T x) {
  return tsc_abs(x) < tsc_float<T>::inf();
}

template <class T>
TSC_FN T tsc_select(bool condition, T a, T b) {
  return condition ? a : b;
}

// y, its sign flipped where that of x is set: how an odd function of |x| becomes one of x.
template <class T>
TSC_FN T tsc_flip_sign(T y, T x) {
  typedef typename tsc_float<T>::Uint Uint;
  const Uint sign = Uint(1) << (sizeof(T) * 8 - 1);
  return tsc_from_bits(tsc_bits(y) ^ (tsc_bits(x) & sign));
}

// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule. The loop unrolls; the coefficients become
// constants of the code.
template <class T, int N>
TSC_FN T tsc_poly(T x, const T (&c)[N]) {
  T y = c[N - 1];
  TSC_UNROLL
  for (int i = N - 2; i >= 0; --i)
    y = tsc_fma(y, x, c[i]);
  return y;
}

// 2^n for n in the range of normal numbers.
template <class T>
TSC_FN T tsc_pow2(typename tsc_float<T>::Int n) {
  typedef typename tsc_float<T>::Uint Uint;
  return tsc_from_bits((Uint(n) + tsc_float<T>::bias) << tsc_float<T>::mantissa_bits);
}

// x 2^n for x of about 1 and any n that can matter (down to twice the least exponent), rounded
// once. AVX-512 has an instruction for it, which Clang knows. Else two factors, because 2^n itself
// may overflow or underflow where the product does not. n/2 is a logical shift of a number made
// positive: AVX2 has no arithmetic shift of 64-bit integers.
template <class T>
TSC_FN T tsc_scale(T x, typename tsc_float<T>::Int n) {
#if defined __clang__ && defined __AVX512F__ && !defined __CUDACC__
  return sizeof(T) == 4 ? T(__builtin_ldexpf(float(x), int(n))) : T(__builtin_ldexp(x, int(n)));
#else
  typedef typename tsc_float<T>::Int Int;
  typedef typename tsc_float<T>::Uint Uint;
  const Uint half = ((Uint(n) + 8192) >> 1) - 4096;
  return x * tsc_pow2<T>(Int(half)) * tsc_pow2<T>(Int(Uint(n) - half));
#endif
}

// x rounded to the nearest integer, as a number and as an integer; |x| < 2^(mantissa_bits - 2).
template <class T>
struct tsc_nearest_result {
  T value;
  typename tsc_float<T>::Int integer;
};
template <class T>
TSC_FN tsc_nearest_result<T> tsc_unshifted(T shifted) {
  typedef typename tsc_float<T>::Int Int;
  const T magic = tsc_float<T>::magic;
  return {shifted - magic, Int(tsc_bits(shifted) - tsc_bits(magic))};
}
template <class T>
TSC_FN tsc_nearest_result<T> tsc_nearest(T x) {
  return tsc_unshifted(x + tsc_float<T>::magic);
}
// The same of x * y.
template <class T>
TSC_FN tsc_nearest_result<T> tsc_nearest(T x, T y) {
  return tsc_unshifted(tsc_fma(x, y, tsc_float<T>::magic));
}

#endif
