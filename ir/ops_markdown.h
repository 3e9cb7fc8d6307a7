// docs/ops.md, from the op rows and the function table.
#pragma once

#include "ir/composites.h"
#include "ir/op.h"

#include <string>

namespace tsc {

// "floats, integers" or the names one by one.
std::string dtypes_text(DTypes types);

// "x, axes=[], keepdims=false": a function's parameters with what optional ones fall back to.
std::string signature(const FunctionRow& function);
std::string signature(const OpRow& op); // of an elementwise op: "x, y"

std::string ops_markdown();

} // namespace tsc
