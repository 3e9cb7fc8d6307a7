// tsc-cache why: would this graph hit, and if not, what differs from the nearest entry? The key
// comes from `tsc`, which stands beside us: this program knows no graphs.
#include "support/error.h"
#include "support/files.h"
#include "tools/common/program_name.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/spawn.h"
#include "tools/tsc-cache/text.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>

namespace tsc::cache_cli {

namespace {

struct Options {
  std::string graph, key_file, cpu;
  std::vector<std::string> limits;
  bool strict = false;
};

std::string key_by_tsc(const Options& options) {
  std::vector<std::string> argv = {cli::beside_us(cli::tool_name()), "compile", "--emit=key",
                                   "--name", "f"};
  if (!options.cpu.empty()) argv.insert(argv.end(), {"--cpu", options.cpu});
  if (options.strict) argv.emplace_back("--strict");
  for (const std::string& limit : options.limits)
    argv.push_back("--limit=" + limit);
  argv.insert(argv.end(), {"--", options.graph});
  const auto ran = run_program(argv);
  if (!ran)
    throw Error(Diag::CannotRead,
                fmt::format("there is no '{}', which knows a graph's key; or give the key itself "
                            "with --key, as '{} compile --emit=key' prints it",
                            printable(argv[0], 200), cli::tool_name()));
  if (ran->status != 0) throw WrongError("there is no key for this graph"); // tsc said why
  return ran->out;
}

std::string standard_input() {
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), stdin))
    text.append(buffer.data(), n);
  return text;
}

std::string key_in_file(const std::string& path) {
  constexpr uint64_t most = uint64_t{1} << 30;
  const std::string text = path == "-" ? standard_input() : read_file(path, most);
  if (key_fields(text).empty())
    throw WrongError(fmt::format("'{}' is no key as '{} compile --emit=key' prints it",
                                 printable(path, 200), cli::tool_name()));
  return text;
}

int run(const Common& common, const Options& options) {
  if (options.graph.empty() == options.key_file.empty())
    throw UsageError("give a graph, or a key with --key FILE");
  const std::string key =
      options.graph.empty() ? key_in_file(options.key_file) : key_by_tsc(options);
  check(Store(common.directory, CacheMode::Read, cache_limits()));
  Store store(common.directory, CacheMode::Read, cache_limits(), cache_layers());
  const Explanation e = store.explain(key);
  check(store);
  if (!common.json) {
    fmt::print("{}\n", text(e));
    return Done;
  }
  Json all = Json::array();
  for (const Difference& d : e.differences)
    all.push_back({{"field", d.field}, {"asked", d.asked}, {"stored", d.stored}});
  print_json({{"hit", e.hit},
              {"reason", e.hit ? Json() : Json(row(e.reason).name)},
              {"nearest", e.nearest.empty() ? Json() : Json(e.nearest)},
              {"differences", all}});
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("GRAPH", options->graph, "The graph file (.tsc)")->type_name("");
  app.add_option("--cpu", options->cpu, "The CPU it is compiled for, as 'tsc run' takes it")
      ->type_name("NAME");
  app.add_flag("--strict", options->strict, "As for 'tsc run'");
  app.add_option("--limit", options->limits, "What the graph may be at most, as for 'tsc run'")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
  app.add_option("--key", options->key_file,
                 "Instead of a graph, its key as 'tsc compile --emit=key' prints it; - is stdin")
      ->type_name("FILE");
  return [options] { return run(common(), *options); };
}

} // namespace

const Verb why_verb = {
    "why", "Say whether a graph is in the cache, and what differs if not",
    "  tsc-cache why model.tsc\n"
    "  tsc-cache why model.tsc --cpu x86-64-v3\n"
    "  tsc compile model.tsc --emit=key | tsc-cache why --key -",
    declare,
    "{\"hit\": true or false, \"reason\": null for a hit, \"nearest\": a key or null,\n"
    "  \"differences\": [{\"field\", \"asked\", \"stored\"}]}"};

} // namespace tsc::cache_cli
