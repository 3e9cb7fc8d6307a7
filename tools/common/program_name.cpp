#include "tools/common/program_name.h"

#include <filesystem>
#include <regex>
#include <system_error>

namespace tsc::cli {

std::string tool_name() { return TSC_TOOL_NAME; }
std::string cache_name() { return TSC_TOOL_NAME "-cache"; }

std::string with_tool_names(std::string_view text) {
  if (tool_name() == "tsc") return std::string(text);
  // A whole word that stands before a verb or an option.
  static const std::regex command(R"((^|[\s'(|])tsc((?:\\?-cache)? +[^\d\s]))");
  return std::regex_replace(std::string(text), command, "$1" + tool_name() + "$2");
}

std::string beside_us(const std::string& program) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / program).string();
}

} // namespace tsc::cli
