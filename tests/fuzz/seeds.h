// Which random graphs a run tries.
//
//   TSC_LONG=1            many more
//   TSC_FUZZ_SEED=17      just the graph of this seed
//   TSC_FUZZ_SEED=17-90   those of these seeds
#pragma once

#include <cstdint>

namespace tsc::fuzz {

struct Seeds {
  uint64_t first, last;
};

// Those that the environment asks for; else the first `few`, or with TSC_LONG `many` from `from`.
Seeds seeds(uint64_t few, uint64_t many, uint64_t from = 1);

} // namespace tsc::fuzz
