// tsc-cache list
#include "support/error.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace tsc::cache_cli {

namespace {

int run(const Common& common, const std::string& sort) {
  cli::check_choice("--sort has no value", sort, choices("BY"));
  Store store = opened(common);
  std::vector<EntryInfo> entries = store.list();
  check(store);
  if (sort == "size")
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return std::tie(b.bytes, a.key) < std::tie(a.bytes, b.key);
    });
  Json all = Json::array();
  for (const EntryInfo& e : entries) {
    const std::string_view cpu = key_field(e.key_text, "cpu");
    const std::string graph = graph_summary(e.key_text);
    if (common.json)
      all.push_back({{"key", e.key},
                     {"bytes", e.bytes},
                     {"last_used", e.last_used},
                     {"cpu", cpu},
                     {"graph", graph},
                     {"metadata", json_or_null(e.metadata)}});
    else
      fmt::print("{:.12}  {:>10}  {}  {:10}  {}\n", e.key, size_text(e.bytes),
                 time_text(e.last_used), printable(cpu, 20), printable(graph, 60));
  }
  if (common.json) print_json({{"entries", all}});
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto sort = std::make_shared<std::string>("used");
  app.add_option("--sort", *sort, "used (the last first) or size (the largest first)")
      ->type_name("BY")
      ->capture_default_str();
  return [sort] { return run(common(), *sort); };
}

} // namespace

const Verb list_verb = {"list", "List the entries: key, size, last use, CPU, first ops",
                        "  tsc-cache list\n"
                        "  tsc-cache list --sort size\n"
                        "  tsc-cache list --json",
                        declare,
                        "{\"entries\": [{\"key\": 64 digits, \"bytes\", \"last_used\": seconds "
                        "since 1970, \"cpu\", \"graph\": its first ops,\n"
                        "  \"metadata\": what the compiler stored, null where that is no JSON}]}"};

} // namespace tsc::cache_cli
