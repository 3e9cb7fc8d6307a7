// Long bodies in pieces, so that the time to compile a kernel grows with its length and not faster:
// the compiler's vectoriser, scheduler and register allocator take more than linear time in the
// length of a loop's body, and an expensive op is hundreds of instructions at each use. Calls over
// items in the L1 cache lose nothing at run time: from three chained ops on they are 5 to 40 %
// faster than one loop (independent items hide the latency of the chain).
#pragma once

#include "ir/kernel.h"
#include "passes/lower.h"

namespace tsc {

// Sets Stage::cuts where a body is long. Where a stage has many expensive ops, each becomes a piece
// of its own, which the emitter writes as the call of one shared loop; other pieces are cut where
// few values pass. Linear time.
void cut_long_bodies(Kernel& kernel, const BodyLimits& limits);

} // namespace tsc
