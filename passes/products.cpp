#include "passes/products.h"

#include "passes/fuse.h"

#include <algorithm>

namespace tsc {

namespace {

IntList free_axes(size_t rank, const IntList& batch, const IntList& summed) {
  IntList rest;
  for (size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<int64_t>(i);
    if (std::find(batch.begin(), batch.end(), axis) == batch.end() &&
        std::find(summed.begin(), summed.end(), axis) == summed.end())
      rest.push_back(axis);
  }
  return rest;
}

IntList joined(std::initializer_list<IntList> parts) {
  IntList all;
  for (const IntList& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

IntList counting(size_t from, size_t count) {
  IntList axes;
  for (size_t i = 0; i < count; ++i)
    axes.push_back(static_cast<int64_t>(from + i));
  return axes;
}

// One operand: its axes in memory order must be batch, then free and summed in either order.
struct Side {
  IntList batch, summed, free;

  bool is_matrix() const {
    return in_order(joined({batch, free, summed})) || in_order(joined({batch, summed, free}));
  }
  bool is_transposed(bool summed_last) const {
    return !in_order(summed_last ? joined({batch, free, summed}) : joined({batch, summed, free}));
  }
  static bool in_order(const IntList& axes) { return std::is_sorted(axes.begin(), axes.end()); }
};

Side side_of(const Graph& graph, const Node& node, size_t arg) {
  const bool left = arg == 0;
  Side s{node.attrs.ints(left ? Key::lhs_batch : Key::rhs_batch),
         node.attrs.ints(left ? Key::lhs_contract : Key::rhs_contract),
         {}};
  s.free = free_axes(graph.type(node.args[arg]).rank(), s.batch, s.summed);
  return s;
}

} // namespace

Graph with_matrix_operands(const Graph& graph, const LowerOptions& options) {
  Rebuilder copy(graph);
  const std::vector<bool> live = live_nodes(graph);
  for (NodeId id : graph.ids()) {
    if (!live[id.index]) continue;
    const Node& node = graph[id];
    if (node.kind() != Kind::Contract || !by_blas(graph, id, options)) {
      copy.keep(id);
      continue;
    }
    std::vector<NodeId> args = copy.args(id);
    Attrs attrs = node.attrs;
    for (size_t i = 0; i < 2; ++i) {
      const Side s = side_of(graph, node, i);
      if (s.is_matrix()) continue;
      args[i] = copy.to().add(Op::transpose, {args[i]},
                              {{Key::axes, joined({s.batch, s.free, s.summed})}}, copy.locs(id));
      attrs.set(i == 0 ? Key::lhs_batch : Key::rhs_batch, counting(0, s.batch.size()));
      attrs.set(i == 0 ? Key::lhs_contract : Key::rhs_contract,
                counting(s.batch.size() + s.free.size(), s.summed.size()));
    }
    copy.set(id, copy.to().add(node.op, args, attrs, copy.locs(id)));
  }
  return copy.finish();
}

Product product_step(const Graph& graph, NodeId id,
                     const std::function<BufferId(NodeId)>& buffer_of) {
  const Node& node = graph[id];
  const Side left = side_of(graph, node, 0), right = side_of(graph, node, 1);
  auto extent = [&](size_t arg, const IntList& axes) {
    Dim total = 1;
    for (int64_t axis : axes)
      total = total * graph.type(node.args[arg]).shape[static_cast<size_t>(axis)];
    return total;
  };
  Product p;
  p.a = buffer_of(node.args[0]);
  p.b = buffer_of(node.args[1]);
  p.c = buffer_of(id);
  p.dtype = node.type.dtype;
  p.transpose_a = left.is_transposed(true);
  p.transpose_b = right.is_transposed(false);
  p.batch = extent(0, left.batch);
  p.m = extent(0, left.free);
  p.n = extent(1, right.free);
  p.k = extent(0, left.summed);
  return p;
}

} // namespace tsc
