// Opens up what stands for several steps: the symbolic ops (softmax, log_softmax, logsumexp), whose
// rows say what they are made of, and sums of halves in memory.
#include "ir/build.h"
#include "passes/passes.h"

namespace tsc {

namespace {

// Halves are opened up in f32 and rounded once, at the end: the definition has several steps.
Value opened(const Node& node, Value operand) {
  const Value x = build::cast(operand, compute_type(operand.dtype()));
  const Value result =
      build::instantiate(row(node.op).expand, {.x = x}, node.attrs.ints(Key::axes));
  return build::cast(result, node.type.dtype);
}

// Each addition to an item in memory would round to a half: 2048 ones added to an f16 stay 2048.
bool adds_to_halves(const Node& node) {
  return node.op == Op::scatter_add && in(node.type.dtype, Halves);
}
Value added_in_f32(const Node& node, Value x, Value indices, Value values) {
  const Value sum =
      build::scatter_add(build::cast(x, DType::F32), indices, build::cast(values, DType::F32),
                         node.attrs.integer(Key::axis), node.attrs.integer(Key::batch));
  return build::cast(sum, node.type.dtype);
}

} // namespace

Graph expand(const Graph& graph) {
  Rebuilder copy(graph);
  for (NodeId id : graph.ids()) {
    const Node& node = graph[id];
    const auto operand = [&](size_t i) { return Value{&copy.to(), copy[node.args[i]]}; };
    const bool opens = !row(node.op).expand.empty();
    if (!opens && !adds_to_halves(node)) {
      copy.keep(id);
      continue;
    }
    const BuildLocation here(copy.to(), copy.locs(id));
    const Value result =
        opens ? opened(node, operand(0)) : added_in_f32(node, operand(0), operand(1), operand(2));
    copy.set(id, result.id);
    if (const std::string* name = graph.name_of(id)) copy.to().set_name(copy[id], *name);
  }
  return without_dead_nodes(copy.finish());
}

} // namespace tsc
