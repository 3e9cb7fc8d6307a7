// The ops and their kinds. Kinds are few and closed: passes switch over them. Ops are many and
// open: what differs between them stands in their rows (ir/op.h), and nothing switches over them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tsc {

enum class Kind : uint8_t {
  Input,       // an argument or a state
  Constant,    // a literal
  Index,       // made of positions and sizes: iota, size
  Elementwise, // each item from the items at the same place; operands have the result's shape
  Reduce,      // axes disappear
  Rowwise,     // same shape, computed along axes; defined by, and expanded to, an Expr
  View,        // each item is one item of the operand, or a fixed fill
  Join,        // operands side by side along an axis
  Contract,    // sums of products over shared axes
  Gather,      // items at places that another operand gives
  Scatter,     // writes at places that another operand gives
};

enum class Op : uint16_t {
#define UNARY(op, ...) op,
#define BINARY(op, ...) op,
#define TERNARY(op, ...) op,
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#define REDUCE(op, ...) op,
#define ROWWISE(op, ...) op,
#include "ir/ops/reduce.def"
#undef REDUCE
#undef ROWWISE
#define STRUCTURAL(op, ...) op,
#include "ir/ops/structural.def"
#undef STRUCTURAL
};

} // namespace tsc
