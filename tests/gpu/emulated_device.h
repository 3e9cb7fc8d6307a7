// A device whose kernels the emulator runs (tests/gpu/emulator.h): its code is CUDA source.
#pragma once

#include "runtime/accelerator.h"
#include "tests/gpu/emulator.h"

#include <atomic>
#include <memory>

namespace tsc::emulator {

class EmulatedDevice : public Accelerator, public std::enable_shared_from_this<EmulatedDevice> {
public:
  explicit EmulatedDevice(DeviceLimits limits, Order order = Order::Forward)
      : limits_(limits), order_(order) {}

  DeviceLimits limits() const override { return limits_; }
  std::unique_ptr<DeviceCode> load(const std::string& code) override;
  std::unique_ptr<DeviceQueue> queue() override;
  Order order() const { return order_; }

  std::atomic<int> pieces = 0; // of memory that nobody has released

private:
  const DeviceLimits limits_;
  const Order order_;
};

} // namespace tsc::emulator
