// Nanoseconds per element of the prelude's functions over an array that stays in the L1 cache,
// beside a scalar loop over libm. Build it as generated code is built:
//
//   clang++-22 -std=c++20 -O2 -march=native -fno-math-errno -fno-trapping-math -ffp-contract=on -I.
//       bench/prelude_bench.cpp -o prelude_bench        (add -Rpass=loop-vectorize to see the
//       loops)
#include "codegen/prelude/arith.h"
#include "codegen/prelude/cast.h"
#include "codegen/prelude/erf.h"
#include "codegen/prelude/exp.h"
#include "codegen/prelude/gamma.h"
#include "codegen/prelude/half.h"
#include "codegen/prelude/hyper.h"
#include "codegen/prelude/int.h"
#include "codegen/prelude/log.h"
#include "codegen/prelude/mod.h"
#include "codegen/prelude/pow.h"
#include "codegen/prelude/root.h"
#include "codegen/prelude/round.h"
#include "codegen/prelude/special.h"
#include "codegen/prelude/trig.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

constexpr int count = 1024;

template <class In, class Out>
using Loop = void (*)(const In*, const In*, Out*);

// Best of a few runs, each long enough for the clock.
template <class In, class Out>
double time_loop(Loop<In, Out> loop, double lo, double hi) {
  alignas(64) static In a[count], b[count];
  alignas(64) static Out y[count];
  for (int i = 0; i < count; ++i) {
    a[i] = In(lo + (hi - lo) * (i + 0.5) / count);
    b[i] = In(lo + (hi - lo) * ((i * 379) % count + 0.5) / count);
  }
  double best = 1e30;
  for (int run = 0; run < 5; ++run) {
    constexpr int repeats = 200;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) {
      loop(a, b, y);
      asm volatile("" : : "r"(y) : "memory");
    }
    const std::chrono::duration<double, std::nano> elapsed =
        std::chrono::steady_clock::now() - start;
    best = std::fmin(best, elapsed.count() / repeats / count);
  }
  return best;
}

void report(const char* name, const char* type, double ours, double libm) {
  std::printf("%-10s %-3s %7.2f ns", name, type, ours);
  if (libm > 0) std::printf("   libm %7.2f ns   %s", libm, ours < libm ? "faster" : "SLOWER");
  std::printf("\n");
}

#define LOOP(In, Out, value)                                                                       \
  [](const In* __restrict a, [[maybe_unused]] const In* __restrict b, Out* __restrict y) {         \
    for (int i = 0; i < count; ++i)                                                                \
      y[i] = value;                                                                                \
  }
#define SCALAR_LOOP(T, value)                                                                      \
  [](const T* __restrict a, [[maybe_unused]] const T* __restrict b, T* __restrict y) {             \
    _Pragma("clang loop vectorize(disable)") for (int i = 0; i < count; ++i) y[i] = value;         \
  }
#define BENCH_TYPE(T, type, name, ours, libm, lo, hi)                                              \
  report(name, type, time_loop<T, T>(LOOP(T, T, ours), lo, hi),                                    \
         time_loop<T, T>(SCALAR_LOOP(T, libm), lo, hi));
#define BENCH(name, ours, libm, lo, hi)                                                            \
  BENCH_TYPE(float, "f32", name, ours, libm, lo, hi)                                               \
  BENCH_TYPE(double, "f64", name, ours, libm, lo, hi)
#define BENCH_ALONE(name, In, Out, value, lo, hi)                                                  \
  report(name, #In, time_loop<In, Out>(LOOP(In, Out, value), lo, hi), 0);

} // namespace

