#include "tests/fuzz/shrink.h"

#include "ir/interpret_kinds.h"
#include "ir/print.h"
#include "support/files.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace tsc::fuzz {

namespace {

std::vector<bool> needed_nodes(const Graph& graph) {
  std::vector<bool> needed(graph.size());
  for (const Output& output : graph.outputs)
    needed[output.node.index] = true;
  for (const Update& update : graph.updates)
    needed[update.state.index] = needed[update.value.index] = true;
  for (size_t i = graph.size(); i-- > 0;)
    if (needed[i])
      for (NodeId arg : graph[NodeId(i)].args)
        needed[arg.index] = true;
  return needed;
}

// The argument value of an input or state.
const TensorValue& given(const Case& c, NodeId id) {
  const bool state = c.graph[id].op == Op::state;
  const auto& ids = state ? c.graph.states() : c.graph.inputs();
  const auto at = std::find(ids.begin(), ids.end(), id) - ids.begin();
  return (state ? c.states : c.inputs)[static_cast<size_t>(at)];
}

NodeId add_argument(Case& c, Op op, const std::string& name, const Type& type, TensorValue value) {
  (op == Op::state ? c.states : c.inputs).push_back(std::move(value));
  return op == Op::state ? c.graph.state(name, type) : c.graph.input(name, type);
}

} // namespace

SymbolValues sizes_of(const Case& c) {
  std::vector<GivenShape> shapes;
  for (size_t i = 0; i < c.inputs.size(); ++i)
    shapes.push_back({"input", &c.graph.type(c.graph.inputs()[i]).shape, &c.inputs[i].shape});
  for (size_t i = 0; i < c.states.size(); ++i)
    shapes.push_back({"state", &c.graph.type(c.graph.states()[i]).shape, &c.states[i].shape});
  return bind_sizes(c.graph, shapes);
}

std::vector<TensorValue> node_values(const Case& c) {
  const SymbolValues sizes = sizes_of(c);
  const std::vector<bool> needed = needed_nodes(c.graph);
  std::vector<TensorValue> values(c.graph.size());
  for (NodeId id : c.graph.ids()) {
    if (!needed[id.index]) continue;
    const Node& node = c.graph[id];
    std::vector<const TensorValue*> args;
    for (NodeId arg : node.args)
      args.push_back(&values[arg.index]);
    values[id.index] = node.kind() == Kind::Input ? given(c, id) : evaluate_node(node, args, sizes);
  }
  return values;
}

Case rebuilt(const Case& c, const std::function<NodeId(const Replacement&, NodeId)>& replacement) {
  Case to;
  std::vector<NodeId> map(c.graph.size());
  const std::vector<bool> needed = needed_nodes(c.graph);
  for (NodeId id : c.graph.ids()) {
    if (!needed[id.index]) continue;
    const Node& node = c.graph[id];
    if (replacement) map[id.index] = replacement({to, map}, id);
    if (map[id.index].valid()) continue;
    if (node.kind() == Kind::Input) {
      map[id.index] =
          add_argument(to, node.op, node.attrs.name(Key::name), node.type, given(c, id));
      continue;
    }
    std::vector<NodeId> args;
    for (NodeId arg : node.args)
      args.push_back(map[arg.index]);
    map[id.index] = to.graph.add(node.op, std::move(args), node.attrs);
  }
  for (const Output& output : c.graph.outputs)
    to.graph.outputs.push_back({output.name, map[output.node.index]});
  for (const Update& update : c.graph.updates) {
    const NodeId state = map[update.state.index];
    if (to.graph[state].op == Op::state) // else replaced
      to.graph.updates.push_back({state, map[update.value.index]});
  }
  return to;
}

namespace {

// The leading part of `value`; the new sizes must not be larger.
TensorValue cropped(const TensorValue& value, const std::vector<int64_t>& shape) {
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] > value.shape[axis]) throw Error(Diag::BadDim, "cannot grow");
  TensorValue result = TensorValue::zeros(value.dtype, shape);
  const auto from = interpreter::places(shape, row_major_strides(value.shape));
  const size_t bytes = size_of(value.dtype);
  for (size_t i = 0; i < from.size(); ++i)
    std::memcpy(result.bytes.data() + i * bytes,
                value.bytes.data() + static_cast<size_t>(from[i]) * bytes, bytes);
  return result;
}

