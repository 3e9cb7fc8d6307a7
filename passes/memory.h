// Where values that leave a kernel live: slots of one workspace, shared by values that are never
// alive at the same time, and in place over a dying operand where each item is read before it is
// written.
#pragma once

#include "ir/plan.h"

namespace tsc {

// Gives every Home::Workspace buffer of `plan` a slot. Expects steps in order; each buffer written
// before it is read.
void place_buffers(Plan& plan);

} // namespace tsc
