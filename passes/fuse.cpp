#include "passes/fuse.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

namespace tsc {

bool is_leaf(const Node& node) {
  return node.kind() == Kind::Input ||
         (node.kind() == Kind::Constant && !node.attrs.value(Key::value).is_splat());
}

bool is_free(const Node& node) {
  return node.kind() == Kind::Index || (node.kind() == Kind::Constant && !is_leaf(node));
}

namespace {

// A view that need not be stored belongs to no group: whoever uses it reads through it.
bool is_transparent(const Node& node) { return node.kind() == Kind::View; }

bool provably_small(const Dim& elements, int64_t limit) {
  return elements.is_number() && elements.number() <= limit;
}

// Products up to this many multiplications are faster as loops in our code than as a call.
constexpr int64_t small_product = 32 * 32 * 32;
// A reduction over everything may share a kernel with what uses it only when this small: one outer
// point cannot be split among threads.
constexpr int64_t small_whole = 4096;

// What so few cheap ops make of free values is free as well, such as the number of items as a
// float.
constexpr int few_ops = 4;

// By node: the ops to compute it wherever it is read; nullopt where that is not for free.
std::vector<std::optional<int>> ops_of_free_values(const Graph& graph) {
  std::vector<std::optional<int>> ops(graph.size());
  for (NodeId id : graph.ids()) {
    const Node& node = graph[id];
    if (is_free(node)) ops[id.index] = 0;
    if (node.kind() != Kind::Elementwise || row(node.op).has(Expensive)) continue;
    int sum = 1;
    for (NodeId arg : node.args)
      sum += ops[arg.index] ? *ops[arg.index] : few_ops;
    if (sum <= few_ops) ops[id.index] = sum;
  }
  return ops;
}

// A reader of an operand is compared with this many of the readers before it.
constexpr size_t most_siblings = 8;

// How a group reads a value: for each axis of the value the axis of the loop space it follows, or
// -1 where its size is 1.
struct Access {
  GroupId group; // invalid: must be in memory, whoever asks
  NodeId space;  // a reduction whose loops these are; invalid: the group's full space
  std::vector<int> axes;
  bool exact = true; // false: positions are computed in another way (slice, pad, reshape, gather)
  bool repeated = false; // the same item is read at several points
};

struct Fuser {
  const Graph& graph;
  const LowerOptions& options;
  const std::vector<std::optional<int>> free_ops;
  std::vector<bool> live, must_store;
  std::vector<std::vector<Access>> accesses; // by node, from all its users
  std::vector<std::set<GroupId>> consumers;  // by group: groups that read what it stores
  std::vector<GroupId> merged_into;          // by group; itself where it stands
  Fusion result;

  Fuser(const Graph& g, const LowerOptions& o)
      : graph(g), options(o), free_ops(ops_of_free_values(g)), live(live_nodes(g)),
        must_store(g.size()), accesses(g.size()) {
    result.group_of.resize(g.size());
    for (const auto& ops : free_ops)
      result.anywhere.push_back(ops.has_value());
    result.axes_of.resize(g.size());
    for (const Output& output : g.outputs)
      must_store[output.node.index] = true;
    for (const Update& update : g.updates)
      must_store[update.value.index] = true;
  }

  Fusion run();

