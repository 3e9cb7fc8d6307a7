// Settings that users may give through the environment: one list, printed by `tsc --help-env`.
#pragma once

#include <string>
#include <vector>

namespace tsc {

enum class Setting {
#define SETTING(id, variable, fallback, help) id,
#include "support/settings.def"
#undef SETTING
};

struct SettingRow {
  Setting setting;
  const char* variable; // "TSC_CACHE"
  const char* fallback; // value when unset
  const char* help;
};

const std::vector<SettingRow>& all_settings();
const SettingRow& row(Setting setting);

// The value in force: the environment's or the fallback. Set-user-id programs get the fallback.
std::string value(Setting setting);

// A whole number in [low, high]; throws BadSetting otherwise.
long number(Setting setting, long low, long high);

} // namespace tsc
