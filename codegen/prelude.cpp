#include "codegen/prelude.h"

#include "support/error.h"

#include <algorithm>

namespace tsc {

namespace {

const PreludeHeader& find(std::string_view name) {
  for (const PreludeHeader& header : prelude_headers())
    if (header.name == name) return header;
  throw InternalError("no prelude header named " + std::string(name));
}

// Appends `name`'s text after that of the headers it includes. Recursion is bounded by the
// prelude's own nesting (four levels).
void append(std::string_view name, std::vector<std::string_view>& done, std::string& out) {
  if (std::find(done.begin(), done.end(), name) != done.end()) return;
  done.push_back(name);
  std::string_view text = find(name).text;
  std::string body;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    constexpr std::string_view include = "#include \"";
    if (line.substr(0, include.size()) == include)
      append(line.substr(include.size(), line.rfind('"') - include.size()), done, out);
    else
      body.append(line).push_back('\n');
  }
  out += body;
}

} // namespace

std::string prelude_text(const std::vector<std::string_view>& names) {
  std::vector<std::string_view> done;
  std::string out;
  for (std::string_view name : names)
    append(name, done, out);
  return out;
}

} // namespace tsc