  Group& group(GroupId id) { return result.groups[id.index]; }
  GroupId new_group(Group::Form form, NodeId root);
  void place(NodeId id);
  bool try_join(NodeId id, GroupId to);
  bool accepts_role(NodeId id, Group& g, const Access& a);
  bool accepts_reduction(NodeId id, Group& g, const Access& a);
  void join(NodeId id, GroupId to, const Access& a);
  void read_operands(NodeId id, GroupId in, const Access& as);
  void read_through_view(NodeId view);
  void read_reduced(NodeId id, GroupId in);
  void read_contracted(NodeId id, GroupId in);
  void read(NodeId id, Access access);
  void store(NodeId id);
  bool reaches(GroupId from, GroupId to);
  GroupId now(GroupId id) const;
  void merge_readers(std::vector<Access>& readers);
  bool try_merge(const Access& a, const Access& b);
  void merge(GroupId into, GroupId from);
  void remove_merged_groups();
  void order_groups();
};

// The access of a view's operand that follows from an access of the view.
Access through(const Graph& graph, NodeId view, const Access& a);

std::vector<int> identity(size_t n) {
  std::vector<int> axes(n);
  for (size_t i = 0; i < n; ++i)
    axes[i] = static_cast<int>(i);
  return axes;
}

bool is_prefix(const std::vector<int>& axes) { return axes == identity(axes.size()); }

// How many leading axes of the full space the access follows in order, axes of size 1 aside;
// nullopt when it is of another form.
std::optional<size_t> leading_axes(const Access& a) {
  if (!a.exact || a.space.valid()) return std::nullopt;
  int next = 0;
  for (int axis : a.axes)
    if (axis >= 0 && axis != next++) return std::nullopt;
  return static_cast<size_t>(next);
}

GroupId Fuser::new_group(Group::Form form, NodeId root) {
  const GroupId id(result.groups.size());
  Group g;
  g.form = form;
  g.full = graph.type(root).shape;
  g.outer = g.full.size();
  result.groups.push_back(std::move(g));
  consumers.emplace_back();
  merged_into.push_back(id);
  return id;
}

void Fuser::read(NodeId id, Access access) {
  if (!free_ops[id.index]) accesses[id.index].push_back(std::move(access));
}

// The group that `id` has become.
GroupId Fuser::now(GroupId id) const {
  while (merged_into[id.index] != id)
    id = merged_into[id.index];
  return id;
}

// Is there a way from `from` to `to` along reads? Gives up (true) on very large graphs.
bool Fuser::reaches(GroupId from, GroupId to) {
  constexpr size_t budget = 4000;
  std::vector<GroupId> todo = {from};
  std::set<GroupId> seen = {from};
  while (!todo.empty()) {
    const GroupId at = todo.back();
    todo.pop_back();
    if (at == to) return true;
    for (GroupId reader : consumers[at.index])
      if (const GroupId next = now(reader); seen.insert(next).second) todo.push_back(next);
    if (seen.size() > budget) return true;
  }
  return false;
}

// May `id`, read as `a` says, be computed inside `g`, at a role where an item is computed once?
bool Fuser::accepts_role(NodeId id, Group& g, const Access& a) {
  if (a.space.valid()) return a.exact && !a.repeated && !must_store[id.index];
  if (const auto leading = leading_axes(a)) {
    if (*leading == g.full.size()) return true; // Full
    const bool split_fits = !g.outer_fixed || g.outer == *leading;
    if (split_fits && (*leading > 0 || provably_small(product(g.full), small_whole)))
      return true; // Outer
  }
  return !a.repeated && !must_store[id.index]; // read elsewhere, each item once
}

// A reduction must be an outer value, its axes the outer ones in order.
bool Fuser::accepts_reduction(NodeId id, Group& g, const Access& a) {
  const size_t rank = graph.type(id).rank();
  if (a.space.valid() || !a.exact || !is_prefix(a.axes) || a.axes.size() != rank) return false;
  if (g.outer_fixed && g.outer != rank) return false;
  const bool whole = rank == 0 && !g.full.empty();
  return !whole || provably_small(product(graph.type(graph[id].args[0]).shape), small_whole);
}

bool Fuser::try_join(NodeId id, GroupId to) {
  Group& g = group(to);
  if (g.form != Group::Form::Loops || g.nodes.size() >= options.max_group) return false;
  const Access* first = nullptr;
  bool elsewhere = false;
  for (const Access& a : accesses[id.index]) {
    if (a.group != to) {
      elsewhere = true;
      if (a.group.valid() && reaches(a.group, to)) return false;
      continue;
    }
    if (!first)
      first = &a;
    else if (a.space != first->space || a.axes != first->axes || !a.exact || !first->exact)
      return false;
  }
  const Kind kind = graph[id].kind();
  const bool reduces = kind == Kind::Reduce || kind == Kind::Contract;
  if (!(reduces ? accepts_reduction(id, g, *first) : accepts_role(id, g, *first))) return false;
  const auto leading = leading_axes(*first);
  const bool in_place =
      leading && (*leading == g.full.size() || !g.outer_fixed || *leading == g.outer);
  if ((elsewhere || must_store[id.index]) && !in_place)
    return false; // only values at Full or Outer can be stored
  const Access as = *first;
  join(id, to, as);
  if (elsewhere || must_store[id.index]) store(id);
  return true;
}

void Fuser::join(NodeId id, GroupId to, const Access& a) {
  Group& g = group(to);
  const Kind kind = graph[id].kind();
  const auto leading = leading_axes(a);
  const bool reduces = kind == Kind::Reduce || kind == Kind::Contract;
  const bool outer_value =
      leading && *leading < g.full.size() && (!g.outer_fixed || g.outer == *leading);
  if (reduces ||
      (outer_value && !(*leading == 0 && !provably_small(product(g.full), small_whole)))) {
    g.outer = *leading;
    g.outer_fixed = true;
  }
  g.nodes.push_back(id);
  result.group_of[id.index] = to;
  if (leading) result.axes_of[id.index] = a.axes;
  read_operands(id, to, a);
}

void Fuser::store(NodeId id) {
  const GroupId home = result.group_of[id.index];
  group(home).stored.push_back(id);
  for (const Access& a : accesses[id.index])
    if (a.group.valid() && a.group != home) consumers[home.index].insert(a.group);
}

// The operands of a reduction. Trailing axes can share the group's inner loops; else it has its
// own.
void Fuser::read_reduced(NodeId id, GroupId in) {
  Group& g = group(in);
  const Node& node = graph[id];
  const Shape& shape = graph.type(node.args[0]).shape;
  const IntList& axes = node.attrs.ints(Key::axes);
  const size_t kept = shape.size() - axes.size();
  const bool trailing = axes.empty() || axes.front() == static_cast<int64_t>(kept);
  if (trailing && g.full.size() == kept) g.full = shape;
  if (trailing && g.full == shape) return read(node.args[0], {in, {}, identity(shape.size())});
  Access a{in, id, {}};
  int next_kept = 0, next_reduced = static_cast<int>(kept);
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    a.axes.push_back(reduced ? next_reduced++ : next_kept++);
  }
  read(node.args[0], std::move(a));
}

// The operands of a product computed by loops: items are read once for each item of the other side.
void Fuser::read_contracted(NodeId id, GroupId in) {
  for (NodeId arg : graph[id].args)
    read(arg, {in, id, {}, false, true});
}

void Fuser::read_operands(NodeId id, GroupId in, const Access& as) {
  const Node& node = graph[id];
  switch (node.kind()) {
  case Kind::Elementwise:
    for (NodeId arg : node.args)
      read(arg, as);
    return;
  case Kind::Reduce:
    return read_reduced(id, in);
  case Kind::Contract:
    return read_contracted(id, in);
  case Kind::Gather:
    read(node.args[0], {in, as.space, {}, false, true});
    read(node.args[1], {in, as.space, {}, false, true});
    return;
  case Kind::View:
    return read(node.args[0], through(graph, id, as));
  case Kind::Input:
  case Kind::Constant:
  case Kind::Index:
  case Kind::Rowwise:
  case Kind::Join:
  case Kind::Scatter:
    break;
  }
  throw InternalError("this kind does not join a group");
}

Access through(const Graph& graph, NodeId id, const Access& a) {
  const Node& view = graph[id];
  const Shape& operand = graph.type(view.args[0]).shape;
  Access b{a.group, a.space, {}, a.exact, a.repeated};
  auto follow = [&](const std::vector<int>& where) {
    for (int w : where)
      b.axes.push_back(w < 0 || a.axes.empty() ? -1 : a.axes[static_cast<size_t>(w)]);
  };
  if (!a.exact) {
    b.repeated |= view.op == Op::broadcast;
    return b;
  }
  if (view.op == Op::broadcast || view.op == Op::transpose) {
    const IntList& axes = view.attrs.ints(Key::axes);
    std::vector<int> where(operand.size(), -1);
    for (size_t i = 0; i < axes.size(); ++i) {
      const auto at = static_cast<size_t>(axes[i]);
      if (view.op == Op::transpose)
        where[at] = static_cast<int>(i);
      else if (operand[i] == view.type.shape[at])
        where[i] = static_cast<int>(at);
    }
    follow(where);
    b.repeated |= view.op == Op::broadcast;
    return b;
  }
  if (view.op == Op::reshape)
    if (const auto where = places_but_ones(operand, view.type.shape)) return follow(*where), b;
  b.exact = false;
  return b;
}

void Fuser::read_through_view(NodeId view) {
  const std::vector<Access> readers = accesses[view.index];
  for (const Access& a : readers)
    read(graph[view].args[0], through(graph, view, a));
}

// Puts a node into the group of its users where that is right, else into a group of its own.
void Fuser::place(NodeId id) {
  const Node& node = graph[id];
  merge_readers(accesses[id.index]);
  if (is_transparent(node) && !must_store[id.index]) return read_through_view(id);
  const bool loops = node.kind() != Kind::Scatter && node.kind() != Kind::Join &&
                     !(node.kind() == Kind::Contract && by_blas(graph, id, options));
  if (loops) {
    std::vector<GroupId> candidates;
    for (const Access& a : accesses[id.index])
      if (a.group.valid() &&
          std::find(candidates.begin(), candidates.end(), a.group) == candidates.end())
        candidates.push_back(a.group);
    for (GroupId candidate : candidates)
      if (try_join(id, candidate)) return;
  }
  const Group::Form form = loops                          ? Group::Form::Loops
                           : node.kind() == Kind::Scatter ? Group::Form::Scatter
                           : node.kind() == Kind::Join    ? Group::Form::Join
                                                          : Group::Form::Product;
  const GroupId own = new_group(form, id);
  if (loops) {
    join(id, own, {own, {}, identity(node.type.rank())});
  } else {
    group(own).nodes.push_back(id);
    result.group_of[id.index] = own;
    for (NodeId arg : node.args) {
      read(arg, {own, {}, {}, false, true});
      // BLAS reads memory: views and splats must stand there too.
      if (form == Group::Form::Product && !is_leaf(graph[arg])) must_store[arg.index] = true;
    }
  }
  store(id);
}

// May the groups of two readers of one operand, which read it in the same way, run as one?
bool Fuser::try_merge(const Access& a, const Access& b) {
  if (!a.group.valid() || !b.group.valid() || !a.exact || !b.exact || a.axes != b.axes)
    return false;
  const GroupId first = now(a.group), second = now(b.group);
  if (first == second || a.space.valid() != b.space.valid()) return false;
  const Group &g = group(first), &h = group(second);
  const bool loops = g.form == Group::Form::Loops && h.form == Group::Form::Loops;
  if (!loops || g.full != h.full || g.nodes.size() + h.nodes.size() > options.max_group)
    return false;
  if (g.outer_fixed && h.outer_fixed && g.outer != h.outer) return false;
  // What is shared must be worth it: an item for each point.
  if (!a.space.valid() && leading_axes(a) != g.full.size()) return false;
  if (reaches(first, second) || reaches(second, first)) return false;
  merge(first, second);
  return true;
}

void Fuser::merge(GroupId into, GroupId from) {
  Group &g = group(into), &h = group(from);
  if (h.outer_fixed) g.outer = h.outer;
  g.outer_fixed |= h.outer_fixed;
  g.nodes.insert(g.nodes.end(), h.nodes.begin(), h.nodes.end());
  g.stored.insert(g.stored.end(), h.stored.begin(), h.stored.end());
  consumers[into.index].insert(consumers[from.index].begin(), consumers[from.index].end());
  h.nodes.clear();
  merged_into[from.index] = into;
}

// Groups that read the same operand over the same loops, such as a sum and a maximum of one array
// or two outputs with a part in common, become one, which reads or computes it once.
void Fuser::merge_readers(std::vector<Access>& readers) {
  for (size_t i = 1; i < readers.size(); ++i)
    for (size_t j = 0; j < std::min<size_t>(i, most_siblings); ++j)
      if (try_merge(readers[j], readers[i])) break;
  for (Access& a : readers)
    if (a.group.valid()) a.group = now(a.group);
}

// Drops the groups that were merged into others.
void Fuser::remove_merged_groups() {
  std::vector<GroupId> place(result.groups.size());
  std::vector<Group> groups;
  for (size_t i = 0; i < place.size(); ++i) {
    if (now(GroupId(i)) != GroupId(i)) continue;
    place[i] = GroupId(groups.size());
    groups.push_back(std::move(result.groups[i]));
  }
  std::vector<std::set<GroupId>> readers(groups.size());
  for (size_t i = 0; i < place.size(); ++i)
    for (GroupId reader : consumers[i])
      readers[place[now(GroupId(i)).index].index].insert(place[now(reader).index]);
  for (GroupId& id : result.group_of)
    if (id.valid()) id = place[now(id).index];
  result.groups = std::move(groups);
  consumers = std::move(readers);
}

// Kahn's algorithm; among those ready, the group whose first node is earliest.
void Fuser::order_groups() {
  const size_t n = result.groups.size();
  std::vector<size_t> waiting(n);
  for (const auto& next : consumers)
    for (GroupId id : next)
      ++waiting[id.index];
  auto later = [&](size_t a, size_t b) {
    return result.groups[a].nodes.front() > result.groups[b].nodes.front();
  };
  std::priority_queue<size_t, std::vector<size_t>, decltype(later)> ready(later);
  for (size_t i = 0; i < n; ++i)
    if (waiting[i] == 0) ready.push(i);
  std::vector<Group> ordered;
  std::vector<GroupId> place(n);
  while (!ready.empty()) {
    const size_t i = ready.top();
    ready.pop();
    place[i] = GroupId(ordered.size());
    ordered.push_back(result.groups[i]);
    for (GroupId next : consumers[i])
      if (--waiting[next.index] == 0) ready.push(next.index);
  }
  TSC_CHECK(ordered.size() == n);
  result.groups = std::move(ordered);
  for (GroupId& id : result.group_of)
    if (id.valid()) id = place[id.index];
}

Fusion Fuser::run() {
  for (size_t i = graph.size(); i-- > 0;) {
    const NodeId id(i);
    if (!live[i] || is_leaf(graph[id])) continue;
    if (free_ops[i] && !must_store[i]) continue;
    if (free_ops[i]) { // an output that is a constant or a position still has to be written
      const GroupId own = new_group(Group::Form::Loops, id);
      group(own).nodes.push_back(id);
      result.group_of[i] = own;
      result.axes_of[i] = identity(graph.type(id).rank());
      store(id);
      continue;
    }
    place(id);
  }
  for (std::vector<Access>& readers : accesses)
    merge_readers(readers);
  remove_merged_groups();
  for (Group& g : result.groups) {
    std::sort(g.nodes.begin(), g.nodes.end());
    std::sort(g.stored.begin(), g.stored.end());
  }
  order_groups();
  return std::move(result);
}

} // namespace

