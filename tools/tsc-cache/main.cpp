// tsc-cache: looks into the kernel cache and empties it. Links no compiler, so that it starts at
// once. Data goes to stdout, messages to stderr. Exit codes: 0 done, 2 wrong usage, 3 the directory
// or the output failed.
#include "cache/store.h"
#include "support/error.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace tsc;
using Json = nlohmann::ordered_json;

namespace {

enum Exit { Done = 0, Usage = 2, Io = 3 };

constexpr const char* examples = R"(Examples:
  tsc-cache                      directory, size and hit rate
  tsc-cache list                 entries, the last used first
  tsc-cache stats --json         {"hits":...,"misses":...,"entries":...,"bytes":...}
  tsc-cache clear                remove all entries
  tsc-cache --dir /tmp/c list    look into another directory

The directory is TSC_CACHE_DIR, else $XDG_CACHE_HOME/tsc, else ~/.cache/tsc.)";

std::string size_text(uint64_t bytes) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit)
    amount /= 1024;
  return fmt::format("{:.1f} {}", amount, units[unit]);
}

std::string time_text(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  std::array<char, 32> text{};
  if (!::localtime_r(&time, &local)) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local)};
}

void print_json(const Json& json) {
  fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_stats(const Store& store, const Stats& stats) {
  const uint64_t lookups = stats.hits + stats.misses;
  const double percent =
      lookups ? 100.0 * static_cast<double>(stats.hits) / static_cast<double>(lookups) : 0;
  fmt::print("directory  {}\n", printable(store.directory().string(), 4096));
  fmt::print("entries    {} of {}\n", stats.entries, store.limits().entries);
  fmt::print("size       {} of {}\n", size_text(stats.bytes), size_text(store.limits().bytes));
  fmt::print("hits       {} ({:.1f} %)\n", stats.hits, percent);
  fmt::print("misses     {}\n", stats.misses);
}

void stats(Store& store, bool json) {
  const Stats s = store.stats();
  if (json)
    print_json(
        {{"hits", s.hits}, {"misses", s.misses}, {"entries", s.entries}, {"bytes", s.bytes}});
  else
    print_stats(store, s);
}

// Metadata is whatever the compiler stored; text that is no JSON is shown as null.
Json metadata_json(const std::string& text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json() : json;
}

void list(Store& store, bool json) {
  const std::vector<EntryInfo> entries = store.list();
  if (json) {
    Json all = Json::array();
    for (const EntryInfo& e : entries)
      all.push_back({{"key", e.key},
                     {"bytes", e.bytes},
                     {"last_used", e.last_used},
                     {"metadata", metadata_json(e.metadata)}});
    print_json(all);
    return;
  }
  for (const EntryInfo& e : entries)
    fmt::print("{:.12}  {:>10}  {}  {}\n", e.key, size_text(e.bytes), time_text(e.last_used),
               printable(e.metadata, 80));
}

void clear(Store& store) {
  const Removed removed = store.clear();
  fmt::print(stderr, "removed {} {}, {}\n", removed.entries,
             removed.entries == 1 ? "entry" : "entries", size_text(removed.bytes));
}

// Nothing may be lost unseen: a full disk behind stdout shows only when it is flushed.
int finish(const Store& store) {
  if (const auto problem = store.problem()) {
    fmt::print(stderr, "tsc-cache: {}\n", *problem);
    return Io;
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    fmt::print(stderr, "tsc-cache: cannot write to standard output\n");
    return Io;
  }
  return Done;
}

int wrong_usage(const std::string& what) {
  fmt::print(stderr, "tsc-cache: {}\nTry 'tsc-cache --help'.\n", what);
  return Usage;
}

int run(int argc, char** argv) {
  CLI::App app("Looks into the kernel cache of tsc, and empties it.", "tsc-cache");
  app.footer(examples);
  app.require_subcommand(0, 1);
  app.fallthrough(); // --dir may stand before or after the command
  std::string directory = cache_directory().string();
  bool json = false;
  app.add_option("--dir", directory, "The cache directory")->type_name("DIR");
  CLI::App* list_command = app.add_subcommand("list", "List the entries, the last used first");
  CLI::App* stats_command = app.add_subcommand("stats", "Show hits, misses, entries and bytes");
  CLI::App* clear_command = app.add_subcommand("clear", "Remove all entries; counters stay");
  for (CLI::App* command : {list_command, stats_command})
    command->add_flag("--json", json, "Print JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help), Done;
  } catch (const CLI::ExtrasError&) {
    return wrong_usage(fmt::format("unexpected argument '{}'", printable(app.remaining(true)[0])));
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }

  // Looking into a directory must not make it, and emptying one that is missing neither.
  const bool writes = clear_command->parsed() && std::filesystem::exists(directory);
  Store store(directory, writes ? CacheMode::On : CacheMode::Read);
  if (!store.problem()) {
    if (list_command->parsed())
      list(store, json);
    else if (clear_command->parsed())
      clear(store);
    else
      stats(store, json);
  }
  return finish(store);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) { // fmt throws when stdout is closed
    fmt::print(stderr, "tsc-cache: {}\n", error.what());
    return Io;
  }
}
