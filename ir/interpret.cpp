#include "ir/interpret.h"

#include "ir/interpret_kinds.h"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <stdexcept>

namespace tsc {

namespace {

using interpreter::Call;

TensorValue value_of(const Call& call) {
  switch (call.node.kind()) {
  case Kind::Input:
    break;
  case Kind::Constant:
    return TensorValue::of(call.attrs().value(Key::value), call.sizes(call.node.type.shape));
  case Kind::Index:
    return interpreter::index(call);
  case Kind::Elementwise:
    return interpreter::elementwise(call);
  case Kind::Reduce:
    return interpreter::reduce(call);
  case Kind::Rowwise:
    return interpreter::rowwise(call);
  case Kind::View:
    return interpreter::view(call);
  case Kind::Join:
    return interpreter::join(call);
  case Kind::Contract:
    return interpreter::contract(call);
  case Kind::Gather:
    return interpreter::gather(call);
  case Kind::Scatter:
    return interpreter::scatter(call);
  }
  throw InternalError("an input has no value of its own");
}

// What a call gives: all arguments, named for messages.
void check_argument(const Graph& graph, NodeId id, const TensorValue& given,
                    const std::string& what) {
  const Type& declared = graph.type(id);
  if (given.dtype != declared.dtype)
    throw Error(Diag::ArgumentType, fmt::format("{}: the argument is {}, not {}", what,
                                                name(given.dtype), name(declared.dtype)))
        .note("declared", graph.describe(id));
  if (given.rank() != declared.rank())
    throw Error(Diag::ArgumentType, fmt::format("{}: the argument has {} axes, not {}", what,
                                                given.rank(), declared.rank()))
        .note("declared", graph.describe(id));
}

void check_count(const char* what, size_t given, size_t wanted) {
  if (given != wanted)
    throw Error(Diag::ArgumentCount, fmt::format("the graph has {} {}{}, the call gives {}", wanted,
                                                 what, wanted == 1 ? "" : "s", given));
}

// One evaluation of a graph: the values known so far.
class Run {
public:
  Run(const Graph& graph, std::span<const TensorValue> inputs, std::span<const TensorValue> states)
      : graph_(graph), values_(graph.size()), given_(graph.size()) {
    check_count("input", inputs.size(), graph.inputs().size());
    check_count("state", states.size(), graph.states().size());
    take("input", graph.inputs(), inputs);
    take("state", graph.states(), states);
    sizes_ = bind_sizes(graph, shapes_);
    live_ = live_nodes(graph);
    count_uses();
  }

  std::vector<TensorValue> results() {
    for (NodeId id : graph_.ids())
      if (live_[id.index] && !given_[id.index]) step(id);
    std::vector<TensorValue> results;
    for (const Output& output : graph_.outputs)
      results.push_back(value(output.node));
    for (NodeId state : graph_.states())
      results.push_back(value(next(state)));
    return results;
  }

private:
  void take(const char* kind, const std::vector<NodeId>& ids, std::span<const TensorValue> given) {
    for (size_t i = 0; i < ids.size(); ++i) {
      std::string what =
          fmt::format("{} '{}'", kind, printable(graph_[ids[i]].attrs.name(Key::name)));
      check_argument(graph_, ids[i], given[i], what);
      shapes_.push_back({std::move(what), &graph_.type(ids[i]).shape, &given[i].shape});
      given_[ids[i].index] = &given[i];
    }
  }

  // Uses by live nodes; results count as a use that never ends.
  void count_uses() {
    uses_.assign(graph_.size(), 0);
    for (NodeId id : graph_.ids())
      if (live_[id.index])
        for (NodeId arg : graph_[id].args)
          ++uses_[arg.index];
    for (const Output& output : graph_.outputs)
      ++uses_[output.node.index];
    for (const Update& update : graph_.updates)
      ++uses_[update.value.index];
  }

