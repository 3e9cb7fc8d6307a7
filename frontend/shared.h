// Shared variables: values that live between calls. Each function that uses one reads it
// implicitly; functions change it by `updates` (frontend/function.h), the program by set().
#pragma once

#include "frontend/tensor.h"
#include "runtime/array.h"

#include <mutex>
#include <string>

namespace [[gnu::visibility("default")]] tsc {

namespace frontend {

struct SharedValue {
  std::string name;
  Type type;
  // Held by a call for as long as it computes the next value: such calls run one after the other.
  std::mutex update;
  mutable std::mutex access; // guards `value`, for moments
  Array value;               // its elements are never written, only replaced
};

} // namespace frontend

// A handle; copies name the same variable. dtype and shape are those of the first value for ever.
// All functions may be called by several threads.
class Shared : public Tensor {
public:
  Array get() const; // a copy of the value
  // Replaces the value by a copy of `value`; DataMismatch when dtype or shape differ. Waits for a
  // running call that updates this variable.
  void set(const Array& value) const;

private:
  friend Shared shared(std::string, const Array&, std::source_location);
  using Tensor::Tensor;
};

// A variable with a copy of `value`. Names as for inputs (BadName); "" makes one up.
Shared shared(std::string name, const Array& value,
              std::source_location where = std::source_location::current());
template <class T>
  requires std::is_arithmetic_v<T>
Shared shared(std::string name, T value,
              std::source_location where = std::source_location::current()) {
  return shared(std::move(name), Array::scalar(value), where);
}

} // namespace tsc
