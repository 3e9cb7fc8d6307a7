// One kernel of a plan, interpreted: point after point, instruction after instruction. Lanes and
// threads are other orders of the outer points, which makes no difference where points are
// independent; and that is checked.
#pragma once

#include "ir/interpret_plan.h"
#include "ir/plan_memory.h"

namespace tsc {

// Runs plan.kernels[number] on `memory`. `failed` becomes the first index that is out of range,
// unless it holds a check already. Throws InternalError naming kernel and instruction.
void interpret_kernel(const Plan& plan, size_t number, const SymbolValues& sizes,
                      PlanMemory& memory, std::optional<FailedCheck>& failed);

} // namespace tsc
