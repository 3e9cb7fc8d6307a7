#include "tools/tsc/graph_limits.h"

#include "ir/limit_rows.h"
#include "tools/tsc/sizes_option.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <fmt/ranges.h>

namespace tsc::cli {

namespace {

tsc::Limits& graph_limits() {
  static tsc::Limits limits;
  return limits;
}

std::vector<std::string> limit_names() {
  std::vector<std::string> names;
  for (const LimitRow& row : all_limits)
    names.emplace_back(row.name);
  return names;
}

void set_limit(const std::string& name, uint64_t number) {
  check_choice("--limit: there is no limit", name, limit_names());
  const LimitRow& row =
      *std::find_if(all_limits.begin(), all_limits.end(), [&](auto& r) { return r.name == name; });
  if (number > row.most)
    throw UsageError(fmt::format("--limit: {} can be {} at most", row.name, row.most));
  graph_limits().*row.member = number;
}

} // namespace

void add_graph_limits(CLI::App& app) {
  app.add_option_function<std::vector<std::string>>(
         "--limit",
         [](const std::vector<std::string>& limits) {
           for (const std::string& limit : limits)
             for (const auto& [name, number] : numbers_by_name(limit, "--limit"))
               set_limit(name, static_cast<uint64_t>(number));
         },
         fmt::format("What a graph may be at most; may be given for each of {}",
                     fmt::join(limit_names(), ", ")))
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
}

GraphFile load_within_limits(const std::filesystem::path& path) {
  return load_graph(path, graph_limits());
}

} // namespace tsc::cli
