// tsc show: a graph as text, as it was read or behind a pass.
#include "ir/print.h"
#include "passes/pass.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, after;
  bool types = false, strict = false;
};

std::string heading(const Pass& pass, bool changed) {
  return fmt::format("# after {}: {}{}\n", pass.name, pass.doc, changed ? "" : " (unchanged)");
}

// A pass keeps the states in their order, and knows nothing of their initial values.
std::string text(const Graph& now, const GraphFile& file, const PrintOptions& style) {
  GraphFile shown{now, file.states};
  for (size_t i = 0; i < shown.states.size(); ++i)
    shown.states[i].state = now.states()[i];
  return print(shown, style);
}

std::string after_all(const GraphFile& file, const PrintOptions& style, bool strict) {
  std::string out = print(file, style);
  Graph before = without_dead_nodes(file.graph);
  const auto show = [&](const Pass& pass, const Graph& now) {
    const bool changed = !same_graph(before, now);
    out += heading(pass, changed);
    if (changed) out += text(now, file, style);
    before = now;
  };
  optimise(file.graph, {.strict = strict, .after = show});
  return out;
}

std::string after_one(const GraphFile& file, const Options& options, const PrintOptions& style) {
  const std::string& name = options.after;
  std::string out;
  const auto show = [&](const Pass& pass, const Graph& now) {
    if (name == pass.name) out = text(now, file, style);
  };
  optimise(file.graph, {.strict = options.strict, .fast_math = name == "fast", .after = show});
  if (out.empty()) throw UsageError(fmt::format("the pass '{}' does not run with --strict", name));
  return out;
}

int run(const Options& options) {
  if (!options.after.empty()) check_choice("there is no pass", options.after, choices("PASS"));
  const GraphFile file = load_graph(options.graph);
  const PrintOptions style = {.types = options.types};
  put(options.after.empty()    ? print(file, style)
      : options.after == "all" ? after_all(file, style, options.strict)
                               : after_one(file, options, style));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  std::string passes = "Show it after this pass, or after all of them, one by one:";
  for (const Pass& pass : optimiser_passes())
    passes += fmt::format(" {}", pass.name);
  app.add_option("--after", options->after, passes)->type_name("PASS");
  add_strict(app, options->strict);
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
