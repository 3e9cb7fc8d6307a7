// How a kernel's loops run.
#pragma once

#include "ir/kernel.h"

namespace tsc {

// Merges neighbouring axes that every access walks as one, drops axes of size 1, chooses between
// running reductions innermost and running the last outer axis innermost (`lanes`), and whether
// points are taken in tiles (`across`).
void schedule(Kernel& kernel);

} // namespace tsc
