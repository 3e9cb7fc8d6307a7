// A group of loops: which stages it needs, and what each computes and stores.
#include "passes/kernel_builder.h"

#include <algorithm>
#include <map>
#include <set>

namespace tsc {

namespace {

// What a stage must compute.
struct StagePlan {
  size_t level = 0;       // reductions of lower levels are ready
  std::vector<Dim> inner; // extents of its own axes
  std::vector<NodeId> reductions;
  std::vector<NodeId> stores;
};

class LoopsLowering {
public:
  LoopsLowering(const KernelContext& context, GroupId id)
      : graph_(context.graph), context_(context), group_(context.fusion.groups[id.index]),
        builder_(context) {
    builder_.set_group(id);
    id_ = id;
  }

  Kernel run();

private:
  bool is_member_reduction(NodeId node) const {
    const Kind kind = graph_[node].kind();
    return context_.fusion.group_of[node.index] == id_ &&
           (kind == Kind::Reduce || kind == Kind::Contract);
  }
  std::map<NodeId, size_t> levels() const;
  std::vector<Dim> inner_of_reduction(NodeId node) const;
  std::vector<Dim> inner_of_store(NodeId node) const;
  std::vector<StagePlan> plan_stages() const;
  std::vector<AxisId> inner_axes(const std::vector<Dim>& extents);
  void lower_stage(const StagePlan& plan);
  void lower_reduction(NodeId node, const std::vector<AxisId>& inner);
  void lower_store(NodeId node, const std::vector<AxisId>& inner);

