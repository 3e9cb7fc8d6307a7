// NVIDIA's CUDA driver, whose library is opened when a device is first asked for: one binary serves
// machines with and without it, and a build needs no CUDA toolkit. no_cuda_driver.cpp says that the
// build has none of this. Thread-safe; leaves each thread's current context as it was.
#pragma once

#include "runtime/accelerator.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tsc {

struct CudaDeviceInfo {
  int number = 0;           // as cuda:0 counts
  std::string name;         // "NVIDIA H100 80GB HBM3"
  int major = 0, minor = 0; // compute capability
  int multiprocessors = 0;
  size_t bytes = 0; // of memory

  std::string architecture() const; // "sm_90", as NVRTC calls it
};

class CudaDevice : public Accelerator {
public:
  virtual const CudaDeviceInfo& info() const = 0;
};

class CudaDriver {
public:
  // Opens and initialises `library`. Throws NoDevice where it is missing, too old, or cannot start;
  // NoBackend in a build without CUDA.
  explicit CudaDriver(const std::string& library);
  ~CudaDriver();
  CudaDriver(const CudaDriver&) = delete;
  CudaDriver& operator=(const CudaDriver&) = delete;

  int version() const; // of CUDA, the newest that it supports: 13000 for 13.0
  std::vector<CudaDeviceInfo> devices() const;

  // Who asks while another holds it gets the same one. Code for it is a cubin. Throws NoDevice
  // where there is none of this number, DeviceFailed.
  std::shared_ptr<CudaDevice> device(int number) const;

private:
  struct Library;
  class Context;
  class Code;
  class Queue;
  class Opened;
  CudaDeviceInfo info(int number) const;

  std::shared_ptr<const Library> library_; // devices keep it, too
  mutable std::mutex mutex_;
  mutable std::map<int, std::weak_ptr<CudaDevice>> open_; // guarded by mutex_
};

// The process's own: what TSC_CUDA_DRIVER names, or the system's. Throws as the constructor does;
// the next call tries again.
const CudaDriver& cuda_driver();

} // namespace tsc
