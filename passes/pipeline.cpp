#include "passes/pass.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/rules/rules.h"

namespace tsc {

namespace {

template <const RuleSet& (*rules)()>
Graph by_rules(const Graph& graph) {
  return rewrite(graph, rules());
}

} // namespace

const std::vector<Pass>& optimiser_passes() {
  static const std::vector<Pass> passes{
      {"stabilise", "unsafe forms become stable ops, before constants hide them",
       by_rules<stabilise_rules>, nullptr, false, true},
      {"canonical", "one form for what can be written in several", by_rules<canonical_rules>},
      {"fold", "constants evaluated", fold},
      {"simplify", "less work for the same value", by_rules<simplify_rules>},
      {"cancel", "x - x is 0, values being finite", by_rules<cancel_rules>,
       [](const OptimiseOptions& options) { return !options.strict; }, true},
      {"fast", "rules that round differently", by_rules<fast_rules>,
       [](const OptimiseOptions& options) { return options.fast_math; }, true},
      {"fold-again", "what simplification made constant", fold},
      {"simplify-again", "what folding made neutral", by_rules<simplify_rules>},
      {"expand", "symbolic ops opened up", expand, nullptr, false, true},
      {"views", "views of the definitions merged", by_rules<view_rules>},
  };
  return passes;
}

Graph optimise(const Graph& graph, const OptimiseOptions& options) {
  Graph now = without_dead_nodes(graph);
  for (const Pass& pass : optimiser_passes()) {
    if (options.only_needed && !pass.needed) continue;
    if (pass.wanted && !pass.wanted(options)) continue;
    Graph next = pass.run(now);
    if (options.distrust) check_same_values(now, next, pass);
    now = std::move(next);
    if (options.after) options.after(pass, now);
  }
  return now;
}

NodeId stabilised(Graph& graph, NodeId value, const std::vector<NodeId>& keep) {
  return rewritten(graph, value, stabilise_rules(), keep);
}

} // namespace tsc
