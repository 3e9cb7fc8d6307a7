#include "frontend/lower.h"

#include "frontend/conditions.h"
#include "frontend/shared.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc::frontend {

void Lowering::declare(const Tensor& input) {
  const Node& node = input.node();
  if (node.op != Op::input)
    throw Error(Diag::BadName, "function: only inputs can be listed as inputs")
        .note("value", input.text())
        .hint(node.op == Op::state ? "shared variables are inputs of themselves"
                                   : "to feed an intermediate value, use the option givens");
  for (const Tensor& other : declared_)
    if (other.name() == node.name)
      throw Error(Diag::DuplicateName,
                  other.same_node(input)
                      ? fmt::format("function: input '{}' is listed twice", node.name)
                      : fmt::format("function: two inputs are named '{}'", node.name))
          .note("first", other.text())
          .note("second", input.text());
  declared_.push_back(input);
  leaves_of_.emplace(&node, graph_.input(node.name, node.type, graph_.location(node.where)));
}

void Lowering::substitute(const Tensor& old, const Tensor& value) {
  const auto refuse = [&](Diag diag, const std::string& what) {
    throw Error(diag, "givens: " + what)
        .at(value.where())
        .note("replaced", old.text())
        .note("by", value.text());
  };
  if (old.dtype() != value.dtype()) refuse(Diag::DTypeMismatch, "the dtypes differ");
  if (old.rank() != value.rank()) refuse(Diag::RankMismatch, "the numbers of axes differ");
  if (!substitutions_.emplace(&old.node(), value).second)
    refuse(Diag::DuplicateName, "a value is replaced twice");
  kept_.push_back(old);
  const LocsId locs = graph_.location(value.where());
  for (size_t axis = 0; axis < old.rank(); ++axis) {
    const Dim &from = old.shape()[axis], &to = value.shape()[axis];
    const auto symbol = from.symbol_name();
    const bool fresh = symbol && sizes_.emplace(*symbol, to).second;
    const Dim wanted = fresh ? to : symbol ? sizes_.at(*symbol) : from;
    graph_.require(wanted, Requirement::Relation::Equal, to,
                   fmt::format("givens: sizes of axis {}", axis), locs);
  }
}

NodeId Lowering::leaf(const Tensor& tensor) {
  const Node& node = tensor.node();
  used_.emplace(&node, true);
  if (const auto it = leaves_of_.find(&node); it != leaves_of_.end()) return it->second;
  const LocsId locs = graph_.location(node.where);
  if (node.op == Op::state) {
    for (size_t i = 0; i < shared_.size(); ++i)
      if (shared_[i]->name == node.name)
        throw Error(Diag::DuplicateName,
                    fmt::format("two shared variables are named '{}'", printable(node.name)))
            .note("first", graph_.describe(graph_.states()[i]))
            .note("second", tensor.text());
    shared_.push_back(node.shared);
    return leaves_of_[&node] = graph_.state(node.name, node.type, locs);
  }
  if (leaves_ == Leaves::Declared) {
    std::vector<std::string_view> names;
    for (const Tensor& input : declared_)
      names.push_back(input.name());
    Error e(Diag::MissingInput,
            fmt::format("function: the outputs need the input '{}', which is not listed",
                        printable(node.name)));
    e.note("input", tensor.text());
    if (std::find(names.begin(), names.end(), node.name) != names.end())
      e.hint("another input of this name is listed");
    else if (const auto near = nearest(node.name, names); !near.empty())
      e.hint(fmt::format("did you mean it where '{}' is listed?", near));
    throw e;
  }
  return leaves_of_[&node] = graph_.input(node.name, node.type, locs);
}

Attrs Lowering::with_sizes_substituted(const Attrs& attrs) const {
  if (sizes_.empty()) return attrs;
  const auto replacement = [&](const std::string& symbol) -> std::optional<Dim> {
    const auto it = sizes_.find(symbol);
    return it == sizes_.end() ? std::nullopt : std::optional(it->second);
  };
  Attrs result = attrs;
  for (const auto& [key, value] : attrs.list()) {
    if (const auto* dim = std::get_if<Dim>(&value)) result.set(key, dim->substitute(replacement));
    if (const auto* shape = std::get_if<Shape>(&value)) {
      Shape sizes;
      for (const Dim& dim : *shape)
        sizes.push_back(dim.substitute(replacement));
      result.set(key, std::move(sizes));
    }
  }
  return result;
}

NodeId Lowering::add(const Tensor& tensor, bool plain) {
  const Node& node = tensor.node();
  std::vector<NodeId> args;
  for (const Tensor& arg : node.args)
    args.push_back(done_.at({&arg.node(), plain}));
  const NodeId id = node.op == Op::input || node.op == Op::state
                        ? leaf(tensor)
                        : graph_.add(node.op, std::move(args),
                                     plain ? node.attrs : with_sizes_substituted(node.attrs),
                                     graph_.location(node.where));
  if (!node.name.empty()) graph_.set_name(id, node.name);
  tensors_.emplace(id, tensor);
  return id;
}

