#include "passes/lower_kernel.h"

#include <algorithm>
#include <map>
#include <set>

namespace tsc {

namespace {

// Where an item is read: a place on each axis, or a row-major number when only that is known.
struct Position {
  std::vector<Index> at;
  std::optional<Index> flat;
  ValueId guard; // memory is touched only where this holds

  std::string key() const {
    std::string out;
    if (flat)
      out = "#" + flat->text();
    else
      for (const Index& i : at) out += i.text() + ",";
    return guard.valid() ? out + "?" + std::to_string(guard.index) : out;
  }
};

// What a stage must compute.
struct StagePlan {
  size_t level = 0;              // reductions of lower levels are ready
  std::vector<Dim> inner;        // extents of its own axes
  std::vector<NodeId> reductions;
  std::vector<NodeId> stores;
};

class KernelBuilder {
public:
  explicit KernelBuilder(const KernelContext& context) : context_(context), graph_(context.graph) {}

  Kernel kernel;

  AxisId add_axis(Dim extent) {
    kernel.axes.push_back({std::move(extent)});
    return AxisId(kernel.axes.size() - 1);
  }
  ParamId param(BufferId buffer, DType dtype, bool write);
  void begin_stage(std::vector<AxisId> axes);
  // The value of `root` at `position`, computed in the current stage.
  ValueId value(NodeId root, const Position& position);
  ValueId emit(Instruction instruction);
  void store(BufferId buffer, DType dtype, Index index, ValueId value, ValueId guard = {});
  Index row_major(const Position& position, const Shape& shape);
  ValueId checked(NodeId node, ValueId index, const Dim& size);
  ValueId in_range(const Index& index, const Dim& size);
  void set_result(NodeId node, ResultId result) { results_[node] = result; }
  void set_group(GroupId group) { group_ = group; }
  void note_locations(NodeId node);

private:
  struct Demand {
    NodeId node;
    Position position;
  };
  using Memo = std::map<std::pair<NodeId, std::string>, ValueId>;

  std::optional<ValueId> known(NodeId node, const Position& position) const;
  std::optional<Demand> missing(NodeId node, const Position& position);
  std::vector<Demand> demands(NodeId node, const Position& position);
  ValueId build(NodeId node, const Position& position);
  ValueId apply(NodeId node, const Position& position);
  ValueId index_value(NodeId node, const Position& position);
  bool computed_here(NodeId node) const;
  const std::vector<Index>& places(NodeId node, Position& position);
  std::pair<Index, Index> divided(const Index& index, const Dim& divisor);
  Position through_view(NodeId view, Position position);
  Position gathered(NodeId gather, Position position);
  ValueId both(ValueId a, ValueId b);
  ValueId load(NodeId node, Position position);

