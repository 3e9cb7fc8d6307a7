// Types of the CUDA driver's functions in runtime/cuda_driver.def.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tsc {

// CUmemPoolProps.
struct CudaPool {
  int allocation = 0;
  int handles = 0;
  int location = 0;
  int device = 0;
  void* security = nullptr;
  size_t most = 0;
  unsigned char reserved[56] = {};
};

} // namespace tsc
