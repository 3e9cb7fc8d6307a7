// Threads of a grid (CUDA C). Points are spread over threads, or over teams of threads that compute
// each point together. A team has a power of two of threads.
//
// tsc_team: the threads of a block with one threadIdx.y, blockDim.x of them. Teams of at most 32
// threads share warps; a larger one has a block of its own (blockDim.y == 1), so that all of a
// block's threads meet at its barriers.
//
// tsc_column: the threads of a block with one threadIdx.x, blockDim.y of them; blockDim.x == 32, so
// that neighbouring threads read neighbouring items.
#ifndef TSC_PRELUDE_TEAM_H
#define TSC_PRELUDE_TEAM_H

#include "base.h"
#include "reduce.h"

TSC_FN tsc_i64 tsc_thread() { return (tsc_i64)blockIdx.x * blockDim.x + threadIdx.x; }
TSC_FN tsc_i64 tsc_threads() { return (tsc_i64)gridDim.x * blockDim.x; }

TSC_FN tsc_i64 tsc_team() { return (tsc_i64)blockIdx.x * blockDim.y + threadIdx.y; }
TSC_FN tsc_i64 tsc_teams() { return (tsc_i64)gridDim.x * blockDim.y; }
TSC_FN tsc_i64 tsc_team_rank() { return threadIdx.x; }
TSC_FN tsc_i64 tsc_team_ranks() { return blockDim.x; }
TSC_FN bool tsc_team_leads() { return threadIdx.x == 0; }

// The lanes of this thread's warp that belong to its team.
TSC_FN tsc_u32 tsc_team_lanes() {
  if (blockDim.x >= 32) return 0xffffffffu;
  const tsc_u32 lane = (threadIdx.y * blockDim.x + threadIdx.x) % 32;
  return ((1u << blockDim.x) - 1) << (lane - threadIdx.x);
}

// What the team wrote to memory before, all of it sees afterwards.
TSC_FN void tsc_team_barrier() {
  if (blockDim.x > 32)
    __syncthreads();
  else
    __syncwarp(tsc_team_lanes());
}

// `value` of the lane whose number differs in the bits of `step`.
template <class T>
TSC_FN T tsc_exchange(tsc_u32 lanes, T value, int step) {
  return T(__shfl_xor_sync(lanes, value, step));
}
TSC_FN tsc_c64 tsc_exchange(tsc_u32 lanes, tsc_c64 z, int step) {
  return {tsc_exchange(lanes, z.re, step), tsc_exchange(lanes, z.im, step)};
}
TSC_FN tsc_c128 tsc_exchange(tsc_u32 lanes, tsc_c128 z, int step) {
  return {tsc_exchange(lanes, z.re, step), tsc_exchange(lanes, z.im, step)};
}

// An item and where it stands.
template <class T>
struct tsc_placed {
  T item;
  tsc_i64 place;
};
template <class T>
TSC_FN tsc_placed<T> tsc_exchange(tsc_u32 lanes, tsc_placed<T> best, int step) {
  return {tsc_exchange(lanes, best.item, step), tsc_exchange(lanes, best.place, step)};
}

// The values of `count` neighbouring lanes, folded. `combine` commutes, so all get the same bits.
template <class T, class Combine>
TSC_FN T tsc_warp_fold(tsc_u32 lanes, int count, T value, Combine combine) {
  for (int step = count / 2; step > 0; step /= 2)
    value = combine(value, tsc_exchange(lanes, value, step));
  return value;
}

// The values of the team's threads, folded in an order that depends on nothing but its size. Every
// thread gets the result.
template <class T, class Combine>
TSC_FN T tsc_team_fold(T value, Combine combine) {
  if (blockDim.x <= 32) return tsc_warp_fold(tsc_team_lanes(), blockDim.x, value, combine);
  __shared__ T of_warp[32];
  value = tsc_warp_fold(0xffffffffu, 32, value, combine);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  const int warps = blockDim.x / 32;
  value = tsc_warp_fold(0xffffffffu, warps, of_warp[threadIdx.x % warps], combine);
  __syncthreads(); // of_warp is free again
  return value;
}

TSC_FN tsc_i64 tsc_column() { return threadIdx.x; } // among those of the block
TSC_FN tsc_i64 tsc_columns() { return (tsc_i64)gridDim.x * blockDim.x; }
TSC_FN tsc_i64 tsc_columns_first() { return (tsc_i64)blockIdx.x * blockDim.x; } // of the block
TSC_FN tsc_i64 tsc_column_rank() { return threadIdx.y; }
TSC_FN tsc_i64 tsc_column_ranks() { return blockDim.y; }
TSC_FN bool tsc_column_leads() { return threadIdx.y == 0; }
TSC_FN void tsc_column_barrier() { __syncthreads(); }

// As tsc_team_fold, for the threads of a column.
template <class T, class Combine>
TSC_FN T tsc_column_fold(T value, Combine combine) {
  __shared__ T of_thread[16][32];
  of_thread[threadIdx.y][threadIdx.x] = value;
  __syncthreads();
  T all = of_thread[0][threadIdx.x];
  for (int rank = 1; rank < blockDim.y; ++rank)
    all = combine(all, of_thread[rank][threadIdx.x]);
  __syncthreads(); // of_thread is free again
  return all;
}

// The better of two items, or the first place of equal ones. `beats(a, b)`: does item a take the
// place of b?
template <class T, class Beats>
TSC_FN tsc_placed<T> tsc_better(tsc_placed<T> a, tsc_placed<T> b, Beats beats) {
  if (beats(b.item, a.item)) return b;
  if (beats(a.item, b.item)) return a;
  return b.place < a.place ? b : a;
}

// The best item of the team's threads and the first place that has it.
template <class T, class Beats>
TSC_FN void tsc_team_best(T& item, tsc_i64& place, Beats beats) {
  const tsc_placed<T> best =
      tsc_team_fold(tsc_placed<T>{item, place},
                    [beats](tsc_placed<T> a, tsc_placed<T> b) { return tsc_better(a, b, beats); });
  item = best.item;
  place = best.place;
}
template <class T, class Beats>
TSC_FN void tsc_column_best(T& item, tsc_i64& place, Beats beats) {
  const tsc_placed<T> best =
      tsc_column_fold(tsc_placed<T>{item, place}, [beats](tsc_placed<T> a, tsc_placed<T> b) {
        return tsc_better(a, b, beats);
      });
  item = best.item;
  place = best.place;
}

#endif
