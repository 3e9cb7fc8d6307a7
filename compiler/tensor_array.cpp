#include "compiler/tensor_array.h"

#include <cstring>

namespace tsc {

TensorValue to_tensor_value(const Array& array) {
  TensorValue value{array.dtype(), {array.shape().begin(), array.shape().end()}, {}};
  value.bytes.resize(array.bytes());
  array.copy_to(value.bytes.data());
  return value;
}

Array to_array(const TensorValue& value) {
  Array array = Array::empty(value.dtype, std::span<const int64_t>(value.shape));
  std::memcpy(array.mutable_data(), value.bytes.data(), value.bytes.size());
  return array;
}

} // namespace tsc
