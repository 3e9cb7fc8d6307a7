#include "passes/kernel_builder.h"

#include <algorithm>

namespace tsc {

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
    if (kernel.locs.size() < 8 &&
        std::find(kernel.locs.begin(), kernel.locs.end(), loc) == kernel.locs.end())
      kernel.locs.push_back(loc);
}

bool KernelBuilder::computed_here(NodeId node) const {
  const Node& n = graph_[node];
  if (is_leaf(n)) return false;
  const GroupId home = context_.fusion.group_of[node.index];
  const bool read_through = !home.valid();
  return read_through || home == group_ || context_.fusion.anywhere[node.index];
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
  if (bounded && less_equal(0, rest.constant) == Tri::Yes &&
      less_equal(most + 1, divisor) == Tri::Yes)
    return {quotient, rest};
  auto part = [&](Action action) {
    const std::string key =
        std::to_string(static_cast<int>(action)) + rest.text() + "/" + divisor.text();
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
    it->second = emit(
        {.action = Action::Apply, .dtype = DType::Bool, .op = Op::logical_and, .args = {a, b}});
  return it->second;
}

ValueId KernelBuilder::checked(NodeId node, ValueId index, const Dim& size, ValueId guard) {
  const std::string key = "check" + std::to_string(node.index) + "," + std::to_string(index.index) +
                          "?" + std::to_string(guard.index);
  auto [it, added] = emitted_.try_emplace(key);
  if (added) {
    Instruction i{.action = Action::Checked, .dtype = DType::I64, .args = {index}, .guard = guard};
    i.divisor = size;
    i.check = context_.check_of(node);
    it->second = emit(std::move(i));
  }
  return it->second;
}

// The place in a view's operand from which the view's item at `position` comes.
Position KernelBuilder::through_view(NodeId id, Position position) {
  const Node& view = graph_[id];
  const Shape& operand = graph_.type(view.args[0]).shape;
  Position result;
  result.guard = position.guard;
  if (view.op == Op::reshape) {
    if (!position.flat)
      if (const auto places = places_but_ones(operand, view.type.shape)) {
        for (int place : *places)
          result.at.push_back(place < 0 ? Index::of(Dim(0))
                                        : position.at[static_cast<size_t>(place)]);
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
      result.at[i] =
          at[i] * Dim(view.attrs.ints(Key::step)[i]) + Index::of(view.attrs.dims(Key::start)[i]);
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
      if (view.type.shape[i] != operand[i])
        result.guard = both(result.guard, in_range(result.at[i], operand[i]));
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
  for (size_t i = 0; i < indices.rank(); ++i)
    index_position.at.push_back(at[i < batch ? i : axis + i - batch]);
  const ValueId found = *known(node.args[1], index_position);
  const Index place = Index::of(checked(id, found, x.shape[axis], position.guard));
  Position result;
  result.guard = both(position.guard, in_range(place, x.shape[axis]));
  result.at.assign(at.begin(), at.begin() + static_cast<ptrdiff_t>(axis));
  result.at.push_back(place);
  result.at.insert(result.at.end(),
                   at.begin() + static_cast<ptrdiff_t>(axis + indices.rank() - batch), at.end());
  return result;
}

// What must be known before `node` can be built; called again until nothing is missing.
std::vector<KernelBuilder::Demand> KernelBuilder::demands(NodeId id, const Position& position) {
  const Node& node = graph_[id];
  if (!computed_here(id) || is_free(node) || results_.count(id)) return {};
  switch (node.kind()) {
  case Kind::Elementwise: {
    std::vector<Demand> all;
    for (NodeId arg : node.args)
      all.push_back({arg, position});
    return all;
  }
  case Kind::View:
    return {{node.args[0], through_view(id, position)}};
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
  case Kind::Scatter:
    break;
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
  const Index index = node.op == Op::size
                          ? Index::of(node.attrs.dim(Key::size))
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
    return emit({.action = Action::Apply,
                 .dtype = node.type.dtype,
                 .op = Op::select,
                 .args = {inside.guard, item, filled}});
  }
  Instruction i{.action = Action::Apply, .dtype = node.type.dtype, .op = node.op};
  for (NodeId arg : node.args)
    i.args.push_back(*known(arg, position));
  return emit(std::move(i));
}

} // namespace tsc
