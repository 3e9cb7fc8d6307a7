#include "tools/tsc/io.h"

namespace tsc::cli {

NamedText split_name(const std::string& argument, const std::vector<std::string>& names) {
  size_t length = argument.find('=');
  for (const std::string& name : names) // names may contain '='
    if (argument.starts_with(name) && argument.substr(name.size()).starts_with('='))
      length = name.size();
  if (length == std::string::npos) return {argument, ""};
  return {argument.substr(0, length), argument.substr(length + 1)};
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

} // namespace tsc::cli
