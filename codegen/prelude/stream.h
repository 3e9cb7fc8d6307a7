// Stores that stream past the caches, for results too large to be found there again: the lines need
// not be read before they are written, and what else is in the caches stays.
#ifndef TSC_PRELUDE_STREAM_H
#define TSC_PRELUDE_STREAM_H

#include "base.h"

TSC_FN tsc_i64 tsc_run_length(bool stream, tsc_i64 longest, tsc_i64 items) {
  return stream && longest < items ? longest : items;
}

// Whole lines stream; what is left before and behind them is copied. Kept small: it is compiled
// with each kernel that may stream.
template <class T>
static __attribute__((noinline)) void tsc_stream(T* __restrict to, const T* __restrict from,
                                                 tsc_i64 items) {
#ifdef __clang__
  typedef tsc_u64 Line __attribute__((ext_vector_type(8), aligned(64), may_alias));
  char* at = (char*)to;
  const char* source = (const char*)from;
  tsc_i64 left = items * (tsc_i64)sizeof(T), head = -(tsc_i64)(tsc_u64)at & 63;
  head = head < left ? head : left;
  __builtin_memcpy(at, source, (tsc_u64)head);
#pragma clang loop unroll(disable)
  for (at += head, source += head, left -= head; left >= 64; at += 64, source += 64, left -= 64) {
    Line line;
    __builtin_memcpy(&line, source, 64);
    __builtin_nontemporal_store(line, (Line*)at);
  }
  __builtin_memcpy(at, source, (tsc_u64)left);
#else
  __builtin_memcpy(to, from, (tsc_u64)items * sizeof(T));
#endif
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
