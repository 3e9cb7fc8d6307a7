// tsc-cache clear and prune: what removes entries.
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include "support/error.h"

#include <charconv>
#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

int report(const Common& common, const Store& store, const Removed& removed, bool dry_run) {
  check(store);
  if (common.json)
    print_json({{"removed", removed.entries}, {"bytes", removed.bytes}, {"dry_run", dry_run}});
  else
    fmt::print(stderr, "{} {}, {}\n", dry_run ? "would remove" : "removed",
               count_text(removed.entries, "entry", "entries"), size_text(removed.bytes));
  return Done;
}

std::function<int()> declare_clear(CLI::App&) {
  return [] {
    Store store = opened(common(), true);
    const Removed removed = store.clear();
    return report(common(), store, removed, false);
  };
}

struct PruneOptions {
  std::string size, age;
  int64_t files = -1;
  bool dry_run = false;
};

// "30d", "12h", "5m" or "90s" in seconds.
int64_t seconds(const std::string& text) {
  constexpr std::array<std::pair<char, int64_t>, 4> units = {
      {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
  int64_t n = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  constexpr int64_t most = 1'000'000'000;
  if (error == std::errc() && stop + 1 == end && n >= 0 && n <= most)
    for (const auto& [letter, factor] : units)
      if (*stop == letter) return n * factor;
  throw UsageError(fmt::format("'{}' is no time such as 30d, 12h, 5m or 90s", printable(text)));
}

int prune(const Common& common, const PruneOptions& options) {
  const CacheLimits settings = cache_limits();
  PruneLimits limits = {.bytes = settings.bytes,
                        .entries = options.files < 0 ? settings.entries
                                                     : static_cast<uint64_t>(options.files),
                        .dry_run = options.dry_run};
  if (!options.size.empty()) {
    const auto bytes = byte_count(options.size);
    if (!bytes)
      throw UsageError(fmt::format("'{}' is no size such as 500M or 2G", printable(options.size)));
    limits.bytes = *bytes;
  }
  if (!options.age.empty()) limits.older_than = seconds(options.age);
  Store store = opened(common, !options.dry_run);
  const Removed removed = store.prune(limits);
  return report(common, store, removed, options.dry_run);
}

std::function<int()> declare_prune(CLI::App& app) {
  const auto options = std::make_shared<PruneOptions>();
  app.add_option("--max-size", options->size, "Keep at most so many bytes (default: the setting's)")
      ->type_name("SIZE");
  app.add_option("--max-files", options->files, "Keep at most so many (default: the setting's)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--older-than", options->age, "Also remove what was not used for so long")
      ->type_name("TIME");
  app.add_flag("--dry-run", options->dry_run, "Remove nothing, only say what would go");
  return [options] { return prune(common(), *options); };
}

} // namespace

const Verb clear_verb = {"clear", "Remove all entries; counters stay",
                         "  tsc-cache clear\n"
                         "  tsc-cache --dir /tmp/c clear",
                         declare_clear, "{\"removed\", \"bytes\", \"dry_run\": false}"};

const Verb prune_verb = {"prune", "Remove what was not used for long, or is too much",
                         "  tsc-cache prune --max-size 500M\n"
                         "  tsc-cache prune --older-than 30d --dry-run",
                         declare_prune, "{\"removed\", \"bytes\", \"dry_run\": true or false}"};

} // namespace tsc::cache_cli
