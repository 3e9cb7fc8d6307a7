// Arrays of C++ values, as short to write as expressions: zeros<float>({64, 10}).
#pragma once

#include "runtime/array.h"

namespace [[gnu::visibility("default")]] tsc {

template <Element T>
Array zeros(Sizes shape) {
  return Array::zeros(dtype_of<T>::value, shape);
}
template <Element T>
Array full(Sizes shape, T value) {
  return Array::full<T>(shape, value);
}
template <Element T>
Array ones(Sizes shape) {
  return Array::full(dtype_of<T>::value, shape, 1);
}

// array<float>({{1, 2}, {3, 4}}): nested braces, which must not be ragged (DataMismatch).
template <Element T>
Array array(Nested<T> values) {
  return Array::of<T>(std::move(values));
}

} // namespace tsc
