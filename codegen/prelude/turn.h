// Copies of tiles with rows and columns exchanged, for loads that run along another axis than the
// stores.
#ifndef TSC_PRELUDE_TURN_H
#define TSC_PRELUDE_TURN_H

#include "base.h"

TSC_FN tsc_i64 tsc_least(tsc_i64 a, tsc_i64 b) { return a < b ? a : b; }

#ifdef __CUDACC__
#define TSC_TILE(T, name, size) __shared__ T name[size][size + 1] // the item more keeps banks apart

TSC_FN tsc_i64 tsc_block_number() { return blockIdx.x; }
TSC_FN tsc_i64 tsc_blocks() { return gridDim.x; }

// tile[row][column] = from[row + column * step], by a block of as many columns of threads as the
// tile has rows.
template <class T, int R, int C>
TSC_FN void tsc_turn_tile(T (&tile)[R][C], const T* from, tsc_i64 step, tsc_i64 rows,
                          tsc_i64 columns) {
  for (tsc_i64 column = threadIdx.y; column < columns; column += blockDim.y)
    if (threadIdx.x < rows) tile[threadIdx.x][column] = from[threadIdx.x + column * step];
}
#else
#define TSC_TILE(T, name, size) alignas(64) T name[size][size]

// In front of a loop over a tile's columns: where their number is known and small, Clang would
// unroll it and then find no vectors in it.
#ifdef __clang__
#define TSC_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define TSC_ROLLED
#endif

// Asks for the lines of some items that are read soon, or not there at all.
template <class T>
TSC_FN void tsc_ask_ahead(const T* array, tsc_i64 first, int items) {
  const tsc_u64 at = (tsc_u64)array + (tsc_u64)first * sizeof(T);
  TSC_UNROLL
  for (tsc_u64 byte = 0; byte < items * sizeof(T); byte += 64)
    __builtin_prefetch((const void*)(at + byte));
}

// 8 x 8 items, in registers.
template <class T>
TSC_FN void tsc_turn_block(const T* from, tsc_i64 from_step, T* to, tsc_i64 to_step) {
  typedef T V __attribute__((ext_vector_type(8), aligned(sizeof(T))));
  V a[8], b[8], c[8];
  TSC_UNROLL
  for (int i = 0; i < 8; ++i)
    a[i] = *(const V*)(from + i * from_step);
  TSC_UNROLL
  for (int i = 0; i < 8; i += 2) { // items of two rows change places, then pairs, then halves
    b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  TSC_UNROLL
  for (int i = 0; i < 8; i += i % 4 == 1 ? 3 : 1) {
    c[i] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    c[i + 2] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  TSC_UNROLL
  for (int i = 0; i < 4; ++i) {
    *(V*)(to + i * to_step) = __builtin_shufflevector(c[i], c[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(V*)(to + (i + 4) * to_step) =
        __builtin_shufflevector(c[i], c[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// Complex numbers are no items of vectors.
template <class C>
TSC_FN void tsc_turn_pairs(const C* from, tsc_i64 from_step, C* to, tsc_i64 to_step) {
  for (int i = 0; i < 8; ++i) {
    TSC_UNROLL
    for (int j = 0; j < 8; ++j)
      to[i * to_step + j] = from[j * from_step + i];
  }
}
TSC_FN void tsc_turn_block(const tsc_c64* from, tsc_i64 from_step, tsc_c64* to, tsc_i64 to_step) {
  tsc_turn_pairs(from, from_step, to, to_step);
}
TSC_FN void tsc_turn_block(const tsc_c128* from, tsc_i64 from_step, tsc_c128* to, tsc_i64 to_step) {
  tsc_turn_pairs(from, from_step, to, to_step);
}

// tile[row][column] = from[row + column * step].
template <class T, int R, int C>
TSC_FN void tsc_turn_tile(T (&tile)[R][C], const T* from, tsc_i64 step, tsc_i64 rows,
                          tsc_i64 columns) {
  const tsc_i64 whole_rows = rows / 8 * 8, whole_columns = columns / 8 * 8;
  for (tsc_i64 column = 0; column < whole_columns; column += 8) {
    for (tsc_i64 row = 0; row < whole_rows; row += 8)
      tsc_turn_block(from + row + column * step, step, &tile[row][column], C);
    for (tsc_i64 row = whole_rows; row < rows; ++row)
      for (int i = 0; i < 8; ++i)
        tile[row][column + i] = from[row + (column + i) * step];
  }
  for (tsc_i64 column = whole_columns; column < columns; ++column)
    for (tsc_i64 row = 0; row < rows; ++row)
      tile[row][column] = from[row + column * step];
}
#endif

#endif
