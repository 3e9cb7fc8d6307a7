// Matrix products on a grid of threads (CUDA C).
#ifndef TSC_PRELUDE_PRODUCT_H
#define TSC_PRELUDE_PRODUCT_H

#include "base.h"

// One tile of C is computed by a block of 256 threads, 4 x 4 items each.
constexpr int tsc_tile = 64, tsc_depth = 16, tsc_part = 4, tsc_tile_threads = 256;

// The tile's part of `depth` of the summed axis, [depth][tile], items outside the matrix as 0.
// `summed_first`: is the matrix stored with the summed axis first? Neighbouring threads read
// neighbouring items either way.
template <bool summed_first, class T>
TSC_FN void tsc_load_tile(T (&tile)[tsc_depth][tsc_tile + 1], const T* matrix, tsc_i64 first,
                          tsc_i64 extent, tsc_i64 depth, tsc_i64 summed) {
  for (int i = threadIdx.x; i < tsc_depth * tsc_tile; i += tsc_tile_threads) {
    const int p = summed_first ? i / tsc_tile : i % tsc_depth;
    const int q = summed_first ? i % tsc_tile : i / tsc_depth;
    const tsc_i64 row = depth + p, place = first + q;
    const bool inside = row < summed && place < extent;
    tile[p][q] = inside ? matrix[summed_first ? row * extent + place : place * summed + row] : T(0);
  }
}

// c = a * b for `batch` row-major matrices that follow each other; a is stored k x m and b n x k
// where transposed. Each item is summed in the order of k.
template <bool transpose_a, bool transpose_b, class T>
TSC_FN void tsc_tiled_product(tsc_i64 batch, tsc_i64 m, tsc_i64 n, tsc_i64 k,
                              const T* __restrict__ a, const T* __restrict__ b, T* __restrict__ c) {
  __shared__ T of_a[tsc_depth][tsc_tile + 1], of_b[tsc_depth][tsc_tile + 1];
  const int across = threadIdx.x % 16, down = threadIdx.x / 16;
  const tsc_i64 first_n = (tsc_i64)blockIdx.x * tsc_tile;
  // The product of a matrix at a time, and of some of its rows: a grid has few blocks but along x.
  const tsc_i64 step_m = (tsc_i64)gridDim.y * tsc_tile;
  for (tsc_i64 matrix = blockIdx.z; matrix < batch; matrix += gridDim.z)
    for (tsc_i64 first_m = (tsc_i64)blockIdx.y * tsc_tile; first_m < m; first_m += step_m) {
      T sums[tsc_part][tsc_part] = {};
      for (tsc_i64 depth = 0; depth < k; depth += tsc_depth) {
        tsc_load_tile<transpose_a>(of_a, a + matrix * m * k, first_m, m, depth, k);
        tsc_load_tile<!transpose_b>(of_b, b + matrix * n * k, first_n, n, depth, k);
        __syncthreads();
        TSC_UNROLL
        for (int p = 0; p < tsc_depth; ++p)
          TSC_UNROLL
        for (int i = 0; i < tsc_part; ++i)
          TSC_UNROLL
        for (int j = 0; j < tsc_part; ++j)
          sums[i][j] = tsc_fma(of_a[p][down + i * 16], of_b[p][across + j * 16], sums[i][j]);
        __syncthreads();
      }
      for (int i = 0; i < tsc_part; ++i)
        for (int j = 0; j < tsc_part; ++j) {
          const tsc_i64 row = first_m + down + i * 16, column = first_n + across + j * 16;
          if (row < m && column < n) c[(matrix * m + row) * n + column] = sums[i][j];
        }
    }
}

#endif