int main() {
  BENCH("acos", tsc_acos(a[i]), std::acos(a[i]), -1, 1)
  BENCH("acosh", tsc_acosh(a[i]), std::acosh(a[i]), 1, 9)
  BENCH("asin", tsc_asin(a[i]), std::asin(a[i]), -1, 1)
  BENCH("asinh", tsc_asinh(a[i]), std::asinh(a[i]), -9, 9)
  BENCH("atan", tsc_atan(a[i]), std::atan(a[i]), -9, 9)
  BENCH("atan2", tsc_atan2(a[i], b[i]), std::atan2(a[i], b[i]), -9, 9)
  BENCH("atanh", tsc_atanh(a[i]), std::atanh(a[i]), -1, 1)
  BENCH("cbrt", tsc_cbrt(a[i]), std::cbrt(a[i]), -9, 9)
  BENCH("cos", tsc_cos(a[i]), std::cos(a[i]), -9, 9)
  BENCH("cosh", tsc_cosh(a[i]), std::cosh(a[i]), -9, 9)
  BENCH("digamma", tsc_digamma(a[i]), std::lgamma(a[i]), -4, 20)
  BENCH("erf", tsc_erf(a[i]), std::erf(a[i]), -4, 4)
  BENCH("erfc", tsc_erfc(a[i]), std::erfc(a[i]), -4, 9)
  BENCH("exp", tsc_exp(a[i]), std::exp(a[i]), -20, 20)
  BENCH("exp2", tsc_exp2(a[i]), std::exp2(a[i]), -20, 20)
  BENCH("expm1", tsc_expm1(a[i]), std::expm1(a[i]), -20, 20)
  BENCH("floor_div", tsc_floor_div(a[i], b[i]), std::floor(a[i] / b[i]), -9, 9)
  BENCH("hypot", tsc_hypot(a[i], b[i]), std::hypot(a[i], b[i]), -9, 9)
  BENCH("lgamma", tsc_lgamma(a[i]), std::lgamma(a[i]), -4, 20)
  BENCH("log", tsc_log(a[i]), std::log(a[i]), 0, 20)
  BENCH("log10", tsc_log10(a[i]), std::log10(a[i]), 0, 20)
  BENCH("log1mexp", tsc_log1mexp(a[i]), std::log1p(-std::exp(a[i])), -20, 0)
  BENCH("log1p", tsc_log1p(a[i]), std::log1p(a[i]), -1, 20)
  BENCH("log2", tsc_log2(a[i]), std::log2(a[i]), 0, 20)
  BENCH("logaddexp", tsc_logaddexp(a[i], b[i]),
        std::fmax(a[i], b[i]) + std::log1p(std::exp(-std::fabs(a[i] - b[i]))), -20, 20)
  BENCH("maximum", tsc_maximum(a[i], b[i]), std::fmax(a[i], b[i]), -9, 9)
  BENCH("mod", tsc_mod(a[i], b[i]), std::fmod(a[i], b[i]), -9, 9)
  BENCH("pow", tsc_pow(a[i], b[i]), std::pow(a[i], b[i]), 0, 9)
  BENCH("round", tsc_round(a[i]), std::rint(a[i]), -9, 9)
  BENCH("rsqrt", tsc_rsqrt(a[i]), 1 / std::sqrt(a[i]), 0, 9)
  BENCH("sigmoid", tsc_sigmoid(a[i]), 1 / (1 + std::exp(-a[i])), -20, 20)
  BENCH("sign", tsc_sign(a[i]), (a[i] > 0) - (a[i] < 0), -9, 9)
  BENCH("sin", tsc_sin(a[i]), std::sin(a[i]), -9, 9)
  BENCH("sinh", tsc_sinh(a[i]), std::sinh(a[i]), -9, 9)
  BENCH("softplus", tsc_softplus(a[i]), std::log1p(std::exp(a[i])), -20, 20)
  BENCH("sqrt", tsc_sqrt(a[i]), std::sqrt(a[i]), 0, 9)
  BENCH("tan", tsc_tan(a[i]), std::tan(a[i]), -9, 9)
  BENCH("tanh", tsc_tanh(a[i]), std::tanh(a[i]), -9, 9)
  BENCH("xlogy", tsc_xlogy(a[i], b[i]), a[i] * std::log(b[i]), 0, 9)
  BENCH_ALONE("to_f16", float, tsc_u16, tsc_f32_to_f16(a[i]), -9, 9)
  BENCH_ALONE("from_f16", tsc_u16, float, tsc_f16_to_f32(a[i]), 0, 65535)
  BENCH_ALONE("to_bf16", float, tsc_u16, tsc_f32_to_bf16(a[i]), -9, 9)
  BENCH_ALONE("from_bf16", tsc_u16, float, tsc_bf16_to_f32(a[i]), 0, 65535)
  BENCH_ALONE("to_i8", float, tsc_i8, tsc_to_i8(a[i]), -200, 200)
  BENCH_ALONE("to_i32", float, tsc_i32, tsc_to_i32(a[i]), -200, 200)
  BENCH_ALONE("to_i64", double, tsc_i64, tsc_to_i64(a[i]), -200, 200)
  BENCH_ALONE("to_u64", double, tsc_u64, tsc_to_u64(a[i]), -200, 200)
  BENCH_ALONE("floor_div", tsc_i32, tsc_i32, tsc_floor_div(a[i], b[i]), -200, 200)
  BENCH_ALONE("mod", tsc_i64, tsc_i64, tsc_mod(a[i], b[i]), -200, 200)
  BENCH_ALONE("pow", tsc_i32, tsc_i32, tsc_pow(a[i], b[i]), 0, 20)
  BENCH_ALONE("shift", tsc_i32, tsc_i32, tsc_shift_left(a[i], b[i]), -9, 40)
}
