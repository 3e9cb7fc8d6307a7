// How a kernel's loops run.
#pragma once

#include "ir/kernel.h"

namespace tsc {

// Merges neighbouring axes that every access walks as one, drops axes of size 1, and chooses
// between running reductions innermost and running the last outer axis innermost (`lanes`).
void schedule(Kernel& kernel);

} // namespace tsc
