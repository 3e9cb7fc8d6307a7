#include "tests/fuzz/random_graph.h"

#include "tests/fuzz/generator.h"

#include <fmt/format.h>

namespace tsc::fuzz {

Case random_case(uint64_t seed, const Options& options) {
  return random_case(Random(seed), options);
}

Case random_case(Random random, const Options& options) {
  return Generator(std::move(random), options).generate();
}

namespace {

std::string text_of(const AttrValue& value) {
  struct Visitor {
    std::string operator()(int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(const IntList& v) const {
      return fmt::format("[{}]", fmt::join(v, ", "));
    }
    std::string operator()(const Dim& v) const { return v.text(); }
    std::string operator()(const Shape& v) const { return tsc::text(v); }
    std::string operator()(DType v) const { return name(v); }
    std::string operator()(const std::string& v) const { return fmt::format("'{}'", v); }
    std::string operator()(const Literal& v) const {
      return text(TensorValue::of(v, v.is_splat() ? std::vector<int64_t>{} : v.shape()));
    }
  };
  return std::visit(Visitor{}, value);
}

} // namespace

std::string listing(const Case& c) {
  std::string out;
  const std::vector<bool> live = live_nodes(c.graph);
  for (NodeId id : c.graph.ids()) {
    if (!live[id.index]) continue;
    const Node& node = c.graph[id];
    out += fmt::format("%{} = {}", id.index, name(node.op));
    for (NodeId arg : node.args)
      out += fmt::format(" %{}", arg.index);
    for (const auto& [key, value] : node.attrs.list())
      out += fmt::format(" {}={}", row(key).name, text_of(value));
    out += fmt::format("  : {}\n", text(node.type));
  }
  for (const Output& output : c.graph.outputs)
    out += fmt::format("output {} = %{}\n", output.name, output.node.index);
  for (const Update& update : c.graph.updates)
    out += fmt::format("update %{} = %{}\n", update.state.index, update.value.index);
  for (size_t i = 0; i < c.inputs.size(); ++i)
    out += fmt::format("input %{} = {}\n", c.graph.inputs()[i].index, text(c.inputs[i], 64));
  for (size_t i = 0; i < c.states.size(); ++i)
    out += fmt::format("state %{} = {}\n", c.graph.states()[i].index, text(c.states[i], 64));
  return out;
}

} // namespace tsc::fuzz
