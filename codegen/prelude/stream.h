// Stores that stream past the caches, for results too large to be found there again: the lines need
// not be read before they are written, and what else is in the caches stays.
#ifndef TSC_PRELUDE_STREAM_H
#define TSC_PRELUDE_STREAM_H

#include "base.h"

TSC_FN tsc_i64 tsc_run_length(bool stream, tsc_i64 longest, tsc_i64 items) {
  return stream && longest < items ? longest : items;
}

// Whole lines stream; what is left before and behind them is copied. A library has it from
// stream_bytes.h; a program that is compiled in process finds it there
// (runtime/program_symbols.cpp), as compiling it takes longer than many a kernel.
extern "C" void tsc_stream_bytes(void* to, const void* from, tsc_i64 bytes);

template <class T>
TSC_FN void tsc_stream(T* to, const T* from, tsc_i64 items) {
  tsc_stream_bytes(to, from, items * tsc_i64(sizeof(T)));
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
