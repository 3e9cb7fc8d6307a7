// How types, numbers and sizes are spelled in emitted text.
#pragma once

#include "ir/dim.h"
#include "ir/literal.h"

#include <functional>
#include <string>

namespace tsc {

// The C type of a value in a register ("float" for f16 too) and of an item in memory.
const char* value_type(DType dtype);
const char* memory_type(DType dtype);

// The first item of `literal` as an expression of its value_type; round trips exactly. Needs base.h.
std::string spelled(const Literal& literal);

// A size as an expression over the names that `symbol` gives. Needs size.h for quotients.
std::string spelled(const Dim& dim, const std::function<std::string(const std::string&)>& symbol);

} // namespace tsc
