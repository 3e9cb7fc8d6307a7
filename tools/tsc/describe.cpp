// tsc describe: what a library holds, read from its file without loading it; or what a graph's
// library would hold.
#include "compiler/metadata.h"
#include "support/elf.h"
#include "support/files.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/io.h"
#include "tools/tsc/library_functions.h"
#include "tools/tsc/verb.h"

#include <CLI/CLI.hpp>

namespace tsc::cli {

namespace {

struct Options {
  std::string file;
  bool json = false;
};

std::vector<std::string> descriptions(const std::string& path) {
  const std::string bytes = read_file(path);
  if (is_binary(bytes)) return metadata_in(bytes);
  LoadedFunctions loaded;
  loaded.add(path);
  return {library_description(loaded.functions())};
}

int run(const Options& options) {
  std::string out;
  try {
    for (const std::string& json : descriptions(options.file))
      out += options.json ? json + "\n" : metadata_text(json);
  } catch (const Error& error) {
    if (error.diag() != Diag::BadLibrary) throw;
    throw Error(Diag::BadLibrary,
                "'" + printable(options.file, 200) + "' cannot be described: " + error.message());
  }
  put(out);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "A library, object or archive, or a graph file (.tsc)")
      ->required()
      ->type_name("");
  app.add_flag("--json", options->json, "Print JSON, a line for each library in the file");
  add_graph_limits(app);
  return [options] { return run(*options); };
}

} // namespace

const Verb describe_verb = {"describe", "Say what functions a library has, without loading it",
                            "  tsc describe libmodel.so\n"
                            "  tsc describe model.tsc\n"
                            "  tsc describe libmodel.a --json",
                            declare};

} // namespace tsc::cli
