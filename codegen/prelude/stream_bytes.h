// The function that streams, once in each program or process.
#ifndef TSC_PRELUDE_STREAM_BYTES_H
#define TSC_PRELUDE_STREAM_BYTES_H

#include "stream.h"

// A line at a time, in vectors as wide as the compiler has stores for.
TSC_FN void tsc_stream_line(char* to, const char* from) {
#ifdef __clang__
  typedef tsc_u64 Line __attribute__((ext_vector_type(8), aligned(64), may_alias));
  Line line;
  __builtin_memcpy(&line, from, 64);
  __builtin_nontemporal_store(line, (Line*)to);
#elif defined __SSE2__
  typedef long long Part __attribute__((vector_size(16), may_alias));
  Part parts[4];
  __builtin_memcpy(parts, from, 64);
  TSC_UNROLL
  for (int i = 0; i < 4; ++i)
    __builtin_ia32_movntdq((Part*)to + i, parts[i]);
#else
  __builtin_memcpy(to, from, 64);
#endif
}

extern "C" __attribute__((weak, visibility("hidden"), noinline)) void
tsc_stream_bytes(void* to, const void* from, tsc_i64 bytes) {
  char* at = (char*)to;
  const char* source = (const char*)from;
  tsc_i64 left = bytes, head = -(tsc_i64)(tsc_u64)at & 63;
  head = head < left ? head : left;
  __builtin_memcpy(at, source, (tsc_u64)head);
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
  for (at += head, source += head, left -= head; left >= 64; at += 64, source += 64, left -= 64)
    tsc_stream_line(at, source);
  __builtin_memcpy(at, source, (tsc_u64)left);
}

#endif