std::optional<std::vector<int>> places_but_ones(const Shape& from, const Shape& to) {
  std::vector<int> places(from.size(), -1);
  size_t j = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] == Dim(1)) continue;
    while (j < to.size() && to[j] == Dim(1))
      ++j;
    if (j == to.size() || to[j] != from[i]) return std::nullopt;
    places[i] = static_cast<int>(j++);
  }
  while (j < to.size() && to[j] == Dim(1))
    ++j;
  return j == to.size() ? std::optional(places) : std::nullopt;
}

bool by_blas(const Graph& graph, NodeId id, const LowerOptions& options) {
  const Node& node = graph[id];
  if (!options.blas || !in(node.type.dtype, bit(DType::F32) | bit(DType::F64))) return false;
  Dim work = product(node.type.shape);
  for (int64_t axis : node.attrs.ints(Key::lhs_batch)) // per matrix of the batch
    work = floordiv(work,
                    graph.type(node.args[0]).shape[static_cast<size_t>(axis)].is_number() &&
                            graph.type(node.args[0]).shape[static_cast<size_t>(axis)].number() == 0
                        ? Dim(1)
                        : graph.type(node.args[0]).shape[static_cast<size_t>(axis)]);
  for (int64_t axis : node.attrs.ints(Key::lhs_contract))
    work = work * graph.type(node.args[0]).shape[static_cast<size_t>(axis)];
  return !provably_small(work, small_product);
}

Fusion fuse(const Graph& graph, const LowerOptions& options) { return Fuser(graph, options).run(); }

} // namespace tsc
