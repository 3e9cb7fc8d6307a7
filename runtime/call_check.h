// What a call's arrays must be, whatever runs the program.
#pragma once

#include "runtime/array.h"
#include "runtime/manifest.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tsc {

inline bool has_type(const Array& array, const Port& port) {
  return array.dtype() == port.dtype && static_cast<int>(array.rank()) == port.rank;
}

size_t axes_of(const std::vector<Port>& ports);

// Memory of one output.
struct OutputMemory {
  const std::byte* begin;
  const std::byte* end;
  size_t output;
};

// The caller's outputs must be of the sizes in `dims` (axis after axis), dense, writable and apart:
// else ArgumentCount, ArgumentType, ArgumentShape or DataMismatch. `memory` becomes where those
// with elements lie, in ascending order.
void check_outputs(const Manifest& manifest, std::span<const Array> outputs, const int64_t* dims,
                   std::vector<OutputMemory>& memory);

} // namespace tsc
