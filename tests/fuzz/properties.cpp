#include "tests/fuzz/properties.h"

#include "ir/interpret_kinds.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/shrink.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tsc::fuzz {

namespace {

using Violation = std::optional<std::string>;

Violation keeps_invariants(const Case& c) {
  verify(c.graph);
  verify(without_dead_nodes(c.graph));
  return std::nullopt;
}

Violation is_deterministic(const Case& c) {
  const auto once = c.results(), again = c.results();
  for (size_t i = 0; i < once.size(); ++i)
    if (once[i] != again[i])
      return fmt::format("result {}: {}, then {}", i, text(once[i]), text(again[i]));
  return std::nullopt;
}

// Values have the dtypes that inference says (sizes follow from comparing with numeric graphs).
Violation has_inferred_types(const Case& c) {
  const auto results = c.results();
  for (size_t i = 0; i < c.graph.outputs.size(); ++i) {
    const Type& type = c.graph.type(c.graph.outputs[i].node);
    if (results[i].dtype != type.dtype || results[i].rank() != type.rank())
      return fmt::format("output {} is {}, inference says {}", i, text(results[i]), text(type));
  }
  return std::nullopt;
}

Violation survives_dead_code_removal(const Case& c) {
  const Case live{without_dead_nodes(c.graph), c.inputs, c.states};
  return difference(live.results(), c.results());
}

// The attributes with every size as a number.
Attrs with_numbers(const Attrs& attrs, const SymbolValues& sizes) {
  Attrs result;
  for (const auto& [key, value] : attrs.list()) {
    AttrValue changed = value;
    if (Shape* shape = std::get_if<Shape>(&changed))
      for (Dim& dim : *shape)
        dim = sizes(dim);
    if (Dim* dim = std::get_if<Dim>(&changed)) *dim = sizes(*dim);
    result.set(key, std::move(changed));
  }
  return result;
}

// The graph with each symbol replaced by its value and each input by a constant.
Case with_constants(const Case& c, const std::vector<TensorValue>& values) {
  const SymbolValues sizes = sizes_of(c);
  return rebuilt(c, [&](const Replacement& r, NodeId id) {
    const Node& node = c.graph[id];
    const Attrs attrs = with_numbers(node.attrs, sizes);
    if (node.op == Op::state) // an update needs one
      return r.to.graph.state(attrs.name(Key::name), {node.type.dtype, attrs.dims(Key::shape)});
    if (node.op == Op::input)
      return r.to.graph.constant(values[id.index].literal(), attrs.dims(Key::shape));
    std::vector<NodeId> args;
    for (NodeId arg : node.args)
      args.push_back(r.map[arg.index]);
    return r.to.graph.add(node.op, std::move(args), attrs);
  });
}

// What depends on no state folds, to the same value.
Violation folds(const Case& c) {
  const std::vector<TensorValue> values = node_values(c);
  const Graph folded = with_constants(c, values).graph;
  for (size_t i = 0; i < folded.outputs.size(); ++i) {
    const auto got = evaluate(folded, folded.outputs[i].node);
    if (!got) continue;
    if (const auto wrong = difference({*got}, {values[c.graph.outputs[i].node.index]}))
      return wrong;
  }
  return std::nullopt;
}

// Each pass gives a good graph with the same arguments and types of results. (Values are compared
// where the error that rules may make is known: by claim, in tests/rules.)
Violation optimises_to_good_graphs(const Case& c) {
  Violation wrong;
  OptimiseOptions options;
  options.after = [&](const Pass& pass, const Graph& graph) {
    const std::vector<std::string> broken = broken_invariants(graph);
    if (!wrong && !broken.empty()) wrong = fmt::format("after {}: {}", pass.name, broken[0]);
    for (size_t i = 0; !wrong && i < graph.outputs.size(); ++i) {
      const DType before = c.graph.type(c.graph.outputs[i].node).dtype,
                  now = graph.type(graph.outputs[i].node).dtype;
      if (before != now)
        wrong =
            fmt::format("after {}: output {} is {}, was {}", pass.name, i, name(now), name(before));
    }
  };
  const Case optimised{optimise(c.graph, options), c.inputs, c.states};
  if (wrong) return wrong;
  const auto before = c.results(), now = optimised.results();
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i].dtype != now[i].dtype || before[i].shape != now[i].shape)
      return fmt::format("result {} is {}, was {}", i, text(now[i]), text(before[i]));
  return std::nullopt;
}

// Rules may change the rounding of floats, but nothing about integers and bool.
Violation optimises_integers_exactly(const Case& c) {
  for (NodeId id : c.graph.ids())
    if (!in(c.graph.type(id).dtype, BoolsAndInts)) return std::nullopt;
  const Case optimised{optimise(c.graph), c.inputs, c.states};
  return difference(optimised.results(), c.results());
}

// ---- accuracy, item by item

DType widened(DType dtype) {
  if (dtype == DType::C64) return DType::C128;
  return dtype == DType::F32 ? DType::F64 : dtype;
}

Literal widened(const Literal& literal) {
  const std::vector<int64_t> shape = literal.is_splat() ? std::vector<int64_t>{} : literal.shape();
  return interpreter::converted(TensorValue::of(literal, shape), widened(literal.dtype()))
      .literal();
}

