// A libcuda.so for tests: the functions that we use (runtime/cuda_driver.def), over the host's
// memory. What a stream was told happens when it must have: copies and frees when the stream is
// waited for or a kernel starts. Counts what is alive, and refuses what a driver would.
#pragma once

#include "runtime/accelerator.h"

#include <functional>
#include <string>
#include <vector>

namespace tsc {

struct FakeCuda {
  // What a test asks for.
  int devices = 1;
  bool pools = true; // has the device any?
  std::string fails; // this function does, once ...
  int result = 0;    // ... with this result ...
  int after = 0;     // ... after so many calls that did not
  std::function<void(const std::string& kernel, GridSize grid, GridSize block, void** arguments)>
      on_launch;

  // What came of it.
  std::vector<std::string> calls; // but those that push, pop or look up
  int contexts = 0, modules = 0, streams = 0, memory_pools = 0, memory = 0;
  std::string misuse; // the first that a driver would not forgive

  int alive() const { return contexts + modules + streams + memory_pools + memory; }
};

extern "C" FakeCuda* fake_cuda();

} // namespace tsc
