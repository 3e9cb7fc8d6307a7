// tsc-cache stats, and what the command shows without a verb.
#include "support/error.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

Json json_of(const Store& store, const Stats& s) {
  Json reasons = Json::object();
  for (const MissRow& miss : all_misses())
    reasons[miss.name] = s.misses_by[static_cast<size_t>(miss.reason)];
  return {{"hits", s.hits},
          {"misses", s.misses},
          {"entries", s.entries},
          {"bytes", s.bytes},
          {"misses_by", reasons},
          {"builds", s.builds},
          {"build_ms", s.build_ms},
          {"saved_ms", s.saved_ms()},
          {"prunes", s.prunes},
          {"directory", store.directory().string()},
          {"max_entries", store.limits().entries},
          {"max_bytes", store.limits().bytes}};
}

void print_short(const Store& store, const Stats& s) {
  const uint64_t lookups = s.hits + s.misses;
  const double percent =
      lookups ? 100.0 * static_cast<double>(s.hits) / static_cast<double>(lookups) : 0;
  fmt::print("directory  {}\n", printable(store.directory().string(), 4096));
  fmt::print("entries    {} of {}\n", s.entries, store.limits().entries);
  fmt::print("size       {}{} of {}\n", s.estimated ? "about " : "", size_text(s.bytes),
             size_text(store.limits().bytes));
  fmt::print("hits       {} ({:.1f} %)\n", s.hits, percent);
  std::string reasons;
  for (const MissRow& miss : all_misses())
    if (const uint64_t n = s.misses_by[static_cast<size_t>(miss.reason)])
      reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", miss.name, n);
  fmt::print("misses     {}{}\n", s.misses, reasons);
  fmt::print("saved      about {} of compiling\n", duration_text(s.saved_ms()));
}

void print_long(const Store& store, const Stats& s) {
  print_short(store, s);
  fmt::print("builds     {} in {}\n", s.builds, duration_text(s.build_ms));
  fmt::print("evictions  looked for {}\n", count_text(s.prunes, "time", "times"));
  fmt::print("\nWhy lookups missed:\n");
  for (const MissRow& miss : all_misses())
    fmt::print("{:>9}  {:10} {}\n", s.misses_by[static_cast<size_t>(miss.reason)], miss.name,
               miss.meaning);
}

int show(const Common& common, uint64_t rough_above, void (*print)(const Store&, const Stats&)) {
  Store store = opened(common);
  const Stats stats = store.stats(rough_above);
  check(store);
  if (common.json)
    print_json(json_of(store, stats));
  else
    print(store, stats);
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto zero = std::make_shared<bool>(false);
  app.add_flag("--zero", *zero, "Let the counters start again, once they are shown");
  return [zero] {
    const int code = show(common(), UINT64_MAX, print_long);
    if (*zero) {
      Store store = opened(common(), true);
      store.reset_counters();
      check(store);
    }
    return code;
  };
}

} // namespace

int overview(const Common& common) {
  constexpr uint64_t many = 5000;
  return show(common, common.json ? UINT64_MAX : many, print_short);
}

const Verb stats_verb = {"stats", "Show hits, misses by reason, and the time saved",
                         "  tsc-cache stats\n"
                         "  tsc-cache stats --json\n"
                         "  tsc-cache stats --zero",
                         declare,
                         "{\"hits\", \"misses\", \"entries\", \"bytes\", \"misses_by\": {a number "
                         "for each reason}, \"builds\", \"build_ms\": programs\n"
                         "  stored and how long compiling took, \"saved_ms\": hits times the mean "
                         "of the builds, \"prunes\",\n"
                         "  \"directory\", \"max_entries\", \"max_bytes\"}"};

} // namespace tsc::cache_cli
