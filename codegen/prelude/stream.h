// Stores that stream past the caches, for results too large to be found there again: the lines need
// not be read before they are written, and what else is in the caches stays.
#ifndef TSC_PRELUDE_STREAM_H
#define TSC_PRELUDE_STREAM_H

#include "base.h"

// Is it worth it for a thread that stores so many bytes? As many are read at least, and both
// together are half of a usual last cache.
TSC_FN bool tsc_streams(tsc_i64 bytes) { return bytes > 8388608; }

TSC_FN tsc_i64 tsc_run_length(bool stream, tsc_i64 longest, tsc_i64 items) {
  return stream && longest < items ? longest : items;
}

// Whole lines stream; what is left before and behind them is stored as usual.
template <class T>
static __attribute__((noinline)) void tsc_stream(T* to, const T* from, tsc_i64 items) {
  tsc_i64 i = 0;
#ifdef __clang__
  typedef tsc_u64 Line __attribute__((ext_vector_type(8), aligned(64), may_alias));
  const tsc_i64 in_line = 64 / sizeof(T);
  for (; i < items && (tsc_u64)(to + i) % 64 != 0; ++i)
    to[i] = from[i];
  for (; i + in_line <= items; i += in_line) {
    Line line;
    __builtin_memcpy(&line, from + i, 64);
    __builtin_nontemporal_store(line, (Line*)(to + i));
  }
#endif
  for (; i < items; ++i)
    to[i] = from[i];
}

// Before other threads may read what was streamed.
TSC_FN void tsc_end_streams(bool stream) {
#if defined __clang__ && defined __SSE2__
  if (stream) __builtin_ia32_sfence();
#else
  (void)stream;
#endif
}

#endif
