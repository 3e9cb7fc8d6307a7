// tsc-cache diff
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

int run(const Common& common, const std::string& first, const std::string& second) {
  Store store = opened(common);
  const std::vector<Difference> found =
      differences(entry_with(store, first).key_text, entry_with(store, second).key_text);
  if (common.json) {
    Json all = Json::array();
    for (const Difference& d : found)
      all.push_back({{"field", d.field}, {"first", d.asked}, {"second", d.stored}});
    print_json({{"differences", all}});
  } else {
    constexpr size_t most = 1000;
    fmt::print("{}\n", found.empty() ? "the same entry" : text(found, "first", "second", most));
  }
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto keys = std::make_shared<std::pair<std::string, std::string>>();
  app.add_option("KEY1", keys->first, "The first digits of a key")->required()->type_name("");
  app.add_option("KEY2", keys->second, "The first digits of another")->required()->type_name("");
  return [keys] { return run(common(), keys->first, keys->second); };
}

} // namespace

const Verb diff_verb = {
    "diff", "Say what differs between the keys of two entries",
    "  tsc-cache diff 1f730c 860b53\n"
    "  tsc-cache diff 1f730c 860b53 --json",
    declare,
    "{\"differences\": [{\"field\", \"first\", \"second\"}]}: one of the two may be empty"};

} // namespace tsc::cache_cli
