// The form that all other rules count on. Views: compositions merged into one, views without effect
// dropped, and views moved from an op's operands to its result where that costs nothing, so that
// the patterns of rows need not know them. Signs: none hides in a sum.
#include "ir/build.h"
#include "passes/match.h"
#include "passes/rules/rules.h"

#include <algorithm>
#include <cmath>

namespace tsc {

namespace {

const Node& operand(const Graph& graph, NodeId id, size_t i = 0) {
  return graph[graph[id].args[i]];
}

NodeId add_view(Graph& graph, Op op, NodeId x, Attrs attrs, LocsId locs) {
  return graph.add(op, {x}, std::move(attrs), locs);
}

LocsId both_locs(Graph& graph, NodeId id) {
  return graph.merged(graph[id].locs, operand(graph, id).locs);
}

bool is_identity(const IntList& axes) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<int64_t>(i)) return false;
  return true;
}

bool all_zero(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end(), [](const Dim& d) { return d == Dim(0); });
}

bool all_one(const IntList& list) {
  return std::all_of(list.begin(), list.end(), [](int64_t i) { return i == 1; });
}

NodeId identity_view(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  const NodeId x = node.args[0];
  const bool same_shape = node.type == graph.type(x);
  const bool idle = node.op == Op::transpose ? is_identity(node.attrs.ints(Key::axes))
                    : node.op == Op::flip    ? node.attrs.ints(Key::axes).empty()
                    : node.op == Op::pad     ? all_zero(node.attrs.dims(Key::low)) &&
                                                   all_zero(node.attrs.dims(Key::high))
                    : node.op == Op::slice ? same_shape && all_zero(node.attrs.dims(Key::start)) &&
                                                 all_one(node.attrs.ints(Key::step))
                                           : same_shape;
  return idle ? x : NodeId();
}

// A view of a splat is a splat: no position tells from any other.
NodeId view_of_splat(Graph& graph, NodeId id, FactTable&) {
  const Node& x = operand(graph, id);
  if (x.kind() != Kind::Constant || !x.attrs.value(Key::value).is_splat()) return NodeId();
  const Literal value = x.attrs.value(Key::value);
  if (graph[id].op == Op::pad && !(graph[id].attrs.value(Key::value) == value)) return NodeId();
  return graph.constant(value, graph.type(id).shape, both_locs(graph, id));
}

// The same of a scalar repeated everywhere.
NodeId view_of_repeated_scalar(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  const Node& x = operand(graph, id);
  if (x.op != Op::broadcast || node.op == Op::pad || operand(graph, node.args[0]).type.rank() != 0)
    return NodeId();
  return add_view(graph, Op::broadcast, x.args[0],
                  {{Key::shape, node.type.shape}, {Key::axes, IntList{}}}, both_locs(graph, id));
}

NodeId transpose_of_transpose(const Graph& graph, NodeId id, Attrs& attrs) {
  const IntList &outer = graph[id].attrs.ints(Key::axes),
                &inner = operand(graph, id).attrs.ints(Key::axes);
  IntList axes;
  for (int64_t axis : outer)
    axes.push_back(inner[static_cast<size_t>(axis)]);
  attrs.set(Key::axes, std::move(axes));
  return operand(graph, id).args[0];
}

NodeId broadcast_of_broadcast(const Graph& graph, NodeId id, Attrs& attrs) {
  IntList axes;
  for (int64_t axis : operand(graph, id).attrs.ints(Key::axes))
    axes.push_back(graph[id].attrs.ints(Key::axes)[static_cast<size_t>(axis)]);
  attrs.set(Key::axes, std::move(axes));
  return operand(graph, id).args[0];
}

NodeId slice_of_slice(const Graph& graph, NodeId id, Attrs& attrs) {
  const Node &outer = graph[id], &inner = operand(graph, id);
  Shape start;
  IntList step;
  for (size_t i = 0; i < outer.type.rank(); ++i) {
    const int64_t s = inner.attrs.ints(Key::step)[i];
    start.push_back(inner.attrs.dims(Key::start)[i] + outer.attrs.dims(Key::start)[i] * Dim(s));
    const Dim both = Dim(outer.attrs.ints(Key::step)[i]) * Dim(s);
    step.push_back(both.number());
  }
  attrs.set(Key::start, std::move(start));
  attrs.set(Key::step, std::move(step));
  return inner.args[0];
}

NodeId flip_of_flip(const Graph& graph, NodeId id, Attrs& attrs) {
  IntList axes;
  const IntList &a = graph[id].attrs.ints(Key::axes), &b = operand(graph, id).attrs.ints(Key::axes);
  IntList outer = a, inner = b;
  std::sort(outer.begin(), outer.end()), std::sort(inner.begin(), inner.end());
  std::set_symmetric_difference(outer.begin(), outer.end(), inner.begin(), inner.end(),
                                std::back_inserter(axes));
  attrs.set(Key::axes, std::move(axes));
  return operand(graph, id).args[0];
}