// `attrs` with every size that is the number `old` replaced by `now`.
Attrs with_size(const Attrs& attrs, int64_t old, int64_t now) {
  Attrs result;
  for (const auto& [key, value] : attrs.list()) {
    AttrValue changed = value;
    if (Shape* shape = std::get_if<Shape>(&changed))
      std::replace(shape->begin(), shape->end(), Dim(old), Dim(now));
    result.set(key, std::move(changed));
  }
  if (!result.has(Key::value) || !result.has(Key::shape)) return result;
  const Literal literal = attrs.value(Key::value);
  if (const auto numbers = as_numbers(result.dims(Key::shape)); numbers && !literal.is_splat())
    result.set(Key::value, cropped(TensorValue::of(literal, literal.shape()), *numbers).literal());
  return result;
}

class Shrinker {
public:
  Shrinker(Case c, const std::function<bool(const Case&)>& fails, int budget)
      : best_(std::move(c)), fails_(fails), budget_(budget) {}

  Case run() {
    bool smaller = true;
    while (smaller && budget_ > 0) {
      smaller = drop_results();
      smaller |= lift_outputs();
      smaller |= simplify_nodes();
      smaller |= halve_sizes();
      smaller |= simplify_values();
    }
    attempt([&] { return rebuilt(best_); });
    return std::move(best_);
  }

private:
  // Takes the candidate if it can be interpreted and still fails.
  template <class Make>
  bool attempt(Make&& make) {
    if (budget_-- <= 0) return false;
    try {
      Case candidate = rebuilt(make());
      candidate.results();
      if (!fails_(candidate)) return false;
      best_ = std::move(candidate);
      return true;
    } catch (const Error&) {
      return false; // no valid graph, or no valid call of it
    }
  }

  bool drop_results() {
    bool any = false;
    for (size_t i = best_.graph.outputs.size(); i-- > 0;)
      any |= attempt([&] {
        Case c = best_;
        c.graph.outputs.erase(c.graph.outputs.begin() + static_cast<ptrdiff_t>(i));
        return c;
      });
    // An update goes, or becomes an output, which needs no state.
    for (size_t i = best_.graph.updates.size(); i-- > 0;)
      for (bool as_output : {false, true}) {
        const bool done = attempt([&] {
          Case c = best_;
          const NodeId value = c.graph.updates[i].value;
          c.graph.updates.erase(c.graph.updates.begin() + static_cast<ptrdiff_t>(i));
          if (as_output) c.graph.outputs.push_back({fmt::format("u{}", cuts_++), value});
          return c;
        });
        any |= done;
        if (done) break;
      }
    return any;
  }

  // An output may be an operand of what it was, whatever the types.
  bool lift_outputs() {
    bool any = false;
    for (size_t i = 0; i < best_.graph.outputs.size(); ++i)
      while (lift_output(i))
        any = true;
    return any;
  }

  bool lift_output(size_t i) {
    const std::vector<NodeId> args = best_.graph[best_.graph.outputs[i].node].args;
    return std::any_of(args.begin(), args.end(), [&](NodeId arg) {
      return attempt([&] {
        Case c = best_;
        c.graph.outputs[i].node = arg;
        return c;
      });
    });
  }

  // Users before operands, so that whole branches go at once. A success renumbers the nodes; what
  // the walk then misses is the next round's.
  bool simplify_nodes() {
    bool any = false;
    for (size_t i = best_.graph.size(); i-- > 0;) {
      if (i >= best_.graph.size()) continue;
      any |= simplify_node(NodeId(i));
    }
    return any;
  }

  bool simplify_node(NodeId id) {
    const Node node = best_.graph[id];
    if (node.kind() == Kind::Constant) return false;
    for (NodeId arg : node.args)
      if (best_.graph.type(arg) == node.type &&
          replace(id, [&](const Replacement& r) { return r.map[arg.index]; }))
        return true;
    if (in(node.type.dtype, AnyReal) && replace(id, [&](const Replacement& r) {
          return r.to.graph.constant(Literal::number(node.type.dtype, 1), node.type.shape);
        }))
      return true;
    if (node.kind() == Kind::Input) return false;
    const TensorValue value = node_values(best_)[id.index];
    return replace(id, [&](const Replacement& r) {
      return add_argument(r.to, Op::input, fmt::format("cut{}", cuts_++), node.type, value);
    });
  }