Attrs widened(const Attrs& attrs) {
  Attrs result;
  for (const auto& [key, value] : attrs.list()) {
    AttrValue changed = value;
    if (DType* dtype = std::get_if<DType>(&changed)) *dtype = widened(*dtype);
    if (Literal* literal = std::get_if<Literal>(&changed)) *literal = widened(*literal);
    result.set(key, std::move(changed));
  }
  return result;
}

// The same program with f64 wherever it has f32, also in complex numbers.
Case in_f64(const Case& c) {
  Case to{{}, c.inputs, c.states};
  for (auto* list : {&to.inputs, &to.states})
    for (TensorValue& value : *list)
      value = interpreter::converted(value, widened(value.dtype));
  std::vector<NodeId> map(c.graph.size());
  for (NodeId id : c.graph.ids()) {
    const Node& node = c.graph[id];
    const Type type{widened(node.type.dtype), node.type.shape};
    std::vector<NodeId> args;
    for (NodeId arg : node.args)
      args.push_back(map[arg.index]);
    map[id.index] = node.op == Op::input   ? to.graph.input(node.attrs.name(Key::name), type)
                    : node.op == Op::state ? to.graph.state(node.attrs.name(Key::name), type)
                                           : to.graph.add(node.op, args, widened(node.attrs));
  }
  for (const Output& output : c.graph.outputs)
    to.graph.outputs.push_back({output.name, map[output.node.index]});
  return to;
}

// Nodes made of f32 alone, item by item: no sums, no conversions, no choices by compared floats.
std::vector<bool> elementwise_f32(const Graph& graph) {
  std::vector<bool> marked(graph.size());
  for (NodeId id : graph.ids()) {
    const Node& node = graph[id];
    const Kind kind = node.kind();
    const bool leaf = kind == Kind::Input || kind == Kind::Constant;
    const bool simple = leaf || kind == Kind::Elementwise || kind == Kind::View;
    const bool of_f32 = node.type.dtype == DType::F32 || (leaf && node.type.dtype == DType::Bool);
    marked[id.index] = simple && of_f32;
    for (NodeId arg : node.args)
      marked[id.index] = marked[id.index] && marked[arg.index];
  }
  return marked;
}

// Rules may cost digits where terms cancel, but not more than the program as written has lost
// there. The same in f64 says what both should be.
Violation optimises_accurately(const Case& c) {
  const std::vector<bool> known = elementwise_f32(c.graph);
  if (std::none_of(c.graph.outputs.begin(), c.graph.outputs.end(),
                   [&](const Output& o) { return known[o.node.index]; }))
    return std::nullopt;
  const Case optimised{optimise(c.graph), c.inputs, c.states};
  const auto plain = c.results(), better = optimised.results(), truth = in_f64(c).results();
  for (size_t r = 0; r < c.graph.outputs.size(); ++r)
    for (size_t i = 0; known[c.graph.outputs[r].node.index] && i < truth[r].count(); ++i) {
      const double t = truth[r].as_f64(i), p = plain[r].as_f64(i), b = better[r].as_f64(i);
      if (!std::isfinite(t) || !std::isfinite(p)) continue;
      const double unit = std::ldexp(std::max(std::fabs(t), 0x1p-126), -23);
      if (!(std::fabs(b - t) <= 4 * std::fabs(p - t) + 16 * unit))
        return fmt::format("result {}, item {} is {}, was {}, should be {}", r, i, b, p, t);
    }
  return std::nullopt;
}

Violation lowers_to_the_same_values(const Case& c) {
  const auto wrong = wrong_when_lowered(c, true);
  return wrong ? wrong : wrong_when_lowered(c, false);
}

Violation prints_and_parses(const Case& c) {
  const Graph live = rebuilt(c).graph; // requirements of dead nodes have no text
  const std::string text = print(live);
  const Graph again = parse(text, "printed").graph;
  if (!same_graph(live, again))
    return fmt::format("printed\n{}\nread and printed again\n{}", text, print(again));
  return std::nullopt;
}

} // namespace

const std::vector<Property>& all_properties() {
  static const std::vector<Property> list = {
      {"keeps-invariants", keeps_invariants},
      {"is-deterministic", is_deterministic},
      {"has-inferred-types", has_inferred_types},
      {"survives-dead-code-removal", survives_dead_code_removal},
      {"folds", folds},
      {"optimises-to-good-graphs", optimises_to_good_graphs},
      {"optimises-integers-exactly", optimises_integers_exactly},
      {"optimises-accurately", optimises_accurately},
      {"lowers-to-the-same-values", lowers_to_the_same_values},
      {"prints-and-parses", prints_and_parses},
  };
  return list;
}

std::optional<std::string> violation(const Property& property, const Case& c) {
  try {
    return property.check(c);
  } catch (const std::exception& e) {
    return e.what();
  }
}

std::optional<std::string> difference(const std::vector<TensorValue>& a,
                                      const std::vector<TensorValue>& b, double ulp, double scale) {
  if (a.size() != b.size()) return fmt::format("{} results differ from {}", a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const bool alike = a[i].dtype == b[i].dtype && a[i].shape == b[i].shape;
    const bool close = alike && ulp > 0 && max_ulp(a[i], b[i], scale) <= ulp;
    if (!close && !same_value(a[i], b[i]))
      return fmt::format("result {}: {} differs from {}", i, text(a[i]), text(b[i]));
  }
  return std::nullopt;
}

} // namespace tsc::fuzz