NodeId Lowering::lower(const Tensor& root) {
  kept_.push_back(root);
  struct Step {
    Tensor tensor;
    bool plain;
    bool ready; // the operands are done
  };
  std::vector<Step> stack = {{root, false, false}};
  while (!stack.empty()) {
    const Step step = stack.back();
    const Visit visit{&step.tensor.node(), step.plain};
    const auto given = step.plain ? substitutions_.end() : substitutions_.find(visit.node);
    if (done_.contains(visit)) {
      stack.pop_back();
    } else if (step.ready) {
      stack.pop_back();
      done_[visit] = given != substitutions_.end() ? done_.at({&given->second.node(), true})
                                                   : add(step.tensor, step.plain);
    } else {
      stack.back().ready = true;
      if (given != substitutions_.end())
        stack.push_back({given->second, true, false});
      else
        for (const Tensor& arg : step.tensor.node().args)
          if (!done_.contains({&arg.node(), step.plain})) stack.push_back({arg, step.plain, false});
    }
  }
  return done_.at({&root.node(), false});
}

std::vector<Tensor> Lowering::lift(const std::vector<NodeId>& ids) {
  std::vector<bool> wanted(graph_.size());
  for (NodeId id : ids)
    wanted[id.index] = true;
  for (size_t i = graph_.size(); i-- > 0;)
    if (wanted[i] && !tensors_.contains(NodeId(i)))
      for (NodeId arg : graph_[NodeId(i)].args)
        wanted[arg.index] = true;
  for (size_t i = 0; i < graph_.size(); ++i) {
    const NodeId id(i);
    if (!wanted[i] || tensors_.contains(id)) continue;
    const tsc::Node& node = graph_[id];
    Node lifted{node.op, node.type, {}, node.attrs, graph_.first_location(node.locs), "", nullptr};
    for (NodeId arg : node.args)
      lifted.args.push_back(tensors_.at(arg));
    if (!lifted.args.empty()) lifted.conditions = lifted.args[0].node().conditions;
    tensors_.emplace(id, Tensor(make_node(std::move(lifted))));
  }
  std::vector<Tensor> result;
  for (NodeId id : ids)
    result.push_back(tensors_.at(id));
  return result;
}

namespace {

// An operand as an opaque input of the small graph: named by its place, so that it is no other's
// equal, and described to the user as what it is.
Value opaque(Graph& graph, const Tensor& tensor, size_t place) {
  const NodeId id = graph.add(Op::input, {},
                              {{Key::name, fmt::format("#{}", place)},
                               {Key::shape, tensor.shape()},
                               {Key::dtype, tensor.dtype()}},
                              graph.location(tensor.where()));
  if (!tensor.name().empty()) graph.set_name(id, tensor.name());
  return {&graph, id};
}

} // namespace

Tensor built(std::source_location where, const std::vector<Tensor>& operands,
             const std::function<Value(Graph&, std::span<const Value>)>& build) {
  Graph graph;
  std::vector<Value> values;
  std::vector<const Tensor*> tensors; // of the graph's first nodes
  for (const Tensor& operand : operands) {
    const auto same = [&](const Tensor* t) { return t->same_node(operand); };
    const auto it = std::find_if(tensors.begin(), tensors.end(), same);
    if (it == tensors.end()) {
      values.push_back(opaque(graph, operand, tensors.size()));
      tensors.push_back(&operand);
    } else {
      values.push_back({&graph, NodeId(static_cast<size_t>(it - tensors.begin()))});
    }
  }
  const BuildLocation here(graph, graph.location(loc_of(where)));
  NodeId result;
  std::shared_ptr<const Conditions> conditions;
  try {
    result = build(graph, values).id;
    conditions = joined(operands, graph);
  } catch (Error& e) {
    if (!e.where().known()) e.at(loc_of(where));
    throw;
  }
  std::vector<Tensor> lifted;
  for (size_t i = 0; i <= result.index; ++i) {
    if (i < tensors.size()) {
      lifted.push_back(*tensors[i]);
      continue;
    }
    const tsc::Node& node = graph[NodeId(i)];
    Node made{node.op, node.type, {},        node.attrs, graph.first_location(node.locs),
              "",      nullptr,   conditions};
    for (NodeId arg : node.args)
      made.args.push_back(lifted[arg.index]);
    lifted.push_back(Tensor(make_node(std::move(made))));
  }
  return lifted[result.index];
}

} // namespace tsc::frontend
