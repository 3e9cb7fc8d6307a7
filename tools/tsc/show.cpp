// tsc show: a graph as text, as a picture or as a page, as it was read or behind a pass.
#include "ir/print.h"
#include "passes/pass.h"
#include "support/files.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/show_dot.h"
#include "tools/tsc/show_page.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, after, output;
  bool types = false, dot = false, html = false, strict = false;
};

void check_usage(const Options& options) {
  if (!options.after.empty()) check_choice("there is no pass", options.after, choices("PASS"));
  if (options.dot && options.html) throw UsageError("--dot and --html are two outputs: choose one");
  if (options.html && !options.after.empty())
    throw UsageError("--html shows the graph after every pass: it goes without --after");
  if (options.dot && options.after == "all")
    throw UsageError("--dot shows one graph: name one pass after --after");
  if (options.types && (options.dot || options.html))
    throw UsageError("--types is for text: pictures always show types");
}

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

std::string after_all(const GraphFile& file, OptimiseOptions how, const PrintOptions& style) {
  std::string out = print(file, style);
  Graph before = without_dead_nodes(file.graph);
  how.after = [&](const Pass& pass, const Graph& now) {
    const bool changed = !same_graph(before, now);
    out += heading(pass, changed);
    if (changed) out += text(now, file, style);
    before = now;
  };
  optimise(file.graph, how);
  return out;
}

Graph after_one(const GraphFile& file, OptimiseOptions how, const std::string& name) {
  Graph out;
  how.fast_math = name == "fast";
  bool ran = false;
  how.after = [&](const Pass& pass, const Graph& now) {
    if (name != pass.name) return;
    out = now;
    ran = true;
  };
  optimise(file.graph, how);
  if (!ran) throw UsageError(fmt::format("--strict leaves the pass '{}' out", name));
  return out;
}

std::string html(const Options& options, const GraphFile& file) {
  return page(shown(file.graph, {.strict = options.strict}), options.graph,
              read_file(options.graph));
}

std::string made(const Options& options, const GraphFile& file) {
  if (options.html) return html(options, file);
  const PrintOptions style = {.types = options.types};
  if (options.after == fuse_stage) {
    const LowerTrace trace = fused(file.graph, {.strict = options.strict});
    return options.dot ? dot(trace.graph, &trace.fusion) : text(trace.graph, file, style);
  }
  if (options.after.empty()) return options.dot ? dot(file.graph) : print(file, style);
  const OptimiseOptions how = {.strict = options.strict};
  if (options.after == "all") return after_all(file, how, style);
  const Graph graph = after_one(file, how, options.after);
  return options.dot ? dot(graph) : text(graph, file, style);
}

int run(const Options& options) {
  check_usage(options);
  put(made(options, load_within_limits(options.graph)), options.output);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  std::string passes = "Show it after this pass, or after all of them, one by one:";
  for (const Pass& pass : optimiser_passes())
    passes += fmt::format(" {}", pass.name);
  passes += fmt::format("; or as it is lowered: {}", fuse_stage);
  app.add_option("--after", options->after, passes)->type_name("PASS");
  add_strict(app, options->strict);
  app.add_flag("--types", options->types, "Write the type of every value");
  app.add_flag("--dot", options->dot, "Write Graphviz text; --after fuse shows what is fused");
  app.add_flag(
      "--html", options->html,
      "Write a page to look at: the graph after every pass, what is fused, the kernels and "
      "their source, and the memory");
  app.add_option("-o,--output", options->output, "The file to write; - is stdout")
      ->type_name("FILE");
  add_graph_limits(app);
  return [options] { return run(*options); };
}

} // namespace

const Verb show_verb = {"show", "Show a graph: as text, a picture or a page",
                        "  tsc show model.tsc --types\n"
                        "  tsc show model.tsc --after stabilise\n"
                        "  tsc show model.tsc --after all\n"
                        "  tsc show model.tsc --after fuse --dot | dot -Tsvg > model.svg\n"
                        "  tsc show model.tsc --html -o model.html",
                        declare};

} // namespace tsc::cli
