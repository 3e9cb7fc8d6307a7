// One form for what can be written in several: reductions over as few items as can be, products of
// untransposed operands, no conversions that lose nothing.
#include "ir/build.h"
#include "passes/match.h"
#include "passes/rules/rules.h"
#include "support/checked.h"

#include <algorithm>

namespace tsc {

namespace {

const Node& operand(const Graph& graph, NodeId id, size_t i = 0) {
  return graph[graph[id].args[i]];
}

bool contains(const IntList& list, int64_t axis) {
  return std::find(list.begin(), list.end(), axis) != list.end();
}

// Where each of `axes` (of a transpose's result) stands in its operand.
IntList through(const IntList& transpose, const IntList& axes) {
  IntList result;
  for (int64_t axis : axes)
    result.push_back(transpose[static_cast<size_t>(axis)]);
  return result;
}

bool gives_position(const Node& node) { return node.op == Op::argmax || node.op == Op::argmin; }

// Of no axes, or of axes of size 1, there is nothing to combine.
NodeId reduce_of_nothing(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  const Shape& shape = graph.type(node.args[0]).shape;
  const IntList& axes = node.attrs.ints(Key::axes);
  const bool trivial = std::all_of(
      axes.begin(), axes.end(), [&](int64_t a) { return shape[static_cast<size_t>(a)] == Dim(1); });
  if (!trivial || gives_position(node)) return NodeId();
  const BuildLocation here(graph, node.locs);
  const Type type = node.type;
  return build::cast(build::reshape({&graph, node.args[0]}, type.shape), type.dtype).id;
}

// sum(sum(x)), max(max(x)) ... over all the axes at once.
NodeId reduce_of_reduce(Graph& graph, NodeId id, FactTable&) {
  const Node &outer = graph[id], &inner = operand(graph, id);
  if (inner.op != outer.op || gives_position(outer)) return NodeId();
  if (outer.type.dtype != graph.type(inner.args[0]).dtype) return NodeId();
  const IntList left = all_but(inner.attrs.ints(Key::axes), graph.type(inner.args[0]).rank());
  IntList axes = inner.attrs.ints(Key::axes);
  for (int64_t axis : outer.attrs.ints(Key::axes))
    axes.push_back(left[static_cast<size_t>(axis)]);
  std::sort(axes.begin(), axes.end());
  return graph.add(outer.op, {inner.args[0]}, {{Key::axes, std::move(axes)}},
                   graph.merged(outer.locs, inner.locs));
}

// The order of reduced axes is nobody's business, unless places are counted along them; that of the
// others must stay.
NodeId reduce_of_transpose(Graph& graph, NodeId id, FactTable&) {
  const Node &node = graph[id], &x = operand(graph, id);
  if (x.op != Op::transpose) return NodeId();
  const IntList& order = x.attrs.ints(Key::axes);
  const IntList kept = through(order, all_but(node.attrs.ints(Key::axes), order.size()));
  if (!std::is_sorted(kept.begin(), kept.end())) return NodeId();
  IntList axes = through(order, node.attrs.ints(Key::axes));
  if (gives_position(node) && !std::is_sorted(axes.begin(), axes.end())) return NodeId();
  std::sort(axes.begin(), axes.end());
  return graph.add(node.op, {x.args[0]}, {{Key::axes, std::move(axes)}},
                   graph.merged(node.locs, x.locs));
}

// The reduced axes along which a broadcast repeats its operand, of a size that is a number >= 1.
IntList repeated_axes(const Graph& graph, const Node& reduce, const Node& broadcast) {
  IntList repeated;
  const IntList& places = broadcast.attrs.ints(Key::axes);
  for (int64_t axis : reduce.attrs.ints(Key::axes)) {
    const Dim& size = broadcast.type.shape[static_cast<size_t>(axis)];
    const auto place = std::find(places.begin(), places.end(), axis);
    const bool stretched =
        place == places.end() ||
        graph.type(broadcast.args[0]).shape[static_cast<size_t>(place - places.begin())] == Dim(1);
    if (stretched && size.is_number() && size.number() >= 1) repeated.push_back(axis);
  }
  return repeated;
}

// Repeated items count, or do not matter: sum(x repeated n times) is n * sum(x), max is max(x).
NodeId reduce_of_broadcast(Graph& graph, NodeId id, FactTable&) {
  const Node node = graph[id], x = operand(graph, id);
  const bool counts = node.op == Op::sum;
  const OpRow& r = row(node.op);
  const bool ignores = r.has(Picks) || node.op == Op::any || node.op == Op::all;
  if (x.op != Op::broadcast || !(counts || ignores)) return NodeId();
  // In 16 bits the number of items may overflow where the sum does not.
  if (in(node.type.dtype, Halves) && counts) return NodeId();
  const IntList repeated = repeated_axes(graph, node, x);
  if (repeated.empty()) return NodeId();

  // Without the repeated axes: broadcast less, reduce what is left.
  const BuildLocation here(graph, graph.merged(node.locs, x.locs));
  Shape shape;
  IntList new_place(x.type.rank(), -1), places, axes;
  int64_t n = 1;
  for (size_t i = 0; i < x.type.rank(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    if (contains(repeated, axis)) {
      const std::optional<int64_t> product = checked_mul(n, x.type.shape[i].number());
      if (!product) return NodeId();
      n = *product;
      continue;
    }
    new_place[i] = static_cast<int64_t>(shape.size());
    if (contains(node.attrs.ints(Key::axes), axis)) axes.push_back(new_place[i]);
    shape.push_back(x.type.shape[i]);
  }
  Shape kept;
  const IntList& old_places = x.attrs.ints(Key::axes);
  for (size_t i = 0; i < old_places.size(); ++i) {
    if (new_place[static_cast<size_t>(old_places[i])] < 0) continue; // a stretched 1
    places.push_back(new_place[static_cast<size_t>(old_places[i])]);
    kept.push_back(graph.type(x.args[0]).shape[i]);
  }
  Value value = build::reshape({&graph, x.args[0]}, kept);
  value = build::broadcast(value, shape, places);
  value = build::node(node.op, {value}, {{Key::axes, axes}});
  if (!counts || n == 1) return value.id;
  if (in(value.dtype(), Ints))
    return build::mul(value, build::constant(graph, Literal::integer(value.dtype(), n))).id;
  if (static_cast<double>(static_cast<float>(n)) != static_cast<double>(n)) return NodeId();
  return build::mul(value, build::number(graph, static_cast<double>(n), value.dtype())).id;
}

// The axes of one operand without its transpose, where the result's axes keep their order.
bool absorb(const Graph& graph, NodeId& x, IntList& batch, IntList& contracted) {
  const Node& node = graph[x];
  if (node.op != Op::transpose) return false;
  const IntList& order = node.attrs.ints(Key::axes);
  IntList used = batch;
  used.insert(used.end(), contracted.begin(), contracted.end());
  const IntList free = through(order, all_but(used, order.size()));
  if (!std::is_sorted(free.begin(), free.end())) return false;
  batch = through(order, batch);
  contracted = through(order, contracted);
  x = node.args[0];
  return true;
}

NodeId contract_of_transpose(Graph& graph, NodeId id, FactTable&) {
  const Node node = graph[id];
  NodeId l = node.args[0], r = node.args[1];
  IntList lb = node.attrs.ints(Key::lhs_batch), rb = node.attrs.ints(Key::rhs_batch);
  IntList lc = node.attrs.ints(Key::lhs_contract), rc = node.attrs.ints(Key::rhs_contract);
  const bool left = absorb(graph, l, lb, lc), right = absorb(graph, r, rb, rc);
  if (!left && !right) return NodeId();
  return graph.add(node.op, {l, r},
                   {{Key::lhs_batch, lb},
                    {Key::rhs_batch, rb},
                    {Key::lhs_contract, lc},
                    {Key::rhs_contract, rc}},
                   node.locs);
}

// Every value of `from` is a value of `to`.
bool holds_all(DType from, DType to) {
  if (from == to) return true;
  if (in(to, Complexes) || in(from, Complexes) || to == DType::Bool) return false;
  if (from == DType::Bool) return true;
  if (in(to, Floats)) {
    if (in(from, Floats)) return size_of(to) > size_of(from);
    if (to == DType::F64) return size_of(from) <= 4;
    return to == DType::F32 && size_of(from) <= 2;
  }
  if (in(from, Floats)) return false;
  if (in(from, Unsigned)) return size_of(to) > size_of(from);
  return in(to, Signed) && size_of(to) > size_of(from);
}

NodeId cast_of_cast(Graph& graph, NodeId id, FactTable&) {
  const Node node = graph[id];
  if (node.op != Op::cast) return NodeId();
  const NodeId x = node.args[0];
  if (graph.type(x).dtype == node.type.dtype) return x;
  const Node& inner = graph[x];
  if (inner.op != Op::cast) return NodeId();
  const NodeId source = inner.args[0];
  if (!holds_all(graph.type(source).dtype, inner.type.dtype)) return NodeId();
  if (graph.type(source).dtype == node.type.dtype) return source;
  return graph.add(Op::cast, {source}, node.attrs, graph.merged(node.locs, inner.locs));
}

} // namespace

const RuleSet& canonical_rules() {
  using enum Claim;
  static const RuleSet set = RuleSet{
      "canonical",
      {},
      {
          {"cast-of-cast", Kind::Elementwise, cast_of_cast, Bits,
           "the first conversion loses nothing"},
          {"reduce-of-nothing", Kind::Reduce, reduce_of_nothing, Real,
           "nothing to combine; the sum 0 + -0 is 0: the same real number"},
          {"reduce-of-reduce", Kind::Reduce, reduce_of_reduce, Range,
           "all axes at once; sums in another order"},
          {"reduce-of-transpose", Kind::Reduce, reduce_of_transpose, Range,
           "the order of reduced axes does not matter; sums in another order"},
          {"reduce-of-broadcast", Kind::Reduce, reduce_of_broadcast, Real,
           "repeated items count, or do not matter"},
          {"contract-of-transpose", Kind::Contract, contract_of_transpose, Bits,
           "products name their axes themselves"},
      }}.add(view_rules());
  return set;
}

} // namespace tsc