  const KernelContext& context_;
  const Graph& graph_;
  GroupId group_;
  std::map<NodeId, ResultId> results_;
  std::map<BufferId, ParamId> params_;
  Memo memo_; // of the current stage
  std::map<std::string, ValueId> emitted_; // instructions of the current stage without operands in memory
};

ParamId KernelBuilder::param(BufferId buffer, DType dtype, bool write) {
  auto [it, added] = params_.try_emplace(buffer, ParamId(kernel.params.size()));
  if (added) kernel.params.push_back({buffer, dtype, false, false});
  KernelParam& p = kernel.params[it->second.index];
  (write ? p.written : p.read) = true;
  return it->second;
}

void KernelBuilder::begin_stage(std::vector<AxisId> axes) {
  kernel.stages.push_back({std::move(axes), {}, {}});
  memo_.clear();
  emitted_.clear();
}

ValueId KernelBuilder::emit(Instruction instruction) {
  instruction.id = ValueId(kernel.values++);
  kernel.stages.back().body.push_back(std::move(instruction));
  return kernel.stages.back().body.back().id;
}

void KernelBuilder::store(BufferId buffer, DType dtype, Index index, ValueId value, ValueId guard) {
  Instruction i{.action = Action::Store, .dtype = dtype, .args = {value}, .guard = guard};
  i.index = std::move(index);
  i.param = param(buffer, dtype, true);
  kernel.stages.back().body.push_back(std::move(i));
}

void KernelBuilder::note_locations(NodeId node) {
  for (const Loc& loc : graph_.locations(graph_[node].locs))
    if (kernel.locs.size() < 8 && std::find(kernel.locs.begin(), kernel.locs.end(), loc) == kernel.locs.end())
      kernel.locs.push_back(loc);
}

bool KernelBuilder::computed_here(NodeId node) const {
  const Node& n = graph_[node];
  if (is_leaf(n)) return false;
  const GroupId home = context_.fusion.group_of[node.index];
  return !home.valid() || home == group_; // no home: free, or a view read through
}

// index / divisor and index mod divisor; without division where the terms allow it.
std::pair<Index, Index> KernelBuilder::divided(const Index& index, const Dim& divisor) {
  if (divisor == Dim(1)) return {index, Index::of(Dim(0))};
  Index quotient, rest;
  auto exact = [&](const Dim& d) { return floordiv(d, divisor) * divisor == d; };
  for (const IndexTerm& term : index.terms) {
    if (exact(term.coefficient))
      quotient.terms.push_back({term.axis, term.value, floordiv(term.coefficient, divisor)});
    else
      rest.terms.push_back(term);
  }
  (exact(index.constant) ? quotient : rest).constant =
      exact(index.constant) ? floordiv(index.constant, divisor) : index.constant;
  Dim most = rest.constant; // of `rest`, when all its terms are axes with positive coefficients
  bool bounded = true;
  for (const IndexTerm& term : rest.terms) {
    bounded &= term.axis.valid() && less_equal(0, term.coefficient) == Tri::Yes;
    if (bounded) most = most + term.coefficient * (kernel.axes[term.axis.index].extent - 1);
  }
  if (bounded && less_equal(0, rest.constant) == Tri::Yes && less_equal(most + 1, divisor) == Tri::Yes)
    return {quotient, rest};
  auto part = [&](Action action) {
    const std::string key = std::to_string(static_cast<int>(action)) + rest.text() + "/" + divisor.text();
    auto [it, added] = emitted_.try_emplace(key);
    if (added) {
      Instruction i{.action = action, .dtype = DType::I64};
      i.index = rest;
      i.divisor = divisor;
      it->second = emit(std::move(i));
    }
    return Index::of(it->second);
  };
  return {quotient + part(Action::Quotient), part(Action::Modulus)};
}

// The places on each axis, computed from the row-major number where need be.
const std::vector<Index>& KernelBuilder::places(NodeId node, Position& position) {
  if (!position.flat) return position.at;
  const Shape& shape = graph_.type(node).shape;
  position.at.assign(shape.size(), Index::of(Dim(0)));
  Index rest = *position.flat;
  for (size_t i = shape.size(); i-- > 1;) {
    auto [quotient, modulus] = divided(rest, shape[i]);
    position.at[i] = modulus;
    rest = quotient;
  }
  if (!shape.empty()) position.at[0] = rest;
  position.flat.reset();
  return position.at;
}

Index KernelBuilder::row_major(const Position& position, const Shape& shape) {
  if (position.flat) return *position.flat;
  Index index = Index::of(Dim(0));
  Dim stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    index = index + position.at[i] * stride;
    stride = stride * shape[i];
  }
  return index;
}

ValueId KernelBuilder::in_range(const Index& index, const Dim& size) {
  const std::string key = "range" + index.text() + "<" + size.text();
  auto [it, added] = emitted_.try_emplace(key);
  if (added) {
    Instruction i{.action = Action::InRange, .dtype = DType::Bool};
    i.index = index;
    i.divisor = size;
    it->second = emit(std::move(i));
  }
  return it->second;
}

ValueId KernelBuilder::both(ValueId a, ValueId b) {
  if (!a.valid() || a == b) return b;
  const std::string key = "and" + std::to_string(a.index) + "," + std::to_string(b.index);
  auto [it, added] = emitted_.try_emplace(key);
  if (added)
    it->second = emit({.action = Action::Apply, .dtype = DType::Bool, .op = Op::logical_and, .args = {a, b}});
  return it->second;
}

ValueId KernelBuilder::checked(NodeId node, ValueId index, const Dim& size) {
  const std::string key = "check" + std::to_string(node.index) + "," + std::to_string(index.index);
  auto [it, added] = emitted_.try_emplace(key);
  if (added) {
    Instruction i{.action = Action::Checked, .dtype = DType::I64, .args = {index}};
    i.divisor = size;
    i.check = context_.check_of(node);
    it->second = emit(std::move(i));
  }
  return it->second;
}

namespace {

std::optional<std::vector<Index>> reshaped_by_ones(const std::vector<Index>& at, const Shape& from, const Shape& to) {
  // `at` is a place in `to`; `from` must be `to` but for axes of size 1.
  std::vector<Index> result(from.size(), Index::of(Dim(0)));
  size_t j = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] == Dim(1)) continue;
    while (j < to.size() && to[j] == Dim(1)) ++j;
    if (j == to.size() || to[j] != from[i]) return std::nullopt;
    result[i] = at[j++];
  }
  while (j < to.size() && to[j] == Dim(1)) ++j;
  if (j != to.size()) return std::nullopt;
  return result;
}

} // namespace

