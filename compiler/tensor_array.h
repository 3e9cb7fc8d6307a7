// Between the interpreter's values and the runtime's arrays.
#pragma once

#include "ir/tensor_value.h"
#include "runtime/array.h"

namespace tsc {

TensorValue to_tensor_value(const Array& array);
Array to_array(const TensorValue& value);

} // namespace tsc
