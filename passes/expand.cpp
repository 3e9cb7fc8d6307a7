// Opens up the symbolic ops (softmax, log_softmax, logsumexp): their rows say what they are made
// of.
#include "ir/build.h"
#include "passes/passes.h"

namespace tsc {

Graph expand(const Graph& graph) {
  Rebuilder copy(graph);
  for (NodeId id : graph.ids()) {
    const Node& node = graph[id];
    const Expr& definition = row(node.op).expand;
    if (definition.empty()) {
      copy.keep(id);
      continue;
    }
    const BuildLocation here(copy.to(), copy.locs(id));
    // Halves are opened up in f32 and rounded once, at the end: the definition has several steps.
    const Value operand{&copy.to(), copy[node.args[0]]};
    const Value x = build::cast(operand, compute_type(operand.dtype()));
    const Value opened = build::instantiate(definition, {.x = x}, node.attrs.ints(Key::axes));
    copy.set(id, build::cast(opened, node.type.dtype).id);
    if (const std::string* name = graph.name_of(id)) copy.to().set_name(copy[id], *name);
  }
  return without_dead_nodes(copy.finish());
}

} // namespace tsc
