// tsc repro: replays an internal error from the file that it left. tsc crash: makes one, for tests.
#include "ir/parse.h"
#include "support/error.h"
#include "support/files.h"
#include "support/settings.h"
#include "tools/tsc/io.h"
#include "tools/tsc/repro_bundle.h"
#include "tools/tsc/verb.h"

#include <cstdlib>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

namespace fs = std::filesystem;

// A new directory for one replay, which goes with it.
class Place {
public:
  Place() {
    std::error_code error; // a TMPDIR that is none
    const fs::path temporary = fs::temp_directory_path(error);
    std::string name = (temporary / "tsc-repro-XXXXXX").string();
    if (error || !::mkdtemp(name.data()))
      throw Error(Diag::CannotWrite, "cannot make a temporary directory")
          .hint("TMPDIR names a directory for it");
    path_ = name;
    fs::create_directory(files());
  }
  ~Place() {
    std::error_code error;
    fs::current_path(before_, error);
    fs::remove_all(path_, error);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // Apart: no file of the bundle is an entry of the cache, whose code would run.
  fs::path files() const { return path_ / "files"; }
  fs::path cache() const { return path_ / "cache"; }

private:
  fs::path path_;
  fs::path before_ = fs::current_path();
};

// As they were, but for the cache: one that is empty.
void use_settings(const ReproBundle& bundle, const fs::path& cache) {
  for (const SettingRow& row : all_settings())
    ::unsetenv(row.variable);
  for (const auto& [name, value] : bundle.settings)
    ::setenv(name.c_str(), value.c_str(), 1);
  ::setenv(row(Setting::CacheDir).variable, cache.c_str(), 1);
}

int run(const std::string& file) {
  const ReproBundle bundle = read_repro_bundle(file);
  for (const auto& [name, digest] : bundle.missing)
    warn(fmt::format("the file '{}' was too large to be kept (SHA-256 {:.12}...)", printable(name),
                     digest));
  const Place place;
  for (const auto& [name, bytes] : bundle.files) {
    std::error_code error; // write_file says what is wrong
    fs::create_directories((place.files() / name).parent_path(), error);
    write_file(place.files() / name, bytes);
  }
  use_settings(bundle, place.cache());
  fs::current_path(place.files());
  no_more_bundles();
  return execute(bundle.command);
}

std::function<int()> declare_repro(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  app.add_option("FILE", *file, "The file that an internal error named")->required()->type_name("");
  return [file] { return run(*file); };
}

std::function<int()> declare_crash(CLI::App& app) {
  const auto graph = std::make_shared<std::string>();
  const auto values = std::make_shared<std::vector<std::string>>();
  app.add_option("GRAPH", *graph, "The graph file (.tsc)")->required()->type_name("");
  app.add_option("VALUES", *values, "As of 'tsc run'; not looked at")->type_name("");
  return [graph, values]() -> int { // both are written to when options are read
    load_graph(*graph);
    throw InternalError("asked for by 'tsc crash'");
  };
}

} // namespace

const Verb repro_verb = {"repro", "Replay an internal error from the file that it left",
                         "  tsc repro ~/.local/state/tsc/repro-0123456789ab.json\n"
                         "  tsc repro report.json",
                         declare_repro};

const Verb crash_verb = {.name = "crash",
                         .doc = "Fail with an internal error",
                         .examples = "  tsc crash model.tsc\n  tsc crash model.tsc x=@x.npy",
                         .declare = declare_crash,
                         .hidden = true};

} // namespace tsc::cli