// The place in a view's operand from which the view's item at `position` comes.
Position KernelBuilder::through_view(NodeId id, Position position) {
  const Node& view = graph_[id];
  const Shape& operand = graph_.type(view.args[0]).shape;
  Position result;
  result.guard = position.guard;
  if (view.op == Op::reshape) {
    if (!position.flat)
      if (auto at = reshaped_by_ones(position.at, operand, view.type.shape)) {
        result.at = std::move(*at);
        return result;
      }
    result.flat = row_major(position, view.type.shape);
    return result;
  }
  const std::vector<Index>& at = places(id, position);
  result.at.assign(operand.size(), Index::of(Dim(0)));
  if (view.op == Op::broadcast || view.op == Op::transpose) {
    const IntList& axes = view.attrs.ints(Key::axes);
    for (size_t i = 0; i < axes.size(); ++i) {
      const auto axis = static_cast<size_t>(axes[i]);
      if (view.op == Op::transpose)
        result.at[axis] = at[i];
      else if (operand[i] != Dim(1))
        result.at[i] = at[axis];
    }
  } else if (view.op == Op::slice) {
    for (size_t i = 0; i < operand.size(); ++i)
      result.at[i] = at[i] * Dim(view.attrs.ints(Key::step)[i]) + Index::of(view.attrs.dims(Key::start)[i]);
  } else if (view.op == Op::flip) {
    result.at = at;
    for (int64_t axis : view.attrs.ints(Key::axes)) {
      const auto a = static_cast<size_t>(axis);
      result.at[a] = at[a] * Dim(-1) + Index::of(operand[a] - 1);
    }
  } else {
    TSC_CHECK(view.op == Op::pad);
    for (size_t i = 0; i < operand.size(); ++i) {
      result.at[i] = at[i] + Index::of(view.attrs.dims(Key::low)[i] * Dim(-1));
      if (view.type.shape[i] != operand[i]) result.guard = both(result.guard, in_range(result.at[i], operand[i]));
    }
  }
  return result;
}

// The place in a Gather's first operand, once the index is known.
Position KernelBuilder::gathered(NodeId id, Position position) {
  const Node& node = graph_[id];
  const Type &x = graph_.type(node.args[0]), &indices = graph_.type(node.args[1]);
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const auto batch = static_cast<size_t>(node.attrs.integer(Key::batch));
  const std::vector<Index> at = places(id, position);
  Position index_position;
  index_position.guard = position.guard;
  for (size_t i = 0; i < indices.rank(); ++i) index_position.at.push_back(at[i < batch ? i : axis + i - batch]);
  const ValueId found = *known(node.args[1], index_position);
  const Index place = Index::of(checked(id, found, x.shape[axis]));
  Position result;
  result.guard = both(position.guard, in_range(place, x.shape[axis]));
  result.at.assign(at.begin(), at.begin() + static_cast<ptrdiff_t>(axis));
  result.at.push_back(place);
  result.at.insert(result.at.end(), at.begin() + static_cast<ptrdiff_t>(axis + indices.rank() - batch), at.end());
  return result;
}

