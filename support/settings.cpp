#include "support/settings.h"

#include "support/error.h"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>

namespace tsc {

const std::vector<SettingRow>& all_settings() {
  static const std::vector<SettingRow> rows = {
#define SETTING(id, variable, fallback, help) {Setting::id, variable, fallback, help},
#include "support/settings.def"
#undef SETTING
  };
  return rows;
}

const SettingRow& row(Setting setting) { return all_settings()[static_cast<size_t>(setting)]; }

std::string value(Setting setting) {
  const char* given = ::secure_getenv(row(setting).variable);
  return given ? given : row(setting).fallback;
}

long number(Setting setting, long low, long high) {
  const std::string text = value(setting);
  long n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < low || n > high)
    throw Error(Diag::BadSetting, fmt::format("{}='{}' is not a whole number from {} to {}",
                                              row(setting).variable, printable(text), low, high));
  return n;
}

} // namespace tsc
