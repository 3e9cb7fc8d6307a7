#include "tools/tsc/show_node.h"

#include "ir/literal_text.h"
#include "ir/print.h"

#include <fmt/format.h>

namespace tsc::cli {

std::string name_or_nothing(const Graph& graph, NodeId id) {
  if (graph[id].kind() == Kind::Input) return graph[id].attrs.name(Key::name);
  const std::string* name = graph.name_of(id);
  return name ? *name : "";
}

std::string title(const Graph& graph, NodeId id) {
  const std::string name = name_or_nothing(graph, id);
  const std::string op = tsc::name(graph[id].op);
  return name.empty() ? op : op + "  " + printable(name);
}

namespace {

std::string value_text(const Literal& value) {
  if (value.is_splat()) return item_text(value);
  constexpr size_t most_bytes = 64;
  if (value.bytes().size() <= most_bytes) return data_text(value);
  return fmt::format("{} items", value.bytes().size() / size_of(value.dtype()));
}

// Whether the node's name and type say it already.
bool is_plain_to_see(const Node& node, Key key) {
  if (key == Key::name) return true;
  const bool leaf = node.kind() == Kind::Input || node.kind() == Kind::Constant;
  return leaf && (key == Key::shape || key == Key::dtype);
}

} // namespace

std::string attributes_text(const Node& node) {
  std::string out;
  for (const auto& [key, value] : node.attrs.list()) {
    if (is_plain_to_see(node, key)) continue;
    const auto* literal = std::get_if<Literal>(&value);
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", row(key).name,
                       literal ? value_text(*literal) : attribute_text(value));
  }
  return out;
}

} // namespace tsc::cli
