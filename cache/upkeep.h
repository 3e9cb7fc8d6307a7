// Keeping the directory small and whole: what is evicted, what is swept.
#pragma once

#include "cache/folder.h"
#include "cache/settings.h"

#include <functional>

namespace tsc {

// Whether `time` lies this far back. Times ahead of the clock count as far back: it may have been
// set back by years.
bool is_old(int64_t time, int64_t seconds);

// Sweeps temporaries of killed writers; where a limit is passed, evicts the least recently used
// down to nine tenths, so that the next puts need not evict again.
void evict_beyond(const Folder& folder, const CacheLimits& limits);

} // namespace tsc
