// The type of a value: an element type and a size for each axis.
#pragma once

#include "ir/dim.h"
#include "support/checked.h"
#include "support/dtype.h"

namespace [[gnu::visibility("default")]] tsc {

struct Type {
  DType dtype = DType::F32;
  Shape shape;

  size_t rank() const { return shape.size(); }
  bool operator==(const Type&) const = default;
};

// "f32[n, 64]"; a scalar is just "f32".
inline std::string text(const Type& type) {
  return name(type.dtype) + (type.shape.empty() ? std::string() : text(type.shape));
}

} // namespace tsc
