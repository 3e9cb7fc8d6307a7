// tsc-cache export and import: entries in one file.
#include "cache/bundle.h"
#include "support/error.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

struct Options {
  std::string file;
  std::vector<std::string> keys;
};

int export_entries(const Common& common, const Options& options) {
  Store store = opened(common);
  std::vector<std::string> keys;
  for (const std::string& digits : options.keys)
    keys.push_back(full_key(store, digits));
  if (options.keys.empty()) keys = store.keys("");
  std::sort(keys.begin(), keys.end()); // the same entries give the same bundle
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  uint64_t written = 0, skipped = 0;
  auto key = keys.begin();
  write_bundle(options.file, [&]() -> std::optional<Entry> {
    while (key != keys.end())
      if (auto entry = store.entry(*key++)) {
        ++written;
        return entry;
      } else {
        ++skipped;
      }
    return std::nullopt;
  });
  check(store);
  if (common.json)
    print_json({{"file", options.file}, {"entries", written}, {"skipped", skipped}});
  else
    fmt::print(stderr, "wrote {}{}\n", count_text(written, "entry", "entries"),
               skipped ? fmt::format("; {} damaged or gone", skipped) : "");
  return Done;
}

int import_entries(const Common& common, const Options& options) {
  const CacheLimits limits = cache_limits();
  check(Store(common.directory, CacheMode::On, limits));
  Store store(common.directory, CacheMode::On, limits);
  uint64_t taken = 0;
  read_bundle(options.file, [&](const Entry& entry) {
    store.put(entry);
    ++taken;
  });
  check(store);
  if (common.json)
    print_json({{"file", options.file}, {"entries", taken}});
  else
    fmt::print(stderr,
               "took {}; whoever made this bundle can now run code as you, when you use them\n",
               count_text(taken, "entry", "entries"));
  return Done;
}

std::function<int()> declare_export(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "The bundle to write")->required()->type_name("");
  app.add_option("KEYS", options->keys, "First digits of the keys wanted (default: all)")
      ->type_name("");
  return [options] { return export_entries(common(), *options); };
}

std::function<int()> declare_import(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "The bundle; trust it as you would a program")
      ->required()
      ->type_name("");
  return [options] { return import_entries(common(), *options); };
}

} // namespace

const Verb export_verb = {"export", "Write entries to one file, for another machine or a layer",
                          "  tsc-cache export kernels.tscb\n"
                          "  tsc-cache export two.tscb 1f730c 860b53",
                          declare_export,
                          "{\"file\", \"entries\", \"skipped\": damaged or gone meanwhile}"};

const Verb import_verb = {"import", "Take the entries of a bundle, once all of it is checked",
                          "  tsc-cache import kernels.tscb\n"
                          "  tsc-cache --dir /usr/share/tsc/cache import kernels.tscb",
                          declare_import, "{\"file\", \"entries\"}"};

} // namespace tsc::cache_cli
