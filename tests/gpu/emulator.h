// Runs emitted CUDA source on the CPU, to execute every kernel form without a device. The threads
// of a block are fibers: one runs until it waits at a barrier or for a neighbour's value, then the
// next one does. Blocks run one after the other.
//
// Throws std::runtime_error that names the kernel where threads of a block wait for each other in
// different places, and where one touches memory outside of what `Memory` gave it.
#pragma once

#include "runtime/loader.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tsc::emulator {

struct Size {
  unsigned x = 1, y = 1, z = 1;
};

// In which order the fibers of a block are resumed: what a kernel computes must not depend on it.
enum class Order { Forward, Backward };

// Memory whose end (or beginning) lies at a page that nobody may touch. Filled with 0xa5.
class Memory {
public:
  enum class Tight { AtEnd, AtBeginning };
  Memory(size_t bytes, Tight tight);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  void* data() const { return data_; }

private:
  void* pages_;
  size_t length_;
  void* data_;
};

class Module {
public:
  explicit Module(const std::string& cuda_source); // what emit(plan, cuda).full() says

  // `arguments` point to the kernel's arguments, as cuLaunchKernel takes them.
  void launch(const std::string& kernel, Size grid, Size block, void** arguments,
              Order order = Order::Forward) const;

private:
  std::unique_ptr<LoadedCode> code_;
};

} // namespace tsc::emulator
