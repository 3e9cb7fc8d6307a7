#include "passes/grad.h"

#include "passes/passes.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace tsc {

namespace {

using namespace build;

IntList counting(size_t from, size_t to) {
  IntList list;
  for (size_t i = from; i < to; ++i)
    list.push_back(static_cast<int64_t>(i));
  return list;
}

bool contains(const IntList& list, size_t axis) {
  return std::find(list.begin(), list.end(), static_cast<int64_t>(axis)) != list.end();
}

// The axes below `rank` that `used` leaves over, ascending.
IntList others(size_t rank, const IntList& used) {
  IntList list;
  for (size_t i = 0; i < rank; ++i)
    if (!contains(used, i)) list.push_back(static_cast<int64_t>(i));
  return list;
}

// One node's share in the chain rule: the derivative `g` of the cost by the node's value, and from
// it the contribution to each operand.
struct Backward {
  Graph& graph;
  const Node node; // a copy: adding nodes moves the graph's own
  const Value r;   // the node
  const Value g;

  Value arg(size_t i) const { return {&graph, node.args[i]}; }

  // The contribution to operand i; nullopt when nothing flows there.
  std::optional<Value> contribution(size_t i) const;

private:
  std::optional<Value> from_row(size_t i) const;
  Value view() const;
  Value slice() const;
  Value join(size_t i) const;
  Value contract(size_t i) const;
  Value gather() const;
  Value scatter(size_t i) const;
  Value last_writers() const;
};

// The row's Expr, over the operands' values. Of a reduction it runs over the op's axes, and what is
// left of the reduced shape spreads back.
std::optional<Value> Backward::from_row(size_t i) const {
  const OpRow& op = row(node.op);
  if (op.has(Underived))
    throw Error(Diag::NotDifferentiable, fmt::format("the derivative of {} is not known", op.name))
        .at(graph.first_location(node.locs));
  if (i >= op.grad.size() || op.grad[i].empty()) return std::nullopt;
  Binding binding{arg(0), {}, {}, g, r};
  if (node.args.size() > 1) binding.y = arg(1);
  if (node.args.size() > 2) binding.z = arg(2);
  if (node.kind() == Kind::Elementwise) return instantiate(op.grad[i], binding);
  const IntList& axes = node.attrs.ints(Key::axes);
  const Value d = instantiate(op.grad[i], binding, axes);
  if (d.rank() == arg(0).rank()) return d;
  return broadcast(d, arg(0).shape(), others(arg(0).rank(), axes));
}

// Views move items; the derivative moves them back, and adds up what an item was copied to.
Value Backward::view() const {
  const Shape& shape = arg(0).shape();
  if (node.op == Op::reshape) return build::reshape(g, shape);
  if (node.op == Op::flip) return build::flip(g, node.attrs.ints(Key::axes));
  if (node.op == Op::slice) return slice();
  if (node.op == Op::pad)
    return build::node(Op::slice, {g},
                       {{Key::start, node.attrs.dims(Key::low)},
                        {Key::count, shape},
                        {Key::step, IntList(shape.size(), 1)}});
  const IntList& axes = node.attrs.ints(Key::axes);
  if (node.op == Op::transpose) {
    IntList inverse(axes.size());
    for (size_t i = 0; i < axes.size(); ++i)
      inverse[static_cast<size_t>(axes[i])] = static_cast<int64_t>(i);
    return build::transpose(g, inverse);
  }
  TSC_CHECK(node.op == Op::broadcast);
  IntList summed = others(g.rank(), axes);
  for (size_t i = 0; i < axes.size(); ++i)
    if (shape[i] == Dim(1) && g.shape()[static_cast<size_t>(axes[i])] != Dim(1))
      summed.push_back(axes[i]);
  return build::reshape(summed.empty() ? g : sum(g, summed), shape);
}

// `x` with `step - 1` zeros behind each item of the axis, cut or filled up to `size` items.
Value spaced(Value x, size_t axis, int64_t step, const Dim& size) {
  Shape shape = x.shape();
  const auto at = static_cast<ptrdiff_t>(axis);
  x = expand_dims(x, {at + 1});
  Shape none(x.rank(), Dim(0)), behind = none;
  behind[axis + 1] = step - 1;
  shape[axis] = shape[axis] * Dim(step);
  x = build::reshape(pad(x, none, behind), shape);

  // One step more than wanted is surely enough to cut from: the last item is inside `size`.
  const Dim missing = size - shape[axis];
  const Dim fill =
      missing.is_number() ? Dim(std::max<int64_t>(missing.number(), 0)) : missing + Dim(step);
  none.pop_back();
  behind = none;
  behind[axis] = fill;
  if (fill != Dim(0)) x = pad(x, none, behind);
  shape[axis] = size;
  if (x.shape() == shape) return x;
  return build::node(
      Op::slice, {x},
      {{Key::start, none}, {Key::count, shape}, {Key::step, IntList(shape.size(), 1)}});
}

Value Backward::slice() const {
  const Shape size = arg(0).shape();
  const Shape &start = node.attrs.dims(Key::start), &count = node.attrs.dims(Key::count);
  const IntList& step = node.attrs.ints(Key::step);
  Value d = g;
  IntList backwards;
  for (size_t axis = 0; axis < size.size(); ++axis)
    if (step[axis] < 0) backwards.push_back(static_cast<int64_t>(axis));
  if (!backwards.empty()) d = build::flip(d, backwards);
  Shape low, high;
  for (size_t axis = 0; axis < size.size(); ++axis) {
    const int64_t stride = std::abs(step[axis]);
    const Dim first =
        step[axis] > 0 ? start[axis] : start[axis] - (count[axis] - Dim(1)) * Dim(stride);
    if (count[axis] == Dim(0)) return like(arg(0), 0);
    low.push_back(first);
    if (stride == 1) {
      high.push_back(size[axis] - first - count[axis]);
    } else {
      d = spaced(d, axis, stride, size[axis] - first);
      high.push_back(Dim(0));
    }
  }
  const auto is_zero = [](const Dim& dim) { return dim == Dim(0); };
  if (std::all_of(low.begin(), low.end(), is_zero) &&
      std::all_of(high.begin(), high.end(), is_zero))
    return d;
  return pad(d, low, high);
}

Value Backward::join(size_t i) const {
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  Shape start(g.rank(), Dim(0));
  for (size_t before = 0; before < i; ++before)
    start[axis] = start[axis] + arg(before).shape()[axis];
  if (node.args.size() == 1) return g;
  return build::node(
      Op::slice, {g},
      {{Key::start, start}, {Key::count, arg(i).shape()}, {Key::step, IntList(g.rank(), 1)}});
}

// With a result of axes (batch, rest of a, rest of b):
//   da = g . b over the rest of b, db = a . g over the rest of a,
// each with its axes then put into the operand's order.
Value Backward::contract(size_t i) const {
  const Key batch_keys[] = {Key::lhs_batch, Key::rhs_batch};
  const Key sum_keys[] = {Key::lhs_contract, Key::rhs_contract};
  const size_t j = 1 - i; // the other operand
  const IntList &my_batch = node.attrs.ints(batch_keys[i]),
                &its_batch = node.attrs.ints(batch_keys[j]);
  const IntList &my_sum = node.attrs.ints(sum_keys[i]), &its_sum = node.attrs.ints(sum_keys[j]);
  const auto rest = [&](size_t operand) {
    IntList used = node.attrs.ints(batch_keys[operand]);
    const IntList& summed = node.attrs.ints(sum_keys[operand]);
    used.insert(used.end(), summed.begin(), summed.end());
    return others(arg(operand).rank(), used);
  };
  const IntList my_rest = rest(i), its_rest = rest(j);
  const size_t batch = my_batch.size(), left_end = batch + rest(0).size();
  const IntList g_batch = counting(0, batch);
  const IntList g_sum = i == 0 ? counting(left_end, g.rank()) : counting(batch, left_end);
  const Value d = i == 0 ? build::contract(g, arg(1), g_batch, its_batch, g_sum, its_rest)
                         : build::contract(arg(0), g, its_batch, g_batch, its_rest, g_sum);

  // Which axis of mine each axis of d is. The summed ones come in the order of the other operand.
  IntList paired;
  for (size_t axis = 0; axis < arg(j).rank(); ++axis)
    for (size_t k = 0; k < its_sum.size(); ++k)
      if (its_sum[k] == static_cast<int64_t>(axis)) paired.push_back(my_sum[k]);
  IntList mine = my_batch;
  const IntList &first = i == 0 ? my_rest : paired, &second = i == 0 ? paired : my_rest;
  mine.insert(mine.end(), first.begin(), first.end());
  mine.insert(mine.end(), second.begin(), second.end());
  IntList order(mine.size());
  for (size_t k = 0; k < mine.size(); ++k)
    order[static_cast<size_t>(mine[k])] = static_cast<int64_t>(k);
  return build::transpose(d, order);
}

Value Backward::gather() const {
  const Value x = arg(0), indices = arg(1);
  const int64_t axis = node.attrs.integer(Key::axis), batch = node.attrs.integer(Key::batch);
  const auto rank = static_cast<int64_t>(indices.rank());
  if (batch != axis || rank != batch) return scatter_add(like(x, 0), indices, g, axis, batch);
  // One item was taken of each row: a comparison with the position fuses, a scatter would not.
  const Value place = cast(indices, DType::I64);
  const Value size = build::size(graph, x.shape()[static_cast<size_t>(axis)]);
  const Value from_start = select(less(place, like(place, 0)), place + size, place);
  const Value spread = broadcast(from_start, x.shape(), counting(0, indices.rank()));
  const Value taken = equal(iota(graph, DType::I64, x.shape(), axis), spread);
  return select(taken, broadcast(g, x.shape(), others(x.rank(), {axis})), like(x, 0));
}

// Of the places that scatter_set writes: was it this value that stayed? Shaped as the values. Each
// value of a row leaves its number at its place; those that find their own there again stayed.
Value Backward::last_writers() const {
  const Value x = arg(0), indices = arg(1);
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const auto batch = static_cast<size_t>(node.attrs.integer(Key::batch));
  const Value number =
      build::reshape(iota(graph, DType::I64, {product(indices.shape())}, 0), indices.shape());
  Shape places(x.shape().begin(), x.shape().begin() + static_cast<ptrdiff_t>(batch));
  places.push_back(x.shape()[axis]);
  const auto along = static_cast<int64_t>(batch);
  const Value board = build::number(graph, 0, DType::I64, places);
  const Value found =
      build::gather(scatter_set(board, indices, number, along, along), indices, along, along);
  IntList axes = counting(0, batch);
  for (size_t i = batch; i < indices.rank(); ++i)
    axes.push_back(static_cast<int64_t>(axis + i - batch));
  return broadcast(equal(found, number), arg(2).shape(), axes);
}

Value Backward::scatter(size_t i) const {
  const Value indices = arg(1), values = arg(2);
  const int64_t axis = node.attrs.integer(Key::axis), batch = node.attrs.integer(Key::batch);
  const bool adds = node.op == Op::scatter_add;
  if (i == 0) return adds ? g : scatter_set(g, indices, like(values, 0), axis, batch);
  const Value d = build::gather(g, indices, axis, batch);
  const bool repeats = static_cast<int64_t>(indices.rank()) > batch;
  return adds || !repeats ? d : select(last_writers(), d, like(d, 0));
}

std::optional<Value> Backward::contribution(size_t i) const {
  switch (node.kind()) {
  case Kind::Input:
  case Kind::Constant:
  case Kind::Index:
    return std::nullopt;
  case Kind::Elementwise:
  case Kind::Reduce:
  case Kind::Rowwise:
    return from_row(i);
  case Kind::View:
    return view();
  case Kind::Join:
    return join(i);
  case Kind::Contract:
    return contract(i);
  case Kind::Gather:
    return gather();
  case Kind::Scatter:
    return scatter(i);
  }
  throw InternalError("bad kind");
}

// `d` as a value of x's type. Sizes written differently are equal by a requirement of the graph.
Value fitted(Value d, Value x) { return build::reshape(cast(d, x.dtype()), x.shape()); }

bool complex_value(const Graph& graph, NodeId id) { return in(graph.type(id).dtype, Complexes); }
bool floating_value(const Graph& graph, NodeId id) { return in(graph.type(id).dtype, Floats); }

void check_request(const Graph& graph, NodeId cost, const std::vector<NodeId>& wrt) {
  const auto refuse = [&](const char* what, NodeId id) {
    throw Error(Diag::NotDifferentiable, what).note("value", graph.describe(id));
  };
  if (!floating_value(graph, cost) || graph.type(cost).rank() != 0)
    refuse("grad: the cost must be a floating scalar", cost);
  for (NodeId id : wrt)
    if (!floating_value(graph, id))
      refuse("grad: no derivative by a value that is not floating", id);
}

// Values on the way to the cost, by which it is to be derived, hidden from rewriting: a rule that
// finds log(1 + exp(x)) may not swallow the exp(x) that a derivative is asked by. Each stands
// behind a conversion to its own dtype, of which no stabilising rule knows.
class Hidden {
public:
  Hidden(Graph& graph, NodeId cost, const std::vector<NodeId>& values) : graph_(graph) {
    std::vector<bool> wanted(cost.index + 1);
    for (NodeId id : values)
      if (id.index <= cost.index) wanted[id.index] = !graph[id].args.empty();
    now_.resize(cost.index + 1);
    for (size_t i = 0; i <= cost.index; ++i) {
      const NodeId id(i);
      now_[i] = over(id, now_);
      if (!wanted[i]) continue;
      now_[i] =
          graph.add(Op::cast, {now_[i]}, {{Key::dtype, graph.type(id).dtype}}, graph[id].locs);
      barriers_.insert(now_[i]);
    }
  }

