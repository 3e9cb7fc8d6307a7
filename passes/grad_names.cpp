#include "passes/grad_names.h"

#include "passes/grad.h"
#include "passes/rewrite.h"
#include "passes/rules/rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

struct Name {
  std::string_view name;
  NodeId id;
};

std::vector<Name> all_names(const Graph& graph) {
  std::vector<Name> names;
  for (const Output& output : graph.outputs)
    names.push_back({output.name, output.node});
  for (const auto* list : {&graph.inputs(), &graph.states()})
    for (NodeId id : *list)
      names.push_back({graph[id].attrs.name(Key::name), id});
  for (NodeId id : graph.ids())
    if (const std::string* name = graph.name_of(id)) names.push_back({*name, id});
  return names;
}

// The chain rule begins with the factor 1.
const RuleSet& neutral_one() {
  static const RuleSet set = [] {
    RuleSet rules{.name = "neutral-one"};
    for (const Rule& rule : simplify_rules().rules)
      if (std::string_view(rule.name) == "mul-1") rules.rules.push_back(rule);
    TSC_CHECK(rules.rules.size() == 1);
    return rules;
  }();
  return set;
}

// May `id` be an output of this name?
void check_free(const Graph& graph, const std::string& name, NodeId id) {
  const auto refuse = [&](const char* what) {
    throw Error(Diag::DuplicateName,
                fmt::format("the graph has {} '{}' already", what, printable(name)));
  };
  for (const Output& output : graph.outputs)
    if (output.name == name) refuse("an output");
  for (const Name& other : all_names(graph))
    if (other.name == name && other.id != id) refuse("a value");
}

} // namespace

NodeId value_named(const Graph& graph, const std::string& name) {
  const std::vector<Name> names = all_names(graph);
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const Name& n) { return n.name == name; });
  if (found != names.end()) return found->id;
  std::vector<std::string_view> candidates;
  for (const Name& n : names)
    candidates.push_back(n.name);
  throw Error(Diag::UnknownName, fmt::format("the graph has no value '{}'{}", printable(name),
                                             did_you_mean(name, candidates)));
}

Graph with_gradients(Graph graph, const std::string& of, const std::vector<std::string>& wrt) {
  std::vector<NodeId> ids;
  for (const std::string& name : wrt)
    ids.push_back(value_named(graph, name));
  const std::vector<NodeId> gradients = grad(graph, value_named(graph, of), ids);
  for (size_t i = 0; i < wrt.size(); ++i) {
    const std::string name = fmt::format("d_{}_d_{}", of, wrt[i]);
    check_free(graph, name, gradients[i]);
    graph.outputs.push_back({name, gradients[i]});
    graph.set_name(gradients[i], name);
  }
  return rewrite(rewrite(graph, stabilise_rules()), neutral_one());
}

} // namespace tsc
