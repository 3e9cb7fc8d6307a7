// The scalar functions of elementwise ops as loops over typed arrays: row op x dtype -> function.
// The functions themselves are the prelude's (codegen/prelude/*.h), the same text that emitted
// programs are compiled from. ir includes these headers as the one exception to its include rule:
// they include nothing else, and an interpreter with functions of its own would be a second truth.
#pragma once

#include "ir/op.h"

namespace tsc {

// out[i] = op(args[0][i], ...) for i < count. f16 and bf16 are widened to f32 and the result
// rounded. `out` may be an operand's memory when items have the same size.
using ElementwiseLoop = void (*)(char* out, const char* const* args, size_t count);

// The loop for operands of `dtype` (of Select: the values chosen). Null where the row does not
// allow the dtype, or the prelude lacks the function.
ElementwiseLoop elementwise_loop(Op op, DType dtype);

// The loop that converts `from` to `to`. Null for complex dtypes.
ElementwiseLoop cast_loop(DType from, DType to);

} // namespace tsc
