// What the machine can do, and hand-written code to hold compiled programs against. Built with -O3
// and -march=native; vectors are those of GCC and Clang, 64 bytes wide, so that one text serves all
// CPUs. Threads are OpenMP's: as many as the harness says.
//
// A yardstick works on arrays and sizes; what it takes stands in front of each.
#include <cblas.h>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <omp.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace {

using i64 = int64_t;
using F32x16 = float __attribute__((vector_size(64)));
using Loose = float __attribute__((vector_size(64), aligned(4), may_alias)); // anywhere in memory

F32x16 load(const float* p) { return *reinterpret_cast<const Loose*>(p); }
void store(float* p, F32x16 v) { *reinterpret_cast<Loose*>(p) = v; }
F32x16 max(F32x16 a, F32x16 b) { return a > b ? a : b; }
F32x16 min(F32x16 a, F32x16 b) { return a < b ? a : b; }
F32x16 abs(F32x16 a) { return max(a, -a); }
F32x16 all(float x) { return x - F32x16{}; }

// Past the caches, where the CPU can; `p` is aligned to 64 bytes.
void stream(float* p, F32x16 v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, reinterpret_cast<__m512&>(v));
#elif defined(__AVX__)
  const auto* half = reinterpret_cast<const __m256*>(&v);
  _mm256_stream_ps(p, half[0]);
  _mm256_stream_ps(p + 8, half[1]);
#elif defined(__SSE2__)
  const auto* part = reinterpret_cast<const __m128*>(&v);
  for (int i = 0; i < 4; ++i)
    _mm_stream_ps(p + 4 * i, part[i]);
#else
  store(p, v);
#endif
}
void fence() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

// body(begin, end) on as many threads, in multiples of `grain`.
template <class F>
void shared(i64 n, int threads, i64 grain, F body) {
  if (threads == 1) return body(i64{0}, n);
#pragma omp parallel num_threads(threads)
  {
    const i64 blocks = (n + grain - 1) / grain, t = omp_get_thread_num(),
              all = omp_get_num_threads();
    const i64 begin = blocks * t / all * grain, end = blocks * (t + 1) / all * grain;
    body(begin < n ? begin : n, end < n ? end : n);
  }
}

struct Arrays {
  void* const* data;
  const float* in(int i) const { return static_cast<const float*>(data[i]); }
  float* out(int i) const { return static_cast<float*>(data[i]); }
};

volatile float sink;

// n floats: [from, to]. n is a multiple of 16 here and below.
void copy(Arrays a, const i64* n, int threads) {
  shared(*n, threads, 1024,
         [&](i64 i, i64 end) { std::memcpy(a.out(1) + i, a.in(0) + i, (end - i) * 4); });
}

void copy_loop(Arrays a, const i64* n, int threads) {
  shared(*n, threads, 1024, [&](i64 i, i64 end) {
    for (; i < end; i += 16)
      store(a.out(1) + i, load(a.in(0) + i));
  });
}

void copy_stream(Arrays a, const i64* n, int threads) {
  shared(*n, threads, 1024, [&](i64 i, i64 end) {
    for (; i < end; i += 16)
      stream(a.out(1) + i, load(a.in(0) + i));
    fence();
  });
}

// n floats: [from]
void read(Arrays a, const i64* n, int threads) {
  shared(*n, threads, 1024, [&](i64 i, i64 end) {
    F32x16 s[8] = {};
    for (; i + 128 <= end; i += 128)
      for (int j = 0; j < 8; ++j)
        s[j] += load(a.in(0) + i + 16 * j);
    for (; i < end; i += 16)
      s[0] += load(a.in(0) + i);
    for (int j = 1; j < 8; ++j)
      s[0] += s[j];
    float total = 0;
    for (int j = 0; j < 16; ++j)
      total += s[0][j];
    sink = total;
  });
}

// n multiply-adds of 16 items in each of 12 chains and thread: nothing but registers.
void fma(Arrays, const i64* n, int threads) {
  shared(threads, threads, 1, [&](i64, i64) {
    F32x16 s[12];
    for (int j = 0; j < 12; ++j)
      s[j] = all(1.0f + j);
    const F32x16 a = all(0.999f), b = all(0.001f);
    for (i64 i = 0; i < *n; ++i)
#pragma GCC unroll 12
      for (int j = 0; j < 12; ++j) {
        s[j] = s[j] * a + b;
        asm volatile("" : "+v"(s[j]));
      }
    float total = 0;
    for (int j = 0; j < 12; ++j)
      total += s[j][0];
    sink = total;
  });
}