// What must be known before `node` can be built; called again until nothing is missing.
std::vector<KernelBuilder::Demand> KernelBuilder::demands(NodeId id, const Position& position) {
  const Node& node = graph_[id];
  if (!computed_here(id) || is_free(node) || results_.count(id)) return {};
  switch (node.kind()) {
  case Kind::Elementwise: {
    std::vector<Demand> all;
    for (NodeId arg : node.args) all.push_back({arg, position});
    return all;
  }
  case Kind::View: return {{node.args[0], through_view(id, position)}};
  case Kind::Gather: {
    Position p = position;
    const std::vector<Index> at = places(id, p);
    const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
    const auto batch = static_cast<size_t>(node.attrs.integer(Key::batch));
    Position index_position;
    index_position.guard = position.guard;
    for (size_t i = 0; i < graph_.type(node.args[1]).rank(); ++i)
      index_position.at.push_back(at[i < batch ? i : axis + i - batch]);
    if (!known(node.args[1], index_position)) return {{node.args[1], index_position}};
    return {{node.args[0], gathered(id, p)}};
  }
  case Kind::Input:
  case Kind::Constant:
  case Kind::Index:
  case Kind::Reduce:
  case Kind::Rowwise:
  case Kind::Join:
  case Kind::Contract:
  case Kind::Scatter: break;
  }
  throw InternalError(std::string("cannot compute inside a kernel: ") + name(node.op));
}

std::optional<ValueId> KernelBuilder::known(NodeId node, const Position& position) const {
  const auto it = memo_.find({node, position.key()});
  return it == memo_.end() ? std::nullopt : std::optional(it->second);
}

// Depth first with a stack of its own: chains are long.
ValueId KernelBuilder::value(NodeId root, const Position& root_position) {
  std::vector<Demand> todo = {{root, root_position}};
  while (!todo.empty()) {
    const Demand top = todo.back();
    if (known(top.node, top.position)) {
      todo.pop_back();
      continue;
    }
    bool ready = true;
    const std::vector<Demand> needs = demands(top.node, top.position);
    for (size_t i = needs.size(); i-- > 0;)
      if (!known(needs[i].node, needs[i].position)) {
        todo.push_back(needs[i]);
        ready = false;
      }
    if (!ready) continue;
    memo_[{top.node, top.position.key()}] = build(top.node, top.position);
    todo.pop_back();
  }
  return *known(root, root_position);
}

ValueId KernelBuilder::build(NodeId id, const Position& position) {
  const Node& node = graph_[id];
  note_locations(id);
  if (const auto it = results_.find(id); it != results_.end()) {
    Instruction i{.action = Action::Result, .dtype = node.type.dtype};
    i.result = it->second;
    return emit(std::move(i));
  }
  if (is_free(node)) return index_value(id, position);
  if (!computed_here(id)) return load(id, position);
  if (node.kind() == Kind::Gather) return *known(node.args[0], gathered(id, position));
  return apply(id, position);
}

ValueId KernelBuilder::load(NodeId id, Position position) {
  const Type& type = graph_.type(id);
  Instruction i{.action = Action::Load, .dtype = type.dtype, .guard = position.guard};
  i.index = row_major(position, type.shape);
  i.param = param(context_.buffer_of(id), type.dtype, false);
  return emit(std::move(i));
}

ValueId KernelBuilder::index_value(NodeId id, const Position& position) {
  const Node& node = graph_[id];
  if (node.kind() == Kind::Constant) {
    const Literal& literal = node.attrs.value(Key::value);
    Instruction i{.action = Action::Constant, .dtype = literal.dtype()};
    i.literal = literal;
    return emit(std::move(i));
  }
  Position p = position;
  const Index index = node.op == Op::size ? Index::of(node.attrs.dim(Key::size))
                                          : places(id, p)[static_cast<size_t>(node.attrs.integer(Key::axis))];
  Instruction i{.action = Action::Position, .dtype = DType::I64};
  i.index = index;
  const ValueId place = emit(std::move(i));
  if (node.type.dtype == DType::I64) return place;
  return emit({.action = Action::Apply, .dtype = node.type.dtype, .op = Op::cast, .args = {place}});
}

