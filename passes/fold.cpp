// Constant folding: nodes whose operands are constants take the value that the reference
// interpreter gives. Splats stay splats, so that a large array of one number costs one number.
#include "ir/interpret.h"
#include "passes/lower.h"
#include "passes/passes.h"

#include <algorithm>

namespace tsc {

namespace {

// Constants of more bytes than this are not made: they would only swell the program. And a program
// is handed its larger constants out of the user's graph, which lacks those that were computed.
constexpr int64_t max_folded_bytes = LowerOptions().embed_bytes;

const Literal& literal(const Graph& graph, NodeId id) { return graph[id].attrs.value(Key::value); }

// The items of an elementwise op over splats are all alike: one stands for them.
std::optional<Literal> fold_splat(const Graph& graph, const Node& node) {
  if (node.kind() != Kind::Elementwise) return std::nullopt;
  std::vector<TensorValue> args;
  for (NodeId arg : node.args) {
    if (!literal(graph, arg).is_splat()) return std::nullopt;
    args.push_back(TensorValue::of(literal(graph, arg), {}));
  }
  Node scalar = node;
  scalar.type.shape.clear();
  const std::optional<TensorValue> value = evaluate_node(scalar, args);
  return value ? std::optional(value->literal()) : std::nullopt;
}

// As splat where all items are alike.
Literal compact(const TensorValue& value) {
  const size_t item = size_of(value.dtype);
  for (size_t i = item; i < value.bytes.size(); i += item)
    if (value.bytes.compare(i, item, value.bytes, 0, item) != 0) return value.literal();
  return value.bytes.empty() ? value.literal()
                             : Literal::splat(value.dtype, value.bytes.substr(0, item));
}

bool is_small(const Type& type) {
  const auto shape = as_numbers(type.shape);
  if (!shape) return false;
  int64_t bytes = static_cast<int64_t>(size_of(type.dtype));
  for (int64_t size : *shape) // sizes of a checked type: the product cannot overflow
    bytes *= std::max<int64_t>(size, 1);
  return bytes <= max_folded_bytes;
}

std::optional<Literal> fold_dense(const Graph& graph, const Node& node) {
  if (!is_small(node.type)) return std::nullopt;
  std::vector<TensorValue> args;
  for (NodeId arg : node.args) {
    if (!is_small(graph.type(arg))) return std::nullopt;
    args.push_back(TensorValue::of(literal(graph, arg), *as_numbers(graph.type(arg).shape)));
  }
  const std::optional<TensorValue> value = evaluate_node(node, args);
  return value ? std::optional(compact(*value)) : std::nullopt;
}

} // namespace

Graph fold(const Graph& graph) {
  Rebuilder copy(graph);
  for (NodeId id : graph.ids()) {
    const Node now = graph[id];
    const std::vector<NodeId> args = copy.args(id);
    const bool known = !args.empty() && std::all_of(args.begin(), args.end(), [&](NodeId arg) {
      return copy.to()[arg].kind() == Kind::Constant;
    });
    std::optional<Literal> value;
    if (known) {
      Node node = now;
      node.args = args;
      value = fold_splat(copy.to(), node);
      if (!value) value = fold_dense(copy.to(), node);
    }
    if (value)
      copy.set(id, copy.to().constant(*std::move(value), now.type.shape, copy.locs(id)));
    else
      copy.keep(id);
  }
  return without_dead_nodes(copy.finish());
}

} // namespace tsc