  const Graph& graph_;
  const KernelContext& context_;
  const Group& group_;
  GroupId id_;
  KernelBuilder builder_;
  std::map<std::string, std::vector<AxisId>> inner_axes_;
};

// For each node evaluated here, how many rounds of reductions must be finished before it can be
// computed.
std::map<NodeId, size_t> LoopsLowering::levels() const {
  std::set<NodeId> nodes(group_.nodes.begin(), group_.nodes.end());
  std::vector<NodeId> todo = group_.nodes;
  while (!todo.empty()) { // views that are read through count too
    const NodeId id = todo.back();
    todo.pop_back();
    for (NodeId arg : graph_[id].args)
      if (!is_leaf(graph_[arg]) && !context_.fusion.group_of[arg.index].valid() &&
          nodes.insert(arg).second)
        todo.push_back(arg);
  }
  std::map<NodeId, size_t> level;
  for (NodeId id : nodes) {
    size_t most = 0;
    for (NodeId arg : graph_[id].args)
      if (const auto it = level.find(arg); it != level.end()) most = std::max(most, it->second);
    level[id] = most + is_member_reduction(id);
  }
  return level;
}

std::vector<Dim> LoopsLowering::inner_of_reduction(NodeId node) const {
  const Node& n = graph_[node];
  const Key key = n.kind() == Kind::Reduce ? Key::axes : Key::lhs_contract;
  std::vector<Dim> extents;
  for (int64_t axis : n.attrs.ints(key))
    extents.push_back(graph_.type(n.args[0]).shape[static_cast<size_t>(axis)]);
  return extents;
}

std::vector<Dim> LoopsLowering::inner_of_store(NodeId node) const {
  size_t followed = 0;
  for (int axis : context_.fusion.axes_of[node.index])
    followed += axis >= 0;
  if (followed <= group_.outer) return {};
  return {group_.full.begin() + static_cast<ptrdiff_t>(group_.outer), group_.full.end()};
}

std::string key_of(const std::vector<Dim>& extents) {
  std::string key;
  for (const Dim& d : extents)
    key += d.text() + ",";
  return key;
}

// Reductions that can run together share a stage; a store goes to the first stage with its loops in
// which its value can be known.
std::vector<StagePlan> LoopsLowering::plan_stages() const {
  const std::map<NodeId, size_t> level = levels();
  std::vector<StagePlan> stages;
  auto stage_for = [&](size_t at_least, bool exactly, const std::vector<Dim>& inner) -> StagePlan& {
    for (StagePlan& s : stages)
      if ((exactly ? s.level == at_least : s.level >= at_least) && key_of(s.inner) == key_of(inner))
        return s;
    auto place =
        std::find_if(stages.begin(), stages.end(), [&](auto& s) { return s.level > at_least; });
    return *stages.insert(place, StagePlan{at_least, inner, {}, {}});
  };
  for (NodeId id : group_.nodes)
    if (is_member_reduction(id))
      stage_for(level.at(id) - 1, true, inner_of_reduction(id)).reductions.push_back(id);
  for (NodeId id : group_.stored)
    stage_for(level.at(id), false, inner_of_store(id)).stores.push_back(id);
  return stages;
}

std::vector<AxisId> LoopsLowering::inner_axes(const std::vector<Dim>& extents) {
  auto [it, added] = inner_axes_.try_emplace(key_of(extents));
  if (added)
    for (const Dim& extent : extents)
      it->second.push_back(builder_.add_axis(extent));
  return it->second;
}

Literal start_of(Op combine, DType accumulator) {
  if (combine == Op::mul || combine == Op::logical_and) return Literal::integer(accumulator, 1);
  if (combine != Op::maximum && combine != Op::minimum) return Literal::integer(accumulator, 0);
  const bool lowest = combine == Op::maximum; // what every other item beats
  const double infinity = __builtin_inf();
  switch (accumulator) {
  case DType::Bool:
    return Literal::integer(accumulator, lowest ? 0 : 1);
  case DType::I8:
    return Literal::integer(accumulator, lowest ? INT8_MIN : INT8_MAX);
  case DType::I16:
    return Literal::integer(accumulator, lowest ? INT16_MIN : INT16_MAX);
  case DType::I32:
    return Literal::integer(accumulator, lowest ? INT32_MIN : INT32_MAX);
  case DType::I64:
    return Literal::integer(accumulator, lowest ? INT64_MIN : INT64_MAX);
  case DType::U8:
    return Literal::integer(accumulator, lowest ? 0 : UINT8_MAX);
  case DType::U16:
    return Literal::integer(accumulator, lowest ? 0 : UINT16_MAX);
  case DType::U32:
    return Literal::integer(accumulator, lowest ? 0 : int64_t{UINT32_MAX});
  case DType::U64:
    return lowest ? Literal::of<uint64_t>(0) : Literal::of<uint64_t>(UINT64_MAX);
  case DType::F16:
  case DType::BF16:
  case DType::F32:
  case DType::F64:
    return Literal::number(accumulator, lowest ? -infinity : infinity);
  case DType::C64:
  case DType::C128:
    break;
  }
  throw InternalError("no extreme value");
}

void LoopsLowering::lower_reduction(NodeId id, const std::vector<AxisId>& inner) {
  const Node& node = graph_[id];
  const Type& operand = graph_.type(node.args[0]);
  Reduction r{.id = ResultId(builder_.kernel.results++), .dtype = node.type.dtype};
  auto position_of = [&](size_t rank, const IntList& batch, const IntList& reduced,
                         size_t first_free) {
    Position p;
    p.at.assign(rank, Index::of(Dim(0)));
    for (size_t i = 0; i < batch.size(); ++i)
      p.at[static_cast<size_t>(batch[i])] = Index::of(AxisId(i));
    for (size_t i = 0; i < reduced.size(); ++i)
      p.at[static_cast<size_t>(reduced[i])] = Index::of(inner[i]);
    for (size_t axis = 0; axis < rank; ++axis) {
      const auto a = static_cast<int64_t>(axis);
      const bool used = std::find(batch.begin(), batch.end(), a) != batch.end() ||
                        std::find(reduced.begin(), reduced.end(), a) != reduced.end();
      if (!used) p.at[axis] = Index::of(AxisId(first_free++));
    }
    return p;
  };
  if (node.kind() == Kind::Reduce) {
    const IntList& axes = node.attrs.ints(Key::axes);
    r.combine = *row(node.op).combine;
    r.position = node.op == Op::argmax || node.op == Op::argmin;
    r.value = builder_.value(node.args[0], position_of(operand.rank(), {}, axes, 0));
    const bool adds_floats = r.combine == Op::add && in(operand.dtype, Floats);
    const bool complex = in(operand.dtype, Complexes);
    r.accumulator = adds_floats  ? DType::F64
                    : complex    ? DType::C128
                    : r.position ? compute_type(operand.dtype)
                                 : compute_type(node.type.dtype);
    if (r.position) { // row-major number over the reduced axes
      Dim stride = 1;
      r.place = Index::of(Dim(0));
      for (size_t i = inner.size(); i-- > 0;) {
        r.place = r.place + Index::of(inner[i]) * stride;
        stride = stride * builder_.kernel.axes[inner[i].index].extent;
      }
    }
  } else {
    const IntList &lb = node.attrs.ints(Key::lhs_batch), &lc = node.attrs.ints(Key::lhs_contract);
    const size_t left_free = operand.rank() - lb.size() - lc.size();
    const ValueId a = builder_.value(node.args[0], position_of(operand.rank(), lb, lc, lb.size()));
    const ValueId b = builder_.value(
        node.args[1], position_of(graph_.type(node.args[1]).rank(), node.attrs.ints(Key::rhs_batch),
                                  node.attrs.ints(Key::rhs_contract), lb.size() + left_free));
    r.combine = add_of(node.type.dtype);
    r.accumulator = compute_type(node.type.dtype);
    // Halves multiply exactly in f32, and the sum stays there.
    const DType wide = compute_type(node.type.dtype);
    auto widened = [&](ValueId v) {
      return wide == node.type.dtype
                 ? v
                 : builder_.emit(
                       {.action = Action::Apply, .dtype = wide, .op = Op::cast, .args = {v}});
    };
    const ValueId wa = widened(a), wb = widened(b);
    r.value = builder_.emit(
        {.action = Action::Apply, .dtype = wide, .op = mul_of(wide), .args = {wa, wb}});
  }
  r.start = start_of(r.combine, r.accumulator);
  builder_.set_result(id, r.id);
  builder_.kernel.stages.back().reductions.push_back(std::move(r));
  builder_.note_locations(id);
}

void LoopsLowering::lower_store(NodeId id, const std::vector<AxisId>& inner) {
  Position p;
  for (int axis : context_.fusion.axes_of[id.index]) {
    const auto a = static_cast<size_t>(axis);
    if (axis < 0)
      p.at.push_back(Index::of(Dim(0)));
    else
      p.at.push_back(Index::of(a < group_.outer ? AxisId(a) : inner[a - group_.outer]));
  }
  const Type& type = graph_.type(id);
  const ValueId v = builder_.value(id, p);
  builder_.store(context_.buffer_of(id), type.dtype, builder_.row_major(p, type.shape), v);
}

void LoopsLowering::lower_stage(const StagePlan& plan) {
  const std::vector<AxisId> inner = inner_axes(plan.inner);
  builder_.begin_stage(inner);
  for (NodeId id : plan.reductions)
    lower_reduction(id, inner);
  for (NodeId id : plan.stores)
    lower_store(id, inner);
}

Kernel LoopsLowering::run() {
  for (size_t i = 0; i < group_.outer; ++i)
    builder_.add_axis(group_.full[i]);
  builder_.kernel.outer = group_.outer;
  for (const StagePlan& plan : plan_stages())
    lower_stage(plan);
  return std::move(builder_.kernel);
}

} // namespace

Kernel lower_loops(const KernelContext& context, GroupId group) {
  return LoopsLowering(context, group).run();
}

} // namespace tsc
