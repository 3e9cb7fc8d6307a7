// Splitting a kernel's first axis among the host's threads.
#ifndef TSC_PRELUDE_PARALLEL_H
#define TSC_PRELUDE_PARALLEL_H

#include "abi.h"
#include "base.h"

// Runs body on [0, count): at once when that is less work than waking a thread. `work`:
// instructions per unit of count, roughly.
TSC_FN void tsc_parallel(const tsc_host* host, tsc_i64 count, tsc_i64 work,
                         void (*body)(void*, tsc_i64, tsc_i64), void* argument) {
  const tsc_i64 enough = 65536;
  const tsc_i64 grain = work >= enough ? 1 : enough / (work > 0 ? work : 1);
  if (count <= 0) return;
  if (!host || !host->parallel_for || count / 2 < grain)
    body(argument, 0, count);
  else
    host->parallel_for(host->context, count, grain, body, argument);
}

#endif
