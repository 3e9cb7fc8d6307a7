// How types, numbers and sizes are spelled in emitted text.
#pragma once

#include "ir/dim.h"
#include "ir/literal.h"

#include <functional>
#include <string>
#include <vector>

namespace tsc {

// The C type of a value in a register ("float" for f16 too) and of an item in memory.
const char* value_type(DType dtype);
const char* memory_type(DType dtype);

// The first item of `literal` as an expression of its value_type; round trips exactly. Needs
// base.h.
std::string spelled(const Literal& literal);

// Every item of a dense literal as an initialiser of its memory_type, without calls: floats by
// value where finite, halves by their bits.
std::vector<std::string> memory_items(const Literal& literal);

// A size as an expression over the names that `symbol` gives. Needs size.h for quotients.
std::string spelled(const Dim& dim, const std::function<std::string(const std::string&)>& symbol);

} // namespace tsc
