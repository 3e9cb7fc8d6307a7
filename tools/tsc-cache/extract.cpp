// tsc-cache extract: an entry as files.
#include "support/error.h"
#include "support/files.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

namespace fs = std::filesystem;

int run(const Common& common, const std::string& digits, const std::string& directory) {
  Store store = opened(common);
  const std::string key = full_key(store, digits);
  Entry e = entry_with(store, key);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    throw Error(Diag::CannotWrite, fmt::format("cannot make the directory '{}': {}",
                                               printable(directory, 200), error.message()));
  const std::string stem = (fs::path(directory) / key.substr(0, 12)).string();
  const std::vector<NewFile> files = {{stem + ".cpp", std::move(e.source)},
                                      {stem + ".o", std::move(e.object)},
                                      {stem + ".json", std::move(e.metadata)},
                                      {stem + ".key", std::move(e.key_text)}};
  write_files(files);
  Json all = Json::array();
  for (const NewFile& file : files)
    if (common.json)
      all.push_back(file.path.string());
    else
      fmt::print("{}\n", printable(file.path.string(), 4096));
  if (common.json) print_json({{"key", key}, {"files", all}});
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  struct Options {
    std::string key, directory = ".";
  };
  const auto options = std::make_shared<Options>();
  app.add_option("KEY", options->key, "The first digits of the entry's key")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options->directory, "Where to (default: here)")->type_name("DIR");
  return [options] { return run(common(), options->key, options->directory); };
}

} // namespace

const Verb extract_verb = {"extract", "Write an entry's source, object, metadata and key to files",
                           "  tsc-cache extract 1f730c -o out\n"
                           "  tsc-cache extract 1f730c && objdump -d 1f730c*.o",
                           declare, "{\"key\", \"files\": [paths]}"};

} // namespace tsc::cache_cli