ValueId KernelBuilder::apply(NodeId id, const Position& position) {
  const Node& node = graph_[id];
  if (node.kind() == Kind::View) {
    const Position inside = through_view(id, position);
    const ValueId item = *known(node.args[0], inside);
    if (node.op != Op::pad) return item;
    if (!inside.guard.valid()) return item;
    Instruction fill{.action = Action::Constant, .dtype = node.type.dtype};
    fill.literal = node.attrs.value(Key::value);
    const ValueId filled = emit(std::move(fill));
    return emit({.action = Action::Apply, .dtype = node.type.dtype, .op = Op::select, .args = {inside.guard, item, filled}});
  }
  Instruction i{.action = Action::Apply, .dtype = node.type.dtype, .op = node.op};
  for (NodeId arg : node.args) i.args.push_back(*known(arg, position));
  return emit(std::move(i));
}

// ---- groups of loops

class LoopsLowering {
public:
  LoopsLowering(const KernelContext& context, GroupId id)
      : graph_(context.graph), context_(context), group_(context.fusion.groups[id.index]), builder_(context) {
    builder_.set_group(id);
    id_ = id;
  }

  Kernel run();

private:
  bool is_member_reduction(NodeId node) const {
    const Kind kind = graph_[node].kind();
    return context_.fusion.group_of[node.index] == id_ && (kind == Kind::Reduce || kind == Kind::Contract);
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

// For each node evaluated here, how many rounds of reductions must be finished before it can be computed.
std::map<NodeId, size_t> LoopsLowering::levels() const {
  std::set<NodeId> nodes(group_.nodes.begin(), group_.nodes.end());
  std::vector<NodeId> todo = group_.nodes;
  while (!todo.empty()) { // views that are read through count too
    const NodeId id = todo.back();
    todo.pop_back();
    for (NodeId arg : graph_[id].args)
      if (!is_leaf(graph_[arg]) && !context_.fusion.group_of[arg.index].valid() && nodes.insert(arg).second)
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
  for (int64_t axis : n.attrs.ints(key)) extents.push_back(graph_.type(n.args[0]).shape[static_cast<size_t>(axis)]);
  return extents;
}

std::vector<Dim> LoopsLowering::inner_of_store(NodeId node) const {
  size_t followed = 0;
  for (int axis : context_.fusion.axes_of[node.index]) followed += axis >= 0;
  if (followed <= group_.outer) return {};
  return {group_.full.begin() + static_cast<ptrdiff_t>(group_.outer), group_.full.end()};
}

std::string key_of(const std::vector<Dim>& extents) {
  std::string key;
  for (const Dim& d : extents) key += d.text() + ",";
  return key;
}

// Reductions that can run together share a stage; a store goes to the first stage with its loops in which
// its value can be known.
std::vector<StagePlan> LoopsLowering::plan_stages() const {
  const std::map<NodeId, size_t> level = levels();
  std::vector<StagePlan> stages;
  auto stage_for = [&](size_t at_least, bool exactly, const std::vector<Dim>& inner) -> StagePlan& {
    for (StagePlan& s : stages)
      if ((exactly ? s.level == at_least : s.level >= at_least) && key_of(s.inner) == key_of(inner)) return s;
    auto place = std::find_if(stages.begin(), stages.end(), [&](auto& s) { return s.level > at_least; });
    return *stages.insert(place, StagePlan{at_least, inner, {}, {}});
  };
  for (NodeId id : group_.nodes)
    if (is_member_reduction(id)) stage_for(level.at(id) - 1, true, inner_of_reduction(id)).reductions.push_back(id);
  for (NodeId id : group_.stored) stage_for(level.at(id), false, inner_of_store(id)).stores.push_back(id);
  return stages;
}

std::vector<AxisId> LoopsLowering::inner_axes(const std::vector<Dim>& extents) {
  auto [it, added] = inner_axes_.try_emplace(key_of(extents));
  if (added)
    for (const Dim& extent : extents) it->second.push_back(builder_.add_axis(extent));
  return it->second;
}

Literal start_of(Op combine, DType accumulator) {
  if (combine == Op::mul || combine == Op::logical_and) return Literal::integer(accumulator, 1);
  if (combine != Op::maximum && combine != Op::minimum) return Literal::integer(accumulator, 0);
  const bool lowest = combine == Op::maximum; // what every other item beats
  const double infinity = __builtin_inf();
  switch (accumulator) {
  case DType::Bool: return Literal::integer(accumulator, lowest ? 0 : 1);
  case DType::I8: return Literal::integer(accumulator, lowest ? INT8_MIN : INT8_MAX);
  case DType::I16: return Literal::integer(accumulator, lowest ? INT16_MIN : INT16_MAX);
  case DType::I32: return Literal::integer(accumulator, lowest ? INT32_MIN : INT32_MAX);
  case DType::I64: return Literal::integer(accumulator, lowest ? INT64_MIN : INT64_MAX);
  case DType::U8: return Literal::integer(accumulator, lowest ? 0 : UINT8_MAX);
  case DType::U16: return Literal::integer(accumulator, lowest ? 0 : UINT16_MAX);
  case DType::U32: return Literal::integer(accumulator, lowest ? 0 : int64_t{UINT32_MAX});
  case DType::U64: return lowest ? Literal::of<uint64_t>(0) : Literal::of<uint64_t>(UINT64_MAX);
  case DType::F16:
  case DType::BF16:
  case DType::F32:
  case DType::F64: return Literal::number(accumulator, lowest ? -infinity : infinity);
  case DType::C64:
  case DType::C128: break;
  }
  throw InternalError("no extreme value");
}

void LoopsLowering::lower_reduction(NodeId id, const std::vector<AxisId>& inner) {
  const Node& node = graph_[id];
  const Type& operand = graph_.type(node.args[0]);
  Reduction r{.id = ResultId(builder_.kernel.results++), .dtype = node.type.dtype};
  auto position_of = [&](size_t rank, const IntList& batch, const IntList& reduced, size_t first_free) {
    Position p;
    p.at.assign(rank, Index::of(Dim(0)));
    for (size_t i = 0; i < batch.size(); ++i) p.at[static_cast<size_t>(batch[i])] = Index::of(AxisId(i));
    for (size_t i = 0; i < reduced.size(); ++i) p.at[static_cast<size_t>(reduced[i])] = Index::of(inner[i]);
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
    r.accumulator = adds_floats    ? DType::F64
                    : r.position   ? compute_type(operand.dtype)
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
    const ValueId b = builder_.value(node.args[1], position_of(graph_.type(node.args[1]).rank(), node.attrs.ints(Key::rhs_batch),
                                                               node.attrs.ints(Key::rhs_contract), lb.size() + left_free));
    r.combine = Op::add;
    r.accumulator = compute_type(node.type.dtype);
    // Halves multiply exactly in f32, and the sum stays there.
    const DType wide = compute_type(node.type.dtype);
    auto widened = [&](ValueId v) {
      return wide == node.type.dtype ? v : builder_.emit({.action = Action::Apply, .dtype = wide, .op = Op::cast, .args = {v}});
    };
    const ValueId wa = widened(a), wb = widened(b);
    r.value = builder_.emit({.action = Action::Apply, .dtype = wide, .op = Op::mul, .args = {wa, wb}});
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
  for (NodeId id : plan.reductions) lower_reduction(id, inner);
  for (NodeId id : plan.stores) lower_store(id, inner);
}

Kernel LoopsLowering::run() {
  for (size_t i = 0; i < group_.outer; ++i) builder_.add_axis(group_.full[i]);
  builder_.kernel.outer = group_.outer;
  for (const StagePlan& plan : plan_stages()) lower_stage(plan);
  return std::move(builder_.kernel);
}

} // namespace

Kernel lower_loops(const KernelContext& context, GroupId group) { return LoopsLowering(context, group).run(); }

Kernel lower_join_part(const KernelContext& context, NodeId id, size_t arg) {
  const Node& node = context.graph[id];
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const Shape& shape = context.graph.type(node.args[arg]).shape;
  KernelBuilder b(context);
  Position from, to;
  for (const Dim& extent : shape) from.at.push_back(Index::of(b.add_axis(extent)));
  to.at = from.at;
  for (size_t i = 0; i < arg; ++i)
    to.at[axis] = to.at[axis] + Index::of(context.graph.type(node.args[i]).shape[axis]);
  b.kernel.outer = shape.size();
  b.begin_stage({});
  const ValueId item = b.value(node.args[arg], from);
  b.note_locations(id);
  b.store(context.buffer_of(id), node.type.dtype, b.row_major(to, node.type.shape), item);
  return std::move(b.kernel);
}

Kernel lower_copy(const Type& type, BufferId from, BufferId to) {
  Kernel k;
  k.axes = {{product(type.shape)}};
  k.outer = 1;
  k.params = {{from, type.dtype, false, true}, {to, type.dtype, true, false}};
  Instruction load{.action = Action::Load, .dtype = type.dtype, .id = ValueId(size_t{0})};
  load.index = Index::of(AxisId(size_t{0}));
  load.param = ParamId(size_t{0});
  Instruction store{.action = Action::Store, .dtype = type.dtype, .args = {load.id}};
  store.index = load.index;
  store.param = ParamId(size_t{1});
  k.values = 1;
  k.stages = {{{}, {load, store}, {}}};
  return k;
}

Kernel lower_scatter_base(const KernelContext& context, NodeId id) {
  const Node& node = context.graph[id];
  KernelBuilder b(context);
  Position at;
  for (const Dim& extent : node.type.shape) at.at.push_back(Index::of(b.add_axis(extent)));
  b.kernel.outer = node.type.rank();
  b.begin_stage({});
  const ValueId item = b.value(node.args[0], at);
  b.store(context.buffer_of(id), node.type.dtype, b.row_major(at, node.type.shape), item);
  return std::move(b.kernel);
}

Kernel lower_scatter(const KernelContext& context, NodeId id) {
  const Node& node = context.graph[id];
  const Type& values = context.graph.type(node.args[2]);
  const Type& indices = context.graph.type(node.args[1]);
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const auto batch = static_cast<size_t>(node.attrs.integer(Key::batch));
  KernelBuilder b(context);
  b.kernel.parallel = false; // places may repeat
  Position at, index_at, to;
  for (const Dim& extent : values.shape) at.at.push_back(Index::of(b.add_axis(extent)));
  b.kernel.outer = values.rank();
  b.begin_stage({});
  for (size_t i = 0; i < indices.rank(); ++i) index_at.at.push_back(at.at[i < batch ? i : axis + i - batch]);
  const ValueId place = b.checked(id, b.value(node.args[1], index_at), node.type.shape[axis]);
  const ValueId guard = b.in_range(Index::of(place), node.type.shape[axis]);
  to.at.assign(at.at.begin(), at.at.begin() + static_cast<ptrdiff_t>(axis));
  to.at.push_back(Index::of(place));
  to.at.insert(to.at.end(), at.at.begin() + static_cast<ptrdiff_t>(axis + indices.rank() - batch), at.at.end());
  ValueId item = b.value(node.args[2], at);
  const Index where = b.row_major(to, node.type.shape);
  if (node.op == Op::scatter_add) {
    Instruction old{.action = Action::Load, .dtype = node.type.dtype, .guard = guard};
    old.index = where;
    old.param = b.param(context.buffer_of(id), node.type.dtype, false);
    const ValueId before = b.emit(std::move(old));
    item = b.emit({.action = Action::Apply, .dtype = node.type.dtype, .op = Op::add, .args = {before, item}});
  }
  b.note_locations(id);
  b.store(context.buffer_of(id), node.type.dtype, where, item, guard);
  return std::move(b.kernel);
}

} // namespace tsc
