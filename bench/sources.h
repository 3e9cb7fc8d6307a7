// Sample programs of the shape that the emitter writes, for benchmarks and tests of the toolchain.
#pragma once

#include <fmt/format.h>
#include <string>

namespace tsc::samples {

// exp and log as the prelude writes them: branch-free polynomials that vectorise.
inline const char* const functions = R"(
typedef long i64;
static inline __attribute__((always_inline)) float as_f32(int b) { return __builtin_bit_cast(float, b); }
static inline __attribute__((always_inline)) int as_i32(float f) { return __builtin_bit_cast(int, f); }
static inline __attribute__((always_inline)) float s_exp(float x) {
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  const float n = __builtin_roundevenf(c * 0x1.715476p+0f);
  float r = __builtin_fmaf(n, -0x1.62e400p-1f, c);
  r = __builtin_fmaf(n, 0x1.7f7d1cp-20f, r);
  float p = 0x1.6850e4p-10f;
  p = __builtin_fmaf(p, r, 0x1.123bccp-7f);
  p = __builtin_fmaf(p, r, 0x1.555b98p-5f);
  p = __builtin_fmaf(p, r, 0x1.55548ep-3f);
  p = __builtin_fmaf(p, r, 0x1.fffff8p-2f);
  p = __builtin_fmaf(p, r * r, r) + 1.0f;
  const int k = (int)n, h = k >> 1;
  p = p * as_f32((h + 127) << 23) * as_f32((k - h + 127) << 23);
  return x != x ? x : p;
}
static inline __attribute__((always_inline)) float s_log(float x) {
  const int small = x < 0x1p-126f;
  const float s = small ? x * 0x1p23f : x;
  const int i = as_i32(s), e = (i - 0x3f2aaaab) >> 23;
  const float m = as_f32(i - (e << 23)) - 1.0f, k = (float)e - (small ? 23.0f : 0.0f);
  float p = -0x1.0ae6p-3f;
  p = __builtin_fmaf(p, m, 0x1.1e0b4p-3f);
  p = __builtin_fmaf(p, m, -0x1.55b8p-3f);
  p = __builtin_fmaf(p, m, 0x1.999ep-3f);
  p = __builtin_fmaf(p, m, -0x1.00000ap-2f);
  p = __builtin_fmaf(p, m, 0x1.555554p-2f);
  p = __builtin_fmaf(p, m * m * m, m * m * -0.5f) + m;
  p = __builtin_fmaf(k, 0x1.62e43p-1f, p);
  p = x == 0.0f ? -__builtin_inff() : p;
  p = x < 0.0f ? __builtin_nanf("") : p;
  return x < __builtin_inff() ? p : x;
}
)";

inline std::string empty() { return "extern \"C\" int tsc_run() { return 0; }\n"; }

// Kernels are static functions over restrict pointers; the entry calls them in order.
inline std::string entry(const std::string& kernels, int count) {
  std::string text = functions + kernels;
  text += "extern \"C\" int tsc_run(const float* const* in, float* const* out, i64 n, i64 m) {\n";
  for (int i = 0; i < count; ++i)
    text += fmt::format("  k{}(in[0], in[1], out[0], n, m);\n", i);
  return text + "  return 0;\n}\n";
}

inline std::string loop_kernel(int id) {
  return fmt::format(
      R"(static __attribute__((noinline)) void k{}(const float* __restrict a, const float* __restrict b, float* __restrict y, i64 n, i64 m) {{
  for (i64 i = 0; i < n * m; ++i) {{
    const float t0 = a[i];
    const float t1 = b[i];
    const float t2 = t0 * t1;
    const float t3 = t2 + t0;
    const float t4 = t3 > 0.0f ? t3 : 0.0f;
    y[i] = t4;
  }}
}}
)",
      id);
}

inline std::string chain_kernel(int id) {
  return fmt::format(
      R"(static __attribute__((noinline)) void k{}(const float* __restrict a, const float* __restrict b, float* __restrict y, i64 n, i64 m) {{
  for (i64 i = 0; i < n * m; ++i) {{
    const float t0 = a[i];
    const float t1 = b[i];
    const float t2 = t0 * t1;
    const float t3 = s_exp(t2);
    const float t4 = t3 + t0;
    const float t5 = t4 / (t1 + 2.0f);
    const float t6 = -t5;
    const float t7 = s_exp(t6);
    const float t8 = t7 - t1;
    const float t9 = t8 > 0.0f ? t8 : 0.0f;
    const float t10 = t9 * {}.5f;
    y[i] = t10 * t10 + t0;
  }}
}}
)",
      id, id);
}

// Log-softmax of each row: maximum, sum of exponentials, result.
inline std::string softmax_kernel(int id) {
  return fmt::format(
      R"(static __attribute__((noinline)) void k{}(const float* __restrict a, const float* __restrict b, float* __restrict y, i64 n, i64 m) {{
#pragma clang fp reassociate(on)
  for (i64 i = 0; i < n; ++i) {{
    float t0 = -__builtin_inff();
    for (i64 j = 0; j < m; ++j) {{
      const float t1 = a[i * m + j];
      t0 = t1 > t0 ? t1 : t0;
    }}
    float t2 = 0.0f;
    for (i64 j = 0; j < m; ++j) {{
      const float t3 = a[i * m + j] - t0;
      const float t4 = s_exp(t3);
      t2 += t4;
    }}
    const float t5 = s_log(t2);
    for (i64 j = 0; j < m; ++j) {{
      const float t6 = a[i * m + j] - t0;
      const float t7 = t6 - t5;
      y[i * m + j] = t7 * b[j];
    }}
  }}
}}
)",
      id);
}

inline std::string repeated(std::string (*kernel)(int), int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += kernel(i);
  return entry(text, count);
}

} // namespace tsc::samples
