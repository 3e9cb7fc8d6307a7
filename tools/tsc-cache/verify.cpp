// tsc-cache verify
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

int run(const Common& common, bool remove) {
  Store store = opened(common, remove);
  const Checked checked = store.check(remove);
  if (!remove || checked.bad.empty()) check(store);
  if (common.json) {
    print_json({{"entries", checked.entries},
                {"bytes", checked.bytes},
                {"bad", checked.bad},
                {"deleted", remove}});
  } else {
    for (const std::string& name : checked.bad)
      fmt::print("bad  {}\n", name);
    fmt::print("{} whole ({}), {} bad{}\n", count_text(checked.entries, "entry", "entries"),
               size_text(checked.bytes), checked.bad.size(),
               remove && !checked.bad.empty() ? ", removed" : "");
    fmt::print("A checksum tells damage, not attackers: whoever can write the cache can run code "
               "as you.\n");
  }
  return checked.bad.empty() || remove ? Done : CheckFailed;
}

std::function<int()> declare(CLI::App& app) {
  const auto remove = std::make_shared<bool>(false);
  app.add_flag("--delete", *remove, "Remove the entries that are damaged");
  return [remove] { return run(common(), *remove); };
}

} // namespace

const Verb verify_verb = {"verify", "Read every entry and check it; exit code 5 if one is damaged",
                          "  tsc-cache verify\n"
                          "  tsc-cache verify --delete",
                          declare,
                          "{\"entries\", \"bytes\": of those that are whole, \"bad\": [names of "
                          "files], \"deleted\": true or false}"};

} // namespace tsc::cache_cli
