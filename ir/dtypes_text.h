// Sets of dtypes in words.
#pragma once

#include "support/dtype.h"

#include <string>

namespace tsc {

// "floats, integers" or the names one by one.
std::string dtypes_text(DTypes types);

} // namespace tsc
