// What --json prints: one line, an object that begins with the version of its schema.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tsc::cli {

using Json = nlohmann::ordered_json;

// {"schema":1, NAME:..., ...} and a newline; text that is not UTF-8 is replaced.
inline std::string json_line(Json members) {
  Json json = {{"schema", 1}};
  json.update(members);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace tsc::cli