  template <class By>
  bool replace(NodeId id, By&& by) {
    return attempt([&] {
      return rebuilt(
          best_, [&](const Replacement& r, NodeId old) { return old == id ? by(r) : NodeId(); });
    });
  }

  bool halve_sizes() {
    bool any = false;
    const std::map<std::string, int64_t> symbols = sizes_of(best_).values();
    for (const auto& [symbol, size] : symbols)
      for (int64_t smaller : {size / 2, size - 1})
        if (smaller > 0 && smaller < size)
          any |= attempt([&] { return with_symbol(symbol, smaller); });
    std::vector<int64_t> numbers;
    for (NodeId id : best_.graph.ids())
      for (const Dim& dim : best_.graph.type(id).shape)
        if (dim.is_number() && dim.number() > 1) numbers.push_back(dim.number());
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (int64_t number : numbers)
      any |= attempt([&] { return with_number(number, number / 2); });
    return any;
  }

  Case with_symbol(const std::string& symbol, int64_t size) {
    std::map<std::string, int64_t> values = sizes_of(best_).values();
    values[symbol] = size;
    const SymbolValues sizes(values);
    Case c = best_;
    for (size_t i = 0; i < c.inputs.size(); ++i)
      c.inputs[i] = cropped(c.inputs[i], sizes(c.graph.type(c.graph.inputs()[i]).shape));
    for (size_t i = 0; i < c.states.size(); ++i)
      c.states[i] = cropped(c.states[i], sizes(c.graph.type(c.graph.states()[i]).shape));
    return c;
  }

  Case with_number(int64_t old, int64_t now) {
    const SymbolValues sizes = sizes_of(best_);
    return rebuilt(best_, [&](const Replacement& r, NodeId id) {
      const Node& node = best_.graph[id];
      const Attrs attrs = with_size(node.attrs, old, now);
      if (node.kind() == Kind::Input) {
        const Type type{node.type.dtype, attrs.dims(Key::shape)};
        return add_argument(r.to, node.op, attrs.name(Key::name), type,
                            cropped(given(best_, id), sizes(type.shape)));
      }
      std::vector<NodeId> args;
      for (NodeId arg : node.args)
        args.push_back(r.map[arg.index]);
      return r.to.graph.add(node.op, std::move(args), attrs);
    });
  }

  // Each argument all 0, all 1, or all its first item.
  bool simplify_values() {
    bool any = false;
    for (bool states : {false, true})
      for (size_t i = 0; i < (states ? best_.states : best_.inputs).size(); ++i)
        any |= simplify_value(states, i);
    return any;
  }

  bool simplify_value(bool states, size_t i) {
    const TensorValue value = (states ? best_.states : best_.inputs)[i];
    if (value.count() == 0 || in(value.dtype, Complexes)) return false;
    const std::string first = value.bytes.substr(0, size_of(value.dtype));
    for (const Literal& item : {Literal::number(value.dtype, 0), Literal::number(value.dtype, 1),
                                Literal::splat(value.dtype, first)}) {
      const TensorValue plain = TensorValue::of(item, value.shape);
      if (plain == value) return false;
      const auto with_plain = [&] {
        Case c = best_;
        (states ? c.states : c.inputs)[i] = plain;
        return c;
      };
      if (attempt(with_plain)) return true;
    }
    return false;
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  int budget_;
  int cuts_ = 0;
};

} // namespace

Case shrunk(Case c, const std::function<bool(const Case&)>& fails, int budget) {
  return Shrinker(std::move(c), fails, budget).run();
}

Options options_of(uint64_t seed) {
  Options options;
  options.finite = seed % 2 == 1;
  options.symbols = seed % 3 != 0;
  options.ops = 3 + static_cast<int>(seed % 14);
  return options;
}

std::optional<std::string> failure(const std::string& name, uint64_t seed, const Case& c,
                                   const Check& wrong) {
  const auto first = wrong(c);
  if (!first) return std::nullopt;
  const Case small = shrunk(c, [&](const Case& s) { return wrong(s).has_value(); });
  const std::string path = fmt::format("fuzz_{}_{}.tsc", name, seed);
  write_file(path, print(small.graph));
  return fmt::format("seed {}, {}: {}\nwrote {}\n{}", seed, name, wrong(small).value_or(*first),
                     path, listing(small));
}

} // namespace tsc::fuzz
