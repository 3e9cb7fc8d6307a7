// From a Plan that was lowered for a grid of threads to what runs its kernels on a device.
#pragma once

#include "ir/plan.h"
#include "runtime/device_program.h"

namespace tsc {

// Constants that the plan embeds are in it; the others are handed to the executable.
DeviceProgram device_program(const Plan& plan);

// The size over these symbols, whose numbers are their places.
SizeCode size_code(const Dim& size, const std::vector<std::string>& symbols);

} // namespace tsc
