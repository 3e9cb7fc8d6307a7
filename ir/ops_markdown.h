// docs/ops.md, from the op rows and the function table.
#pragma once

#include "ir/composites.h"
#include "ir/op.h"

#include <string>

namespace tsc {

// "x, axes=[], keepdims=false": a function's parameters with what optional ones fall back to.
std::string signature(const FunctionRow& function);
std::string signature(const OpRow& op); // of an elementwise op: "x, y"

std::string ops_markdown();

} // namespace tsc
