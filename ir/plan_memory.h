// The memory of a plan while it is interpreted: regions as the plan places them, with a shadow that
// says for each byte which buffer wrote it. What the plan gets wrong about memory is then an error,
// and not a value that happens to be right.
#pragma once

#include "ir/plan.h"
#include "ir/sizes.h"
#include "ir/tensor_value.h"

#include <span>
#include <string>
#include <vector>

namespace tsc {

// What is wrong, before it is known where: callers name the step and throw InternalError.
struct PlanFault {
  std::string what;
};

// An argument, a result, a constant, or a slot of the workspace.
struct Region {
  std::string bytes;
  std::vector<BufferId> writer; // of each byte; invalid: nobody

  explicit Region(std::string content) : bytes(std::move(content)), writer(bytes.size()) {}
};

// One buffer in its region. Throws PlanFault where an item lies outside, and where the last who
// wrote an item read is not this buffer.
class BufferMemory {
public:
  BufferMemory(BufferId id, const Buffer& buffer, int64_t items, Region& region);

  DType dtype() const { return dtype_; }
  int64_t items() const { return items_; }
  const char* read(int64_t item) const;
  void write(int64_t item, const char* value);

  // Takes what the region holds for this buffer's: a step that reads and writes a parameter works
  // in place over an operand that ends there.
  void inherit();
  void require_written() const; // every item
  bool overlaps(const BufferMemory& other) const { return region_ == other.region_; }

private:
  size_t place(int64_t item) const;
  bool written(size_t place) const;
  std::string text(int64_t item) const;

  BufferId id_;
  DType dtype_;
  int64_t items_;
  Region* region_;
};

class PlanMemory {
public:
  // `sizes` are bound and checked. Throws PlanFault where a buffer is larger than its place.
  PlanMemory(const Plan& plan, const SymbolValues& sizes, std::span<const TensorValue> inputs);

  BufferMemory& operator[](BufferId id) { return buffers_[id.index]; }
  // The results; every item must have been written.
  std::vector<TensorValue> outputs() const;

private:
  const Plan& plan_;
  const SymbolValues& sizes_;
  std::vector<Region> inputs_, outputs_, constants_, slots_;
  std::vector<BufferMemory> buffers_;
};

} // namespace tsc
