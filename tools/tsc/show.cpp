// tsc show: a graph as text, as it was read or behind a pass.
#include "ir/print.h"
#include "passes/pass.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <optional>

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, after;
  bool types = false;
};

void check_pass(const std::string& name) {
  std::vector<std::string_view> names = {"all"};
  for (const Pass& pass : optimiser_passes()) {
    if (name == pass.name) return;
    names.emplace_back(pass.name);
  }
  if (name != "all")
    throw UsageError(
        fmt::format("there is no pass '{}'{}", printable(name), did_you_mean(name, names)));
}

std::string heading(const Pass& pass, bool changed) {
  return fmt::format("# after {}: {}{}\n", pass.name, pass.doc, changed ? "" : " (unchanged)");
}

std::string after_all(const Graph& graph, const PrintOptions& style) {
  std::string out = print(graph, style);
  Graph before = without_dead_nodes(graph);
  const auto show = [&](const Pass& pass, const Graph& now) {
    const bool changed = !same_graph(before, now);
    out += heading(pass, changed);
    if (changed) out += print(now, style);
    before = now;
  };
  optimise(graph, {.after = show});
  return out;
}

std::string after_one(const Graph& graph, const std::string& name, const PrintOptions& style) {
  std::optional<std::string> out;
  const auto show = [&](const Pass& pass, const Graph& now) {
    if (name == pass.name) out = print(now, style);
  };
  optimise(graph, {.fast_math = name == "fast", .after = show});
  return out.value_or("");
}

int run(const Options& options) {
  if (!options.after.empty()) check_pass(options.after);
  const GraphFile file = load_graph(options.graph);
  const PrintOptions style = {.types = options.types};
  put(options.after.empty()    ? print(file, style)
      : options.after == "all" ? after_all(file.graph, style)
                               : after_one(file.graph, options.after, style));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  std::string passes = "Show it after this pass, or after all of them, one by one:";
  for (const Pass& pass : optimiser_passes())
    passes += fmt::format(" {}", pass.name);
  app.add_option("--after", options->after, passes)->type_name("PASS");
  app.add_flag("--types", options->types, "Write the type of every value");
  return [options] { return run(*options); };
}

} // namespace

const Verb show_verb = {"show", "Print a graph, as written or after a pass",
                        "  tsc show model.tsc --types\n"
                        "  tsc show model.tsc --after stabilise\n"
                        "  tsc show model.tsc --after all",
                        declare};

} // namespace tsc::cli
