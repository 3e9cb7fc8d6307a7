// Where a function runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] tsc {

class Device {
public:
  static Device cpu() { return Device(std::nullopt); }
  // An NVIDIA GPU, as CUDA counts them. Whether it is there turns out when something is compiled
  // for it: NoDevice.
  static Device cuda(int number = 0) { return Device(number); }
  // "cpu" or "cuda:1". Throws BadTarget.
  static Device parse(std::string_view text);

  std::optional<int> cuda_number() const { return cuda_; } // none: the CPU
  std::string text() const;                                // as parse() reads it
  bool operator==(const Device&) const = default;

private:
  explicit Device(std::optional<int> cuda) : cuda_(cuda) {}
  std::optional<int> cuda_;
};

} // namespace tsc