NodeId pad_of_pad(const Graph& graph, NodeId id, Attrs& attrs) {
  const Node &outer = graph[id], &inner = operand(graph, id);
  if (!(outer.attrs.value(Key::value) == inner.attrs.value(Key::value))) return NodeId();
  for (Key key : {Key::low, Key::high}) {
    Shape sum = inner.attrs.dims(key);
    for (size_t i = 0; i < sum.size(); ++i)
      sum[i] = sum[i] + outer.attrs.dims(key)[i];
    attrs.set(key, std::move(sum));
  }
  return inner.args[0];
}

// Two views of one op become one.
NodeId view_of_view(Graph& graph, NodeId id, FactTable&) {
  const Op op = graph[id].op;
  if (operand(graph, id).op != op) return NodeId();
  Attrs attrs = graph[id].attrs;
  const NodeId x = op == Op::transpose   ? transpose_of_transpose(graph, id, attrs)
                   : op == Op::broadcast ? broadcast_of_broadcast(graph, id, attrs)
                   : op == Op::slice     ? slice_of_slice(graph, id, attrs)
                   : op == Op::flip      ? flip_of_flip(graph, id, attrs)
                   : op == Op::pad       ? pad_of_pad(graph, id, attrs)
                                         : operand(graph, id).args[0];
  return x.valid() ? add_view(graph, op, x, std::move(attrs), both_locs(graph, id)) : NodeId();
}

// broadcast(reshape that only adds axes of size 1): one broadcast, which adds axes itself.
NodeId broadcast_of_new_axes(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  if (node.op != Op::broadcast || operand(graph, id).op != Op::reshape) return NodeId();
  const std::optional<Spread> inner = spread_of(graph, node.args[0]);
  if (!inner) return NodeId();
  Attrs attrs = node.attrs;
  IntList axes;
  for (int64_t place : inner->places)
    axes.push_back(node.attrs.ints(Key::axes)[static_cast<size_t>(place)]);
  attrs.set(Key::axes, std::move(axes));
  return add_view(graph, Op::broadcast, inner->source, std::move(attrs), both_locs(graph, id));
}

// A broadcast that repeats nothing is a reshape.
NodeId broadcast_to_new_axes(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  if (node.op != Op::broadcast) return NodeId();
  Shape rest = node.type.shape;
  const Shape& from = graph.type(node.args[0]).shape;
  const IntList& axes = node.attrs.ints(Key::axes);
  for (size_t i = axes.size(); i-- > 0;) {
    if (from[i] != rest[static_cast<size_t>(axes[i])]) return NodeId();
    rest.erase(rest.begin() + axes[i]);
  }
  if (!std::all_of(rest.begin(), rest.end(), [](const Dim& d) { return d == Dim(1); }))
    return NodeId();
  return add_view(graph, Op::reshape, node.args[0], {{Key::shape, node.type.shape}}, node.locs);
}

// A transpose that only moves axes of size 1 leaves the items where they are.
NodeId transpose_of_unit_axes(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  if (node.op != Op::transpose) return NodeId();
  int64_t last = -1;
  for (int64_t axis : node.attrs.ints(Key::axes)) {
    if (graph.type(node.args[0]).shape[static_cast<size_t>(axis)] == Dim(1)) continue;
    if (axis < last) return NodeId();
    last = axis;
  }
  return add_view(graph, Op::reshape, node.args[0], {{Key::shape, node.type.shape}}, node.locs);
}

// A slice that stays inside one operand of a concat (sizes being numbers).
NodeId slice_of_concat(Graph& graph, NodeId id, FactTable&) {
  const Node &node = graph[id], &joined = operand(graph, id);
  if (node.op != Op::slice || joined.op != Op::concat) return NodeId();
  const auto axis = static_cast<size_t>(joined.attrs.integer(Key::axis));
  const Dim &start = node.attrs.dims(Key::start)[axis], &count = node.attrs.dims(Key::count)[axis];
  if (!start.is_number() || !count.is_number() || count.number() == 0) return NodeId();
  const int64_t first = start.number();
  const int64_t last = first + (count.number() - 1) * node.attrs.ints(Key::step)[axis];
  int64_t begin = 0;
  for (NodeId part : joined.args) {
    const Dim& size = graph.type(part).shape[axis];
    if (!size.is_number()) return NodeId();
    const int64_t end = begin + size.number();
    if (std::min(first, last) >= begin && std::max(first, last) < end) {
      Attrs attrs = node.attrs;
      Shape starts = node.attrs.dims(Key::start);
      starts[axis] = first - begin;
      attrs.set(Key::start, std::move(starts));
      return add_view(graph, Op::slice, part, std::move(attrs), both_locs(graph, id));
    }
    begin = end;
  }
  return NodeId();
}

NodeId concat_of_one(Graph& graph, NodeId id, FactTable&) {
  return graph[id].args.size() == 1 ? graph[id].args[0] : NodeId();
}

