#include "tools/tsc/show_stages.h"

#include "ir/print.h"
#include "passes/sizes.h"

namespace tsc::cli {

namespace {

Graph with_stages(const Graph& graph, CompileOptions options, std::vector<ShownStage>& stages) {
  const auto kept = [&](const Pass& pass, const Graph& now) {
    size_t last = stages.size() - 1;
    while (!stages[last].changed)
      --last;
    const bool changed = !same_graph(without_dead_nodes(stages[last].graph), now);
    stages.push_back({pass.name, pass.doc, changed, changed ? now : Graph()});
  };
  options.after = kept;
  return optimised(graph, options);
}

} // namespace

Shown shown(const Graph& graph, const CompileOptions& options) {
  Shown out;
  out.stages.push_back({"read", "as the file says it", true, graph});
  try {
    check_sizes(graph);
    const Graph better = with_stages(graph, options, out.stages);
    Plan plan = planned(better, options, &out.trace);
    out.source = emitted(plan);
    out.plan = std::move(plan);
  } catch (const Error& e) {
    out.problem = e.what();
  }
  return out;
}

LowerTrace fused(const Graph& graph, const CompileOptions& options) {
  check_sizes(graph);
  LowerTrace trace;
  planned(optimised(graph, options), options, &trace);
  return trace;
}

} // namespace tsc::cli
