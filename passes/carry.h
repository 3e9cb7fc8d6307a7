// Expensive values that several stages need, such as the exponentials of a softmax: computed in the
// first of these stages, left in the memory of the result that the last one stores, and loaded from
// there.
#pragma once

#include "ir/kernel.h"

namespace tsc {

// Where stages over the same axes compute the same expensive value, and a later one stores an item
// of its dtype for each point: the first stage stores the value in that item's place and the others
// load it. The row is then still in a cache, and what is saved is worth more.
void carry_values(Kernel& kernel);

} // namespace tsc
