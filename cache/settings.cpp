#include "cache/settings.h"

#include "support/error.h"
#include "support/settings.h"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>

namespace tsc {

namespace {

const char* variable(const char* name) {
  const char* text = ::secure_getenv(name);
  return text ? text : "";
}

} // namespace

CacheMode cache_mode(std::string_view text) {
  if (text == "off") return CacheMode::Off;
  if (text == "on") return CacheMode::On;
  if (text == "read") return CacheMode::Read;
  if (text == "verify") return CacheMode::Verify;
  throw Error(Diag::BadCacheMode,
              fmt::format("TSC_CACHE='{}' is not off, on, read or verify", printable(text)));
}

std::filesystem::path cache_directory() {
  if (const std::string given = value(Setting::CacheDir); !given.empty()) return given;
  // The XDG specification wants relative paths ignored.
  if (const std::filesystem::path xdg = variable("XDG_CACHE_HOME"); xdg.is_absolute())
    return xdg / "tsc";
  if (const std::filesystem::path home = variable("HOME"); home.is_absolute())
    return home / ".cache" / "tsc";
  return {};
}

std::vector<std::filesystem::path> cache_layers() {
  std::vector<std::filesystem::path> layers;
  const std::string list = value(Setting::CacheLayers);
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) layers.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return layers;
}

CacheLimits cache_limits() {
  CacheLimits limits;
  const std::string size = value(Setting::CacheSize);
  const auto bytes = byte_count(size);
  if (!bytes)
    throw Error(Diag::BadSetting,
                fmt::format("TSC_CACHE_SIZE='{}' is no size such as 500M or 2G", printable(size)));
  limits.bytes = *bytes;
  limits.entries = static_cast<uint64_t>(number(Setting::CacheFiles, 0, 100'000'000));
  return limits;
}

std::optional<uint64_t> byte_count(std::string_view text) {
  constexpr std::string_view units = "KMGT";
  const size_t unit = text.empty() ? std::string_view::npos : units.find(text.back());
  const int shift = unit == std::string_view::npos ? 0 : 10 * (static_cast<int>(unit) + 1);
  if (shift) text.remove_suffix(1);
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count > UINT64_MAX >> shift)
    return std::nullopt;
  return count << shift;
}

} // namespace tsc
