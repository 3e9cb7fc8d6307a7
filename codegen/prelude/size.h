// Size and position arithmetic of emitted programs, and their error records.
#ifndef TSC_PRELUDE_SIZE_H
#define TSC_PRELUDE_SIZE_H

#include "abi.h"
#include "base.h"

// a / b rounded down; 0 where b is 0 (such a size belongs to an empty array).
TSC_FN tsc_i64 tsc_size_quotient(tsc_i64 a, tsc_i64 b) {
  if (b == 0) return 0;
  const tsc_i64 q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}

// How many of `whole` items block number `block` has, all blocks but the last having `extent`.
TSC_FN tsc_i64 tsc_block(tsc_i64 whole, tsc_i64 extent, tsc_i64 block) {
  const tsc_i64 rest = whole - block * extent;
  return rest < extent ? rest : extent;
}

// A divisor of positions: sizes of 0 belong to loops that do not run.
TSC_FN tsc_i64 tsc_divisor(tsc_i64 size) { return size > 0 ? size : 1; }

TSC_FN tsc_i64 tsc_round_up(tsc_i64 bytes) { return (bytes + 63) & ~tsc_i64(63); }

#ifndef __CUDACC__
TSC_FN tsc_i32 tsc_fail(tsc_report* error, tsc_i32 code, tsc_i32 check, tsc_i64 a, tsc_i64 b) {
  error->code = code;
  error->check = check;
  error->values[0] = a;
  error->values[1] = b;
  return code;
}
#endif

// Records a wrong index; the first one recorded stays. Out of line: it is never reached in good
// programs.
TSC_COLD void tsc_bad_index(tsc_report* error, tsc_i32 check, tsc_i64 index, tsc_i64 size) {
#ifdef __CUDACC__
  const bool first = atomicCAS(&error->code, 0, TSC_E_INDEX) == 0;
#else
  tsc_i32 none = 0;
  const bool first = __atomic_compare_exchange_n(&error->code, &none, TSC_E_INDEX, false,
                                                 __ATOMIC_RELAXED, __ATOMIC_RELAXED);
#endif
  if (!first) return;
  error->check = check;
  error->values[0] = index;
  error->values[1] = size;
}

// `index` with negative ones counted from the end of `size` items; -1 and a record when out of
// range.
TSC_FN tsc_i64 tsc_checked(tsc_i64 index, tsc_i64 size, tsc_i32 check, tsc_report* error) {
  const tsc_i64 place = index < 0 ? index + size : index;
  if (place >= 0 && place < size) return place;
  tsc_bad_index(error, check, index, size);
  return -1;
}
TSC_FN tsc_i64 tsc_checked(tsc_u64 index, tsc_i64 size, tsc_i32 check, tsc_report* error) {
  const tsc_u64 most = 0x7fffffffffffffff; // what a record can hold
  return tsc_checked(tsc_i64(index < most ? index : most), size, check, error);
}

#endif
