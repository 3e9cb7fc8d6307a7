// What CUDA C has and C++ lacks, so that emitted CUDA source compiles for the CPU as it stands.
// Text put before the source; Clang compiles both without any other header. tests/gpu/emulator.h
// runs the kernels: each thread of a block is a fiber, which waits in these functions.
#define __CUDACC__ 1
#define __global__
#define __device__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(threads)
#define __shared__ static // one block runs at a time

#define fmaf __builtin_fmaf
#define fma __builtin_fma
#define sqrtf __builtin_sqrtf
#define sqrt __builtin_sqrt
#define fabsf __builtin_fabsf
#define fabs __builtin_fabs
#define copysignf __builtin_copysignf
#define copysign __builtin_copysign
#define ceilf __builtin_ceilf
#define ceil __builtin_ceil
#define floorf __builtin_floorf
#define floor __builtin_floor
#define rintf __builtin_rintf
#define rint __builtin_rint
#define truncf __builtin_truncf
#define trunc __builtin_trunc

static inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
static inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
static inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
static inline long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
static inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }

struct emulated_size {
  unsigned x, y, z;
};
struct emulated_place {
  emulated_size thread, block, block_size, grid_size;
};
extern "C" const emulated_place* emulated_here();
extern "C" void emulated_barrier();
extern "C" void emulated_warp_barrier(unsigned lanes);
extern "C" unsigned long long emulated_exchange(unsigned lanes, unsigned long long bits, int step);

#define threadIdx (emulated_here()->thread)
#define blockIdx (emulated_here()->block)
#define blockDim (emulated_here()->block_size)
#define gridDim (emulated_here()->grid_size)

static inline void __syncthreads() { emulated_barrier(); }
static inline void __syncwarp(unsigned lanes) { emulated_warp_barrier(lanes); }

// CUDA has these types and no others: smaller integers become int.
#define EMULATED_EXCHANGE(type)                                                                    \
  static inline type __shfl_xor_sync(unsigned lanes, type value, int step) {                       \
    unsigned long long bits = 0;                                                                   \
    __builtin_memcpy(&bits, &value, sizeof(type));                                                 \
    bits = emulated_exchange(lanes, bits, step);                                                   \
    __builtin_memcpy(&value, &bits, sizeof(type));                                                 \
    return value;                                                                                  \
  }
EMULATED_EXCHANGE(int)
EMULATED_EXCHANGE(unsigned)
EMULATED_EXCHANGE(long)
EMULATED_EXCHANGE(unsigned long)
EMULATED_EXCHANGE(long long)
EMULATED_EXCHANGE(unsigned long long)
EMULATED_EXCHANGE(float)
EMULATED_EXCHANGE(double)

static inline int atomicCAS(int* place, int expected, int wanted) {
  __atomic_compare_exchange_n(place, &expected, wanted, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

template <class T, T... I>
struct emulated_sequence {};

// Calls a kernel as the driver does: by an array of pointers to its arguments.
template <class... A, unsigned long... I>
static void emulated_apply(void (*kernel)(A...), void** arguments,
                           emulated_sequence<unsigned long, I...>) {
  kernel(*(A*)arguments[I]...);
}
