#include "tests/gpu/emulated_device.h"

#include <cstring>
#include <map>

namespace tsc::emulator {

namespace {

struct Kernel {
  const Module* module;
  std::string name;
};

class Code : public DeviceCode {
public:
  explicit Code(const std::string& source) : module_(source) {}
  DeviceKernel kernel(const std::string& name) const override {
    return &kernels_.try_emplace(name, Kernel{&module_, name}).first->second;
  }

private:
  const Module module_;
  mutable std::map<std::string, Kernel> kernels_;
};

class Queue : public DeviceQueue {
public:
  explicit Queue(std::shared_ptr<EmulatedDevice> device) : device_(std::move(device)) {}

  DeviceAddress allocate(size_t bytes) override {
    auto memory = std::make_unique<Memory>(bytes, Memory::Tight::AtEnd);
    const auto address = reinterpret_cast<DeviceAddress>(memory->data());
    memory_[address] = std::move(memory);
    ++device_->pieces;
    return address;
  }
  void release(DeviceAddress memory) noexcept override {
    memory_.erase(memory);
    --device_->pieces;
  }
  void upload(DeviceAddress to, const void* from, size_t bytes) override {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  }
  void download(void* to, DeviceAddress from, size_t bytes) override {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
  }
  void zero(DeviceAddress memory, size_t bytes) override {
    std::memset(reinterpret_cast<void*>(memory), 0, bytes);
  }
  void launch(DeviceKernel kernel, GridSize grid, GridSize block, void** arguments) override {
    const auto* k = static_cast<const Kernel*>(kernel);
    k->module->launch(k->name, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, arguments,
                      device_->order());
  }
  void synchronise() override {}

private:
  const std::shared_ptr<EmulatedDevice> device_;
  std::map<DeviceAddress, std::unique_ptr<Memory>> memory_;
};

} // namespace

std::unique_ptr<DeviceCode> EmulatedDevice::load(const std::string& code) {
  return std::make_unique<Code>(code);
}

std::unique_ptr<DeviceQueue> EmulatedDevice::queue() {
  return std::make_unique<Queue>(shared_from_this());
}

} // namespace tsc::emulator
