#include "tools/tsc-cache/text.h"

#include <array>
#include <ctime>
#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

constexpr int schema = 1; // raised when a member changes its meaning or goes away

} // namespace

std::string size_text(uint64_t bytes) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit)
    amount /= 1024;
  return fmt::format("{:.1f} {}", amount, units[unit]);
}

std::string time_text(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  std::array<char, 32> text{};
  if (!::localtime_r(&time, &local)) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local)};
}

std::string duration_text(uint64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  const uint64_t minutes = ms / 60'000;
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string count_text(uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

void print_json(Json object) {
  object["schema"] = schema;
  fmt::print("{}\n", object.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json json_or_null(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json() : json;
}

} // namespace tsc::cache_cli
