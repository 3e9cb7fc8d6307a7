#include "runtime/device.h"

#include "support/error.h"

#include <charconv>
#include <fmt/format.h>

namespace tsc {

Device Device::parse(std::string_view text) {
  if (text == "cpu") return cpu();
  constexpr std::string_view prefix = "cuda:";
  int number = 0;
  if (text.starts_with(prefix)) {
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data() + prefix.size(), end, number);
    if (error == std::errc() && read == end && number >= 0) return cuda(number);
  }
  throw Error(Diag::BadTarget, fmt::format("no device is called '{}'", printable(text)))
      .hint("devices are cpu, cuda:0, cuda:1, ...");
}

std::string Device::text() const { return cuda_ ? fmt::format("cuda:{}", *cuda_) : "cpu"; }

} // namespace tsc
