// A device that runs kernels over memory of its own, apart from the host's: what an executable for
// devices needs of one. The CUDA driver is one; tests have others, over the host's memory.
//
// What fails throws tsc::Error: OutOfMemory, or DeviceFailed in the words of the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tsc {

struct GridSize {
  unsigned x = 1, y = 1, z = 1;
  bool operator==(const GridSize&) const = default;
};

struct DeviceLimits {
  unsigned blocks = 4096;                  // enough to keep it busy
  unsigned grid_y = 65535, grid_z = 65535; // the largest grid
};

using DeviceAddress = uint64_t;   // in the device's memory; 0: nowhere
using DeviceKernel = const void*; // the device knows what it is

// Kernels in a device's memory, released with the object. Thread-safe. Keeps its device alive.
class DeviceCode {
public:
  virtual ~DeviceCode() = default;
  virtual DeviceKernel kernel(const std::string& name) const = 0; // InternalError when absent
};

// What a device is told it does in this order, while the host goes on. For one thread at a time.
// The destructor waits for all that the device was told.
class DeviceQueue {
public:
  virtual ~DeviceQueue() = default;

  // `bytes` > 0; aligned to 256 bytes. What is freed may be in use by what was told before.
  virtual DeviceAddress allocate(size_t bytes) = 0;
  virtual void release(DeviceAddress memory) noexcept = 0;

  // The host's memory is in use until the queue was waited for. `bytes` > 0.
  virtual void upload(DeviceAddress to, const void* from, size_t bytes) = 0;
  virtual void download(void* to, DeviceAddress from, size_t bytes) = 0;
  virtual void zero(DeviceAddress memory, size_t bytes) = 0;

  // `arguments` points to the values, of 8 bytes each, which are read before it returns.
  virtual void launch(DeviceKernel kernel, GridSize grid, GridSize block, void** arguments) = 0;

  // Waits; what went wrong on the device meanwhile is thrown here.
  virtual void synchronise() = 0;
};

// Thread-safe.
class Accelerator {
public:
  virtual ~Accelerator() = default;
  virtual DeviceLimits limits() const = 0;
  virtual std::unique_ptr<DeviceCode> load(const std::string& code) = 0;
  virtual std::unique_ptr<DeviceQueue> queue() = 0;
};

} // namespace tsc