  NodeId operator[](NodeId id) const { return id.index < now_.size() ? now_[id.index] : id; }

  // The values, in the graph without conversions.
  std::vector<NodeId> shown(const std::vector<NodeId>& ids) {
    if (barriers_.empty()) return ids;
    std::vector<NodeId> now(graph_.size()), result;
    for (size_t i = 0; i < now.size(); ++i) {
      const NodeId id(i);
      now[i] = barriers_.contains(id) ? now[graph_[id].args[0].index] : over(id, now);
    }
    for (NodeId id : ids)
      result.push_back(now[id.index]);
    return result;
  }

private:
  // The node over what its operands are `now`.
  NodeId over(NodeId id, const std::vector<NodeId>& now) {
    std::vector<NodeId> args = graph_[id].args;
    for (NodeId& arg : args)
      arg = now[arg.index];
    if (args == graph_[id].args) return id;
    const Node node = graph_[id];
    return graph_.add(node.op, std::move(args), node.attrs, node.locs);
  }

  Graph& graph_;
  std::vector<NodeId> now_;
  std::unordered_set<NodeId> barriers_;
};

// The derivatives of `cost` as it stands.
std::vector<NodeId> derivatives(Graph& graph, NodeId cost, const std::vector<NodeId>& wrt) {
  // Values through which a `wrt` reaches others. Integers and bools carry no derivative.
  std::vector<bool> active(cost.index + 1);
  for (NodeId id : wrt)
    if (id.index <= cost.index) active[id.index] = true;
  for (size_t i = 0; i <= cost.index; ++i)
    if (floating_value(graph, NodeId(i)) || complex_value(graph, NodeId(i)))
      for (NodeId arg : graph[NodeId(i)].args)
        if (active[arg.index]) active[i] = true;

  std::vector<NodeId> derivative(cost.index + 1); // summed up so far
  if (active[cost.index]) derivative[cost.index] = like({&graph, cost}, 1).id;
  for (size_t i = cost.index + 1; i-- > 0;) {
    if (!derivative[i].valid()) continue;
    const NodeId id(i);
    const BuildLocation here(graph, graph[id].locs);
    const Backward backward{graph, graph[id], {&graph, id}, {&graph, derivative[i]}};
    for (size_t k = 0; k < backward.node.args.size(); ++k) {
      const NodeId arg = backward.node.args[k];
      if (!active[arg.index]) continue;
      if (complex_value(graph, arg))
        throw Error(Diag::NotDifferentiable, "derivatives do not pass through complex numbers")
            .at(graph.first_location(backward.node.locs))
            .note("value", graph.describe(arg));
      const std::optional<Value> d = backward.contribution(k);
      if (!d) continue;
      const Value mine = fitted(*d, backward.arg(k));
      NodeId& sum = derivative[arg.index];
      sum = sum.valid() ? add({&graph, sum}, mine).id : mine.id;
    }
  }

  std::vector<NodeId> result;
  for (NodeId id : wrt) {
    const bool reached = id.index <= cost.index && derivative[id.index].valid();
    result.push_back(reached ? derivative[id.index] : like({&graph, id}, 0).id);
  }
  return result;
}

} // namespace

std::vector<NodeId> grad(Graph& graph, NodeId cost, const std::vector<NodeId>& wrt) {
  check_request(graph, cost, wrt);
  Hidden hidden(graph, cost, wrt);
  std::vector<NodeId> by;
  for (NodeId id : wrt)
    by.push_back(hidden[id]);
  const NodeId stable = stabilised(graph, hidden[cost], by);
  return hidden.shown(derivatives(graph, stable, by));
}

} // namespace tsc