bool is_splat(const Node& node) {
  return node.kind() == Kind::Constant && node.attrs.value(Key::value).is_splat();
}

bool costs_nothing_to_lift(Op op) {
  return op == Op::reshape || op == Op::transpose || op == Op::broadcast || op == Op::flip;
}

// op(view(a), view(b), splat) is view(op(a, b, splat)): fewer items to compute under a broadcast,
// and patterns meet the ops next to each other.
NodeId lift_view(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  const Node* view = nullptr;
  for (NodeId arg : node.args) {
    const Node& a = graph[arg];
    if (is_splat(a)) continue;
    if (!costs_nothing_to_lift(a.op)) return NodeId();
    if (view && (view->op != a.op || !(view->attrs == a.attrs) ||
                 graph.type(view->args[0]).shape != graph.type(a.args[0]).shape))
      return NodeId();
    view = &a;
  }
  if (!view) return NodeId();
  const Attrs attrs = view->attrs, own = node.attrs;
  const Op op = view->op, outer = node.op;
  const Shape small = graph.type(view->args[0]).shape;
  std::vector<NodeId> args = node.args;
  LocsId locs = node.locs;
  const LocsId node_locs = locs;
  for (NodeId& arg : args) {
    if (is_splat(graph[arg])) {
      const Literal value = graph[arg].attrs.value(Key::value);
      arg = graph.constant(value, small, graph[arg].locs);
    } else {
      locs = graph.merged(locs, graph[arg].locs);
      arg = graph[arg].args[0];
    }
  }
  return add_view(graph, op, graph.add(outer, std::move(args), own, node_locs), attrs, locs);
}

// Constants that a conversion or a sign keeps exact take their value at once: 1 written as an i64
// or -1 written as neg(1) is the 1 or -1 of a pattern.
NodeId exact_constant(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  if (node.args.size() != 1 || !is_splat(operand(graph, id))) return NodeId();
  if (node.op != Op::cast && node.op != Op::neg) return NodeId();
  const DType to = node.type.dtype;
  const Literal& from = operand(graph, id).attrs.value(Key::value);
  if (!in(to, Floats) || in(from.dtype(), Complexes)) return NodeId();
  const double value = from.as_f64();
  const bool wide = in(from.dtype(), bit(DType::I64) | bit(DType::U64));
  if (wide && !(std::fabs(value) < 0x1p53)) return NodeId(); // as_f64 may have rounded
  const Literal now = Literal::number(to, node.op == Op::neg ? -value : value);
  if (std::fabs(now.as_f64()) != std::fabs(value)) return NodeId();
  return graph.constant(now, node.type.shape, both_locs(graph, id));
}

// One operand order for commutative ops: constants stand right. Not of maximum and minimum, whose
// derivative at a tie is the first operand's.
NodeId constant_right(Graph& graph, NodeId id, FactTable&) {
  const Node& node = graph[id];
  if (!row(node.op).has(Commutative) || row(node.op).has(Picks) ||
      operand(graph, id, 0).kind() != Kind::Constant ||
      operand(graph, id, 1).kind() == Kind::Constant)
    return NodeId();
  return graph.add(node.op, {node.args[1], node.args[0]}, node.attrs, node.locs);
}

} // namespace

const RuleSet& view_rules() {
  using enum Claim;
  using namespace expr;
  static const RuleSet set{
      "views",
      {
          {"neg-neg", -(-x), x, Bits, "two flips of the sign", {}, Reals},
          {"add-neg", x + -y, x - y, Bits, "one op less", {}, Reals},
          {"sub-neg", x - -y, x + y, Bits, "one op less", {}, Reals},
      },
      {
          {"identity-view", Kind::View, identity_view, Bits, "it changes nothing"},
          {"view-of-splat", Kind::View, view_of_splat, Bits, "no position tells from any other"},
          {"view-of-repeated-scalar", Kind::View, view_of_repeated_scalar, Bits,
           "no position tells from any other"},
          {"view-of-view", Kind::View, view_of_view, Bits, "two views of one op are one"},
          {"broadcast-of-new-axes", Kind::View, broadcast_of_new_axes, Bits,
           "broadcast adds axes itself"},
          {"broadcast-to-new-axes", Kind::View, broadcast_to_new_axes, Bits,
           "nothing is repeated: a reshape"},
          {"transpose-of-unit-axes", Kind::View, transpose_of_unit_axes, Bits,
           "no item moves: a reshape"},
          {"slice-of-concat", Kind::View, slice_of_concat, Bits, "only one operand is looked at"},
          {"concat-of-one", Kind::Join, concat_of_one, Bits, "nothing to join"},
          {"exact-constant", Kind::Elementwise, exact_constant, Bits,
           "so that patterns see the number"},
          {"constant-right", Kind::Elementwise, constant_right, Bits, "one form to match"},
          {"lift-view", Kind::Elementwise, lift_view, Bits,
           "computed on fewer items; patterns see through"},
      }};
  return set;
}

} // namespace tsc