// n floats: [x, y, z, result]; what the workload `chain` computes.
template <bool past_caches>
void chain(Arrays p, const i64* n, int threads) {
  shared(*n, threads, 1024, [&](i64 i, i64 end) {
    const F32x16 half = all(0.5f), three = all(3.0f);
    for (; i < end; i += 16) {
      const F32x16 x = load(p.in(0) + i), y = load(p.in(1) + i), z = load(p.in(2) + i);
      const F32x16 a = x * y + z, b = max(a, x), c = b - y * half, d = abs(c) + z,
                   e = min(d, three), r = e * a - b;
      if (past_caches)
        stream(p.out(3) + i, r);
      else
        store(p.out(3) + i, r);
    }
    if (past_caches) fence();
  });
}

// n floats: [x, result], a = 1.5, b = 0.25: the work of a call that does next to nothing.
void line(Arrays p, const i64* n, int) {
  for (i64 i = 0; i < *n; ++i)
    p.out(1)[i] = 1.5f * p.in(0)[i] + 0.25f;
}

// rows, columns: [x, result[rows]]
void sum_inner(Arrays p, const i64* n, int threads) {
  shared(n[0], threads, 1, [&](i64 row, i64 end) {
    for (; row < end; ++row) {
      const float* x = p.in(0) + row * n[1];
      F32x16 s[4] = {};
      i64 i = 0;
      for (; i + 64 <= n[1]; i += 64)
        for (int j = 0; j < 4; ++j)
          s[j] += load(x + i + 16 * j);
      float total = 0;
      for (; i < n[1]; ++i)
        total += x[i];
      s[0] += s[1] + s[2] + s[3];
      for (int j = 0; j < 16; ++j)
        total += s[0][j];
      p.out(1)[row] = total;
    }
  });
}

// rows, columns: [x, result[columns]]
void sum_outer(Arrays p, const i64* n, int threads) {
  shared(n[1], threads, 1024, [&](i64 begin, i64 end) {
    float* y = p.out(1);
    std::memset(y + begin, 0, (end - begin) * 4);
    for (i64 row = 0; row < n[0]; ++row)
      for (i64 i = begin; i < end; i += 16)
        store(y + i, load(y + i) + load(p.in(0) + row * n[1] + i));
  });
}

// rows, columns, both multiples of 16: [x, result]
void transpose(Arrays p, const i64* n, int threads) {
  constexpr i64 block = 64;
  shared(n[1], threads, block, [&](i64 j0, i64 end) {
    for (; j0 < end; j0 += block)
      for (i64 i0 = 0; i0 < n[0]; i0 += block)
        for (i64 j = j0; j < j0 + block && j < end; ++j)
          for (i64 i = i0; i < i0 + block && i < n[0]; ++i)
            p.out(1)[j * n[0] + i] = p.in(0)[i * n[1] + j];
  });
}

// m, n, k: [a, b, c]; the BLAS that tsc calls.
void gemm(Arrays p, const i64* s, int) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, int(s[0]), int(s[1]), int(s[2]), 1.0f,
              p.in(0), int(s[2]), p.in(1), int(s[1]), 0.0f, p.out(2), int(s[1]));
}

struct Yardstick {
  const char* name;
  void (*run)(Arrays, const i64*, int);
};
const Yardstick yardsticks[] = {
    {"copy", copy},
    {"copy-loop", copy_loop},
    {"copy-stream", copy_stream},
    {"read", read},
    {"fma", fma},
    {"chain", chain<false>},
    {"chain-stream", chain<true>},
    {"line", line},
    {"sum-inner", sum_inner},
    {"sum-outer", sum_outer},
    {"transpose", transpose},
    {"gemm", gemm},
};

} // namespace

// Nanoseconds of so many calls; below 0 when there is none of this name.
extern "C" __attribute__((visibility("default"))) double
yardstick_time(const char* name, void* const* arrays, const i64* sizes, int threads, i64 calls) {
  for (const Yardstick& y : yardsticks) {
    if (std::strcmp(y.name, name)) continue;
    auto* volatile run = y.run; // as a program would call what it loaded
    const auto start = std::chrono::steady_clock::now();
    for (i64 i = 0; i < calls; ++i)
      run(Arrays{arrays}, sizes, threads);
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
        .count();
  }
  return -1;
}
