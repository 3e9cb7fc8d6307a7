// The header of a library, for C and C++.
#pragma once

#include "codegen/wrapper.h"

namespace tsc {

// Needs nothing but <stdint.h>: what all libraries share stands in it too, behind a guard.
std::string c_header(std::span<const CProgram> programs);

} // namespace tsc