  void step(NodeId id) {
    const Node& node = graph_[id];
    std::vector<const TensorValue*> args;
    for (NodeId arg : node.args)
      args.push_back(&value(arg));
    try {
      values_[id.index] = value_of({node, args, sizes_});
    } catch (Error& e) {
      if (!e.where().known()) e.at(graph_.first_location(node.locs));
      throw;
    } catch (const std::bad_alloc&) {
      throw Error(Diag::OutOfMemory, fmt::format("{}: no memory for the result", name(node.op)))
          .at(graph_.first_location(node.locs));
    }
    for (NodeId arg : node.args)
      if (--uses_[arg.index] == 0) values_[arg.index] = TensorValue();
  }

  const TensorValue& value(NodeId id) const {
    return given_[id.index] ? *given_[id.index] : values_[id.index];
  }

  NodeId next(NodeId state) const {
    for (const Update& update : graph_.updates)
      if (update.state == state) return update.value;
    return state;
  }

  const Graph& graph_;
  std::vector<TensorValue> values_;
  std::vector<const TensorValue*> given_; // the caller's values of inputs and states
  std::vector<GivenShape> shapes_;
  SymbolValues sizes_;
  std::vector<bool> live_;
  std::vector<uint32_t> uses_;
};

// Does the node's type or an attribute contain a symbol?
bool has_symbols(const Node& node) {
  const auto symbolic = [](const Shape& shape) { return !as_numbers(shape).has_value(); };
  if (symbolic(node.type.shape)) return true;
  for (const auto& [key, value] : node.attrs.list()) {
    if (const Dim* dim = std::get_if<Dim>(&value); dim && !dim->is_number()) return true;
    if (const Shape* shape = std::get_if<Shape>(&value); shape && symbolic(*shape)) return true;
  }
  return false;
}

std::optional<TensorValue> constant_value(const Node& node,
                                          std::span<const TensorValue* const> args) {
  if (node.kind() == Kind::Input || has_symbols(node)) return std::nullopt;
  try {
    return value_of({node, args, SymbolValues()});
  } catch (const Error&) {
    return std::nullopt; // the call will say it again, with its own words
  }
}

// The nodes that `id` depends on, as a mark per node. No recursion: users come after operands.
std::vector<bool> needed_for(const Graph& graph, NodeId id) {
  std::vector<bool> needed(id.index + 1);
  needed[id.index] = true;
  for (size_t i = id.index + 1; i-- > 0;)
    if (needed[i])
      for (NodeId arg : graph[NodeId(i)].args)
        needed[arg.index] = true;
  return needed;
}

} // namespace

std::vector<TensorValue> interpret(const Graph& graph, std::span<const TensorValue> inputs,
                                   std::span<const TensorValue> states) {
  return Run(graph, inputs, states).results();
}

std::vector<TensorValue> program_results(const Graph& graph, std::vector<TensorValue> results) {
  const size_t outputs = graph.outputs.size();
  const std::vector<NodeId>& states = graph.states();
  std::vector<TensorValue> wanted(results.begin(),
                                  results.begin() + static_cast<ptrdiff_t>(outputs));
  for (const Update& update : graph.updates) {
    const auto place = std::find(states.begin(), states.end(), update.state) - states.begin();
    wanted.push_back(results[outputs + static_cast<size_t>(place)]);
  }
  return wanted;
}

std::optional<TensorValue> evaluate_node(const Node& node, std::span<const TensorValue> args) {
  std::vector<const TensorValue*> pointers;
  for (const TensorValue& arg : args)
    pointers.push_back(&arg);
  TSC_CHECK(pointers.size() == node.args.size());
  return constant_value(node, pointers);
}

TensorValue evaluate_node(const Node& node, std::span<const TensorValue* const> args,
                          const SymbolValues& sizes) {
  TSC_CHECK(args.size() == node.args.size());
  return value_of({node, args, sizes});
}

std::optional<TensorValue> evaluate(const Graph& graph, NodeId id) {
  const std::vector<bool> needed = needed_for(graph, id);
  std::vector<TensorValue> values(needed.size());
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    std::vector<const TensorValue*> args;
    for (NodeId arg : graph[NodeId(i)].args)
      args.push_back(&values[arg.index]);
    auto value = constant_value(graph[NodeId(i)], args);
    if (!value) return std::nullopt;
    values[i] = std::move(*value);
  }
  return std::move(values[id.index]);
}

} // namespace tsc
