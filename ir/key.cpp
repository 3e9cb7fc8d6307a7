#include "ir/key.h"

#include "support/hash.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unordered_map>

namespace tsc {

namespace {

class KeyWriter {
public:
  explicit KeyWriter(const Graph& graph) : graph_(graph), number_(graph.size(), unnumbered) {}

  std::string text();

  // After text(): what it wrote, in order.
  const std::vector<NodeId>& nodes() const { return nodes_; }
  const std::vector<const Requirement*>& requirements() const { return requirements_; }
  const std::map<std::string, std::string>& sizes() const { return symbols_; }

private:
  static constexpr uint32_t unnumbered = UINT32_MAX;

  void reach(NodeId root);
  void write(NodeId id);
  void write_requirements();
  std::string numbers(const std::vector<NodeId>& ids) const;
  std::string dim(const Dim& d);
  std::string shape(const Shape& s);
  std::string attribute(const AttrValue& value);

  const Graph& graph_;
  KeyText key_;
  std::vector<uint32_t> number_; // of each node that was written
  std::vector<NodeId> nodes_;
  std::vector<const Requirement*> requirements_;
  std::map<std::string, std::string> symbols_;            // user's name -> s0, s1, ...
  std::unordered_map<std::string, std::string> dim_text_; // of sizes seen before
};

std::string KeyWriter::text() {
  key_.field("graph-key", int64_t{1});
  key_.field("inputs", static_cast<int64_t>(graph_.inputs().size()));
  for (NodeId id : graph_.inputs())
    write(id);
  key_.field("states", static_cast<int64_t>(graph_.states().size()));
  for (NodeId id : graph_.states())
    write(id);
  for (const Output& output : graph_.outputs)
    reach(output.node);
  for (const Update& update : graph_.updates)
    reach(update.value);
  for (const Output& output : graph_.outputs)
    key_.field("output", numbers({output.node}));
  for (const Update& update : graph_.updates)
    key_.field("update", numbers({update.state, update.value}));
  write_requirements();
  return key_.text();
}

// Writes what `root` needs, operands first, in the order of operands: a depth-first walk with a
// stack of its own.
void KeyWriter::reach(NodeId root) {
  std::vector<std::pair<NodeId, size_t>> stack = {{root, 0}}; // node, next operand
  while (!stack.empty()) {
    auto& [id, next] = stack.back();
    const Node& node = graph_[id];
    if (number_[id.index] != unnumbered) {
      stack.pop_back();
    } else if (next < node.args.size()) {
      const NodeId arg = node.args[next++];
      if (number_[arg.index] == unnumbered) stack.emplace_back(arg, 0);
    } else {
      write(id);
      stack.pop_back();
    }
  }
}

void KeyWriter::write(NodeId id) {
  const Node& node = graph_[id];
  number_[id.index] = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(id);
  key_.field("node", name(node.op));
  if (!node.args.empty()) key_.field("args", numbers(node.args));
  for (const auto& [key, value] : node.attrs.list())
    if (key != Key::name) key_.field(row(key).name, attribute(value));
}

// Requirements come in the order in which nodes were added; the key has them sorted.
void KeyWriter::write_requirements() {
  std::map<std::string, const Requirement*> lines;
  for (const Requirement& r : graph_.requirements()) {
    const char* sign = r.relation == Requirement::Relation::Equal ? "==" : "<=";
    const std::string left = dim(r.left); // before right: both may name new symbols
    lines.try_emplace(fmt::format("{} {} {}", left, sign, dim(r.right)), &r);
  }
  for (const auto& [line, requirement] : lines) {
    key_.field("require", line);
    requirements_.push_back(requirement);
  }
}

std::string KeyWriter::numbers(const std::vector<NodeId>& ids) const {
  std::string out;
  for (NodeId id : ids)
    out += fmt::format("{}{}", out.empty() ? "" : " ", number_[id.index]);
  return out;
}

std::string KeyWriter::dim(const Dim& d) {
  if (d.is_number()) return d.text();
  const auto [it, added] = dim_text_.try_emplace(d.text());
  if (!added) return it->second;
  const auto renamed = [&](const std::string& symbol) -> std::optional<Dim> {
    const auto [found, fresh] = symbols_.try_emplace(symbol, fmt::format("s{}", symbols_.size()));
    return Dim::symbol(found->second);
  };
  return it->second = d.substitute(renamed).text();
}

std::string KeyWriter::shape(const Shape& s) {
  std::string out;
  for (const Dim& d : s)
    out += dim(d) + ",";
  return out;
}

std::string literal_key(const Literal& literal) {
  constexpr size_t inline_bytes = 64;
  const std::string& bytes = literal.bytes();
  std::string data;
  if (bytes.size() > inline_bytes)
    data = "sha256:" + sha256(bytes).hex();
  else
    for (char c : bytes)
      data += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return fmt::format("{} {} [{}] {}", name(literal.dtype()), literal.is_splat() ? "splat" : "dense",
                     fmt::join(literal.shape(), ","), data);
}

std::string KeyWriter::attribute(const AttrValue& value) {
  if (const auto* v = std::get_if<int64_t>(&value)) return fmt::format("{}", *v);
  if (const auto* v = std::get_if<IntList>(&value)) return fmt::format("{}", fmt::join(*v, ","));
  if (const auto* v = std::get_if<Dim>(&value)) return dim(*v);
  if (const auto* v = std::get_if<Shape>(&value)) return shape(*v);
  if (const auto* v = std::get_if<DType>(&value)) return name(*v);
  if (const auto* v = std::get_if<std::string>(&value)) return *v;
  return literal_key(std::get<Literal>(value));
}

using Names = std::map<std::string, std::string>; // of sizes: old -> new

Dim renamed(const Dim& dim, const Names& names) {
  if (names.empty() || dim.is_number()) return dim;
  return dim.substitute([&](const std::string& symbol) -> std::optional<Dim> {
    const auto found = names.find(symbol);
    return found == names.end() ? std::nullopt : std::optional(Dim::symbol(found->second));
  });
}

Shape renamed(Shape shape, const Names& names) {
  for (Dim& dim : shape)
    dim = renamed(dim, names);
  return shape;
}

Attrs renamed(const Attrs& attrs, const Names& names) {
  Attrs out = attrs;
  for (const auto& [key, value] : attrs.list()) {
    if (const auto* dim = std::get_if<Dim>(&value)) out.set(key, renamed(*dim, names));
    if (const auto* shape = std::get_if<Shape>(&value)) out.set(key, renamed(*shape, names));
  }
  return out;
}

// `from` with only these nodes and requirements, in this order, and these names of sizes.
Graph reordered(const Graph& from, const std::vector<NodeId>& nodes,
                const std::vector<const Requirement*>& requirements, const Names& names = {}) {
  Graph to;
  std::vector<NodeId> now(from.size());
  const auto locs = [&](LocsId id) { return to.locations(from.locations(id)); };
  const auto type = [&](NodeId id) {
    return Type{from.type(id).dtype, renamed(from.type(id).shape, names)};
  };
  for (NodeId id : from.inputs())
    now[id.index] = to.input(from[id].attrs.name(Key::name), type(id), locs(from[id].locs));
  for (NodeId id : from.states())
    now[id.index] = to.state(from[id].attrs.name(Key::name), type(id), locs(from[id].locs));
  for (const Requirement* r : requirements)
    to.require(renamed(r->left, names), r->relation, renamed(r->right, names), r->what,
               locs(r->locs));
  for (NodeId id : nodes) {
    const Node& node = from[id];
    std::vector<NodeId> args;
    for (NodeId arg : node.args)
      args.push_back(now[arg.index]);
    if (!now[id.index].valid())
      now[id.index] = to.add(node.op, std::move(args), renamed(node.attrs, names), locs(node.locs));
    if (const std::string* name = from.name_of(id)) to.set_name(now[id.index], *name);
  }
  for (const Output& output : from.outputs)
    to.outputs.push_back({output.name, now[output.node.index]});
  for (const Update& update : from.updates)
    to.updates.push_back({now[update.state.index], now[update.value.index]});
  return to;
}

} // namespace

std::string key_text(const Graph& graph) { return KeyWriter(graph).text(); }

Canonical canonical(const Graph& graph) {
  KeyWriter writer(graph);
  std::string key = writer.text();
  return {std::move(key), reordered(graph, writer.nodes(), writer.requirements()), writer.sizes()};
}

Graph with_key_sizes(const Canonical& asked) {
  const Graph& from = asked.graph;
  std::vector<NodeId> nodes;
  for (NodeId id : from.ids())
    nodes.push_back(id);
  std::vector<const Requirement*> requirements;
  for (const Requirement& r : from.requirements())
    requirements.push_back(&r);
  return reordered(from, nodes, requirements, asked.sizes);
}

} // namespace tsc
