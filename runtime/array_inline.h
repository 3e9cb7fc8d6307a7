// Templates of runtime/array.h.
#pragma once

#include "runtime/array.h"

#include <algorithm>

namespace [[gnu::visibility("default")]] tsc {

namespace detail {

[[noreturn]] void ragged_lists();

// Sizes of nested lists, from the first list of each level.
template <class T>
std::vector<int64_t> nested_shape(const Nested<T>& values) {
  std::vector<int64_t> shape;
  const Nested<T>* level = &values;
  while (level->is_list()) {
    shape.push_back(static_cast<int64_t>(level->list().size()));
    if (level->list().size() == 0) break;
    level = level->list().begin();
  }
  return shape;
}

// Writes the elements in row-major order; `shape` is what is left of the sizes.
template <class T>
void flatten(const Nested<T>& values, std::span<const int64_t> shape, T*& next) {
  if (values.is_list() != !shape.empty()) ragged_lists();
  if (!values.is_list()) {
    *next++ = values.value();
    return;
  }
  if (static_cast<int64_t>(values.list().size()) != shape[0]) ragged_lists();
  for (const Nested<T>& item : values.list())
    flatten(item, shape.subspan(1), next);
}

} // namespace detail

template <Element T>
Array Array::full(Sizes shape, T value) {
  Array array = empty(dtype_of<T>::value, shape);
  std::ranges::fill(array.span<T>(), value);
  return array;
}

template <Element T>
Array Array::scalar(T value) {
  return full<T>(Sizes{}, value);
}

template <Element T>
Array Array::from(const std::vector<T>& values) {
  Array array = empty(dtype_of<T>::value, {static_cast<int64_t>(values.size())});
  std::ranges::copy(values, array.span<T>().begin()); // vector<bool> has no data()
  return array;
}

template <Element T>
Array Array::from(std::span<const T> values, Sizes shape) {
  Array array = empty(dtype_of<T>::value, shape);
  array.check_count(values.size());
  std::ranges::copy(values, array.span<T>().begin());
  return array;
}

template <Element T>
Array Array::of(Nested<T> values) {
  Array array = empty(dtype_of<T>::value, detail::nested_shape(values));
  T* next = array.span<T>().data();
  detail::flatten<T>(values, array.shape(), next);
  return array;
}

template <Element T>
Array Array::view(T* data, Sizes shape) {
  return foreign(dtype_of<T>::value, shape, nullptr, data, true);
}
template <Element T>
Array Array::view(const T* data, Sizes shape) {
  return foreign(dtype_of<T>::value, shape, nullptr, data, false);
}
template <Element T>
Array Array::view(T* data, Sizes shape, Sizes strides) {
  return foreign(dtype_of<T>::value, shape, &strides, data, true);
}
template <Element T>
Array Array::view(const T* data, Sizes shape, Sizes strides) {
  return foreign(dtype_of<T>::value, shape, &strides, data, false);
}

template <MdspanLike M>
Array Array::view(const M& m) {
  std::vector<int64_t> shape, strides;
  for (size_t axis = 0; axis < m.rank(); ++axis) {
    shape.push_back(static_cast<int64_t>(m.extent(axis)));
    strides.push_back(static_cast<int64_t>(m.stride(axis)));
  }
  return view(std::to_address(m.data_handle()), shape, strides);
}

template <Element T>
std::span<const T> Array::span() const {
  check_span(dtype_of<T>::value);
  return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size_)};
}

template <Element T>
std::span<T> Array::span() {
  check_span(dtype_of<T>::value);
  return {static_cast<T*>(mutable_data()), static_cast<size_t>(size_)};
}

template <Element T>
T Array::scalar() const {
  check_dtype(dtype_of<T>::value);
  check_count(1);
  return *reinterpret_cast<const T*>(data_);
}

template <Element T>
T Array::at(Sizes index) const {
  check_dtype(dtype_of<T>::value);
  return *reinterpret_cast<const T*>(element(index));
}

template <Element T>
std::vector<T> Array::to_vector() const {
  check_dtype(dtype_of<T>::value);
  const Array dense = to_contiguous();
  const std::span<const T> elements = dense.span<T>();
  return {elements.begin(), elements.end()};
}

} // namespace tsc
