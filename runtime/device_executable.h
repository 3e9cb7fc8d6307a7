// A program whose kernels run on a device. Inputs go there from the host, results come back. Each
// call in flight has a queue of its own.
#pragma once

#include "runtime/device_program.h"
#include "runtime/executable.h"

#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tsc {

class DeviceExecutable final : public Executable {
public:
  // `code` is what `device` loads; the constants are those that the program is handed. Both go to
  // the device here, once. Throws OutOfMemory, DeviceFailed; InternalError where program, manifest
  // and code do not fit each other.
  DeviceExecutable(Manifest manifest, DeviceProgram program, const std::string& code,
                   std::vector<Array> constants, std::shared_ptr<Accelerator> device);
  ~DeviceExecutable() override;

  std::vector<Array> run(std::span<const Array> inputs) const override;
  void run_into(std::span<const Array> inputs, std::span<Array> outputs) const override;

private:
  struct Sizes;
  class Lease;
  class Memory;
  class Call;

  Sizes bind(std::span<const Array> inputs) const;
  void check(const Sizes& sizes, std::span<const int64_t> in_dims,
             std::span<const Array> inputs) const;
  void call(const Sizes& sizes, std::span<const Array> inputs, std::span<Array> outputs) const;
  void upload_constants(const std::vector<Array>& handed);

  const DeviceProgram program_;
  const std::shared_ptr<Accelerator> device_;
  const DeviceLimits limits_;
  const std::unique_ptr<DeviceCode> code_;
  std::vector<DeviceKernel> kernels_; // of each launch
  DeviceAddress constant_memory_ = 0;
  std::vector<DeviceAddress> constants_;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<DeviceQueue>> idle_; // guarded by mutex_: no call uses them
};

} // namespace tsc
