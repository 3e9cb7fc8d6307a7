#include "tests/fuzz/properties.h"

#include "ir/verify.h"
#include "tests/fuzz/shrink.h"

#include <fmt/format.h>

#if __has_include("ir/print.h") && __has_include("ir/parse.h")
#include "ir/parse.h"
#include "ir/print.h"
#define TSC_FUZZ_HAS_TEXT 1
#endif

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

#ifdef TSC_FUZZ_HAS_TEXT
Violation prints_and_parses(const Case& c) {
  const std::string text = print(c.graph);
  const std::string again = print(parse(text, "fuzz.tsc").graph);
  if (again != text) return fmt::format("printed\n{}\nread and printed again\n{}", text, again);
  return std::nullopt;
}
#endif

} // namespace

const std::vector<Property>& all_properties() {
  static const std::vector<Property> list = {
      {"keeps-invariants", keeps_invariants},
      {"is-deterministic", is_deterministic},
      {"has-inferred-types", has_inferred_types},
      {"survives-dead-code-removal", survives_dead_code_removal},
      {"folds", folds},
#ifdef TSC_FUZZ_HAS_TEXT
      {"prints-and-parses", prints_and_parses},
#endif
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
