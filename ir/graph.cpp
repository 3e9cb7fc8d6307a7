#include "ir/graph.h"

#include "ir/infer.h"
#include "support/hash.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tsc {

namespace {

uint64_t structural_hash(Op op, const std::vector<NodeId>& args, const Attrs& attrs) {
  uint64_t h = mix(static_cast<uint64_t>(op), attrs.hash());
  for (NodeId arg : args)
    h = mix(h, arg.index);
  return h;
}

} // namespace

NodeId Graph::find_equal(const Node& node, uint64_t hash) const {
  auto [begin, end] = table_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Node& other = nodes_[it->second.index];
    if (other.op == node.op && other.args == node.args && other.attrs == node.attrs)
      return it->second;
  }
  return NodeId();
}

NodeId Graph::add(Op op, std::vector<NodeId> args, Attrs attrs, LocsId locs) {
  for (NodeId arg : args)
    TSC_CHECK(arg.index < nodes_.size());
  Node node{op, {}, std::move(args), std::move(attrs), locs};
  const uint64_t hash = structural_hash(op, node.args, node.attrs);
  if (NodeId found = find_equal(node, hash); found.valid()) return found;
  if (nodes_.size() >= max_nodes)
    throw Error(Diag::TooManyNodes, fmt::format("the graph has more than {} nodes", max_nodes))
        .at(first_location(locs));
  try {
    node.type = infer_type(*this, node);
  } catch (Error& e) {
    e.at(first_location(locs));
    for (size_t i = 0; i < node.args.size(); ++i)
      e.note(node.args.size() == 1 ? "operand" : fmt::format("operand {}", i),
             describe(node.args[i]));
    throw;
  }
  const NodeId id(nodes_.size());
  nodes_.push_back(std::move(node));
  table_.emplace(hash, id);
  return id;
}

NodeId Graph::argument(Op op, std::string name, Type type, LocsId locs) {
  if (!argument_names_.insert(name).second)
    throw Error(Diag::DuplicateName,
                fmt::format("an input or state named '{}' exists already", printable(name)))
        .at(first_location(locs));
  const NodeId id =
      add(op, {}, {{Key::name, name}, {Key::shape, type.shape}, {Key::dtype, type.dtype}}, locs);
  set_name(id, std::move(name));
  return id;
}

NodeId Graph::input(std::string name, Type type, LocsId locs) {
  inputs_.push_back(argument(Op::input, std::move(name), std::move(type), locs));
  return inputs_.back();
}

NodeId Graph::state(std::string name, Type type, LocsId locs) {
  states_.push_back(argument(Op::state, std::move(name), std::move(type), locs));
  return states_.back();
}

NodeId Graph::constant(Literal value, Shape shape, LocsId locs) {
  return add(Op::constant, {}, {{Key::value, std::move(value)}, {Key::shape, std::move(shape)}},
             locs);
}

LocsId Graph::locations(std::span<const Loc> locs) {
  std::vector<Loc> kept;
  std::vector<std::tuple<const char*, uint32_t, uint32_t>> key;
  for (const Loc& loc : locs) {
    if (!loc.known() || kept.size() == max_locs) continue;
    if (std::find(kept.begin(), kept.end(), loc) != kept.end()) continue;
    kept.push_back(loc);
    key.emplace_back(loc.file, loc.line, loc.column);
  }
  if (kept.empty()) return LocsId();
  auto [it, added] = locs_table_.try_emplace(std::move(key), LocsId(locs_.size()));
  if (added) locs_.push_back(std::move(kept));
  return it->second;
}

LocsId Graph::merged(LocsId a, LocsId b) {
  if (!a.valid() || a == b) return b;
  if (!b.valid()) return a;
  std::vector<Loc> both = locs_[a.index];
  both.insert(both.end(), locs_[b.index].begin(), locs_[b.index].end());
  return locations(both);
}

std::span<const Loc> Graph::locations(LocsId id) const {
  if (!id.valid()) return {};
  return locs_[id.index];
}

Loc Graph::first_location(LocsId id) const { return id.valid() ? locs_[id.index][0] : Loc{}; }

void Graph::set_name(NodeId id, std::string name) { names_.try_emplace(id, std::move(name)); }

const std::string* Graph::name_of(NodeId id) const {
  const auto it = names_.find(id);
  return it == names_.end() ? nullptr : &it->second;
}

Dim Graph::resolve(const Dim& dim) const {
  if (dim.is_number() || known_.empty()) return dim;
  return dim.substitute([&](const std::string& symbol) -> std::optional<Dim> {
    const auto it = known_.find(symbol);
    return it == known_.end() ? std::nullopt : std::optional(it->second);
  });
}

namespace {

// A condition as a word of Graph::required_.
std::string condition_text(const Dim& left, Requirement::Relation relation, const Dim& right) {
  const char* sign = relation == Requirement::Relation::Equal ? " == " : " <= ";
  return left.text() + sign + right.text();
}

Tri answer_of(const Dim& left, Requirement::Relation relation, const Dim& right) {
  return relation == Requirement::Relation::Equal ? tsc::equal(left, right)
                                                  : less_equal(left, right);
}

} // namespace

Tri Graph::decide(const Dim& left, Requirement::Relation relation, const Dim& right) const {
  if (answer_of(left, relation, right) == Tri::Yes) return Tri::Yes;
  const Tri answer = answer_of(resolve(left), relation, resolve(right));
  if (answer == Tri::Yes || required_.empty()) return answer;
  // What is checked at each call anyway holds. This comes before No: where conditions contradict
  // each other, a graph that could be built can be built again in another order.
  return required_.count(condition_text(left, relation, right)) ? Tri::Yes : answer;
}

void Graph::require(const Dim& left, Requirement::Relation relation, const Dim& right,
                    std::string what, LocsId locs) {
  const bool equality = relation == Requirement::Relation::Equal;
  const Tri answer = decide(left, relation, right);
  if (answer == Tri::Yes) return;
  const Dim a = resolve(left), b = resolve(right);
  if (answer == Tri::No)
    throw Error(
        a == left && b == right ? Diag::ShapeMismatch : Diag::Contradiction,
        fmt::format("{}: {} {} {} cannot be", what, a.text(), equality ? "=" : "<=", b.text()))
        .at(first_location(locs));
  required_.insert(condition_text(left, relation, right));
  requirements_.push_back({left, relation, right, std::move(what), locs});
  if (!equality) return;
  auto learn = [&](const Dim& symbol, const Dim& value) {
    const auto name = symbol.symbol_name();
    if (!name) return false;
    const auto inside = value.symbols();
    if (std::find(inside.begin(), inside.end(), *name) != inside.end()) return false;
    for (auto& [other, known] : known_)
      known = known.substitute(
          [&](const std::string& s) { return s == *name ? std::optional(value) : std::nullopt; });
    known_.emplace(*name, value);
    return true;
  };
  if (learn(b, a) || learn(a, b))
    check_requirements(); // the later name gives way to the earlier one
}

// What has just been learnt may contradict a condition that was open before.
void Graph::check_requirements() const {
  for (const Requirement& r : requirements_) {
    const Dim a = resolve(r.left), b = resolve(r.right);
    const bool equality = r.relation == Requirement::Relation::Equal;
    if ((equality ? tsc::equal(a, b) : less_equal(a, b)) != Tri::No) continue;
    const std::string condition =
        fmt::format("{} {} {}", r.left.text(), equality ? "=" : "<=", r.right.text());
    Error e(Diag::Contradiction, fmt::format("{}: {} cannot be: other sizes make it {} and {}",
                                             r.what, condition, a.text(), b.text()));
    throw std::move(e).at(first_location(r.locs));
  }
}

std::string Graph::describe(NodeId id) const {
  const Node& node = nodes_[id.index];
  std::string out = text(node.type);
  if (const std::string* name = name_of(id)) out += fmt::format("  '{}'", printable(*name));
  if (const Loc loc = first_location(node.locs); loc.known()) out += "  " + loc.text();
  return out;
}

Rebuilder::Rebuilder(const Graph& from) : from_(from), map_(from.size()) {
  for (NodeId id : from.inputs())
    set(id, to_.input(from[id].attrs.name(Key::name), from.type(id), locs(id)));
  for (NodeId id : from.states())
    set(id, to_.state(from[id].attrs.name(Key::name), from.type(id), locs(id)));
  for (const Requirement& r : from.requirements())
    to_.require(r.left, r.relation, r.right, r.what, to_.locations(from.locations(r.locs)));
}

std::vector<NodeId> Rebuilder::args(NodeId old) const {
  std::vector<NodeId> now;
  for (NodeId arg : from_[old].args) {
    TSC_CHECK((*this)[arg].valid());
    now.push_back((*this)[arg]);
  }
  return now;
}

LocsId Rebuilder::locs(NodeId old) { return to_.locations(from_.locations(from_[old].locs)); }

NodeId Rebuilder::keep(NodeId old) {
  if ((*this)[old].valid()) return (*this)[old]; // inputs and states
  const Node& node = from_[old];
  const NodeId now = to_.add(node.op, args(old), node.attrs, locs(old));
  set(old, now);
  if (const std::string* name = from_.name_of(old)) to_.set_name(now, *name);
  return now;
}

Graph Rebuilder::finish() {
  for (const Output& output : from_.outputs)
    to_.outputs.push_back({output.name, (*this)[output.node]});
  for (const Update& update : from_.updates)
    to_.updates.push_back({(*this)[update.state], (*this)[update.value]});
  return std::move(to_);
}

std::vector<bool> live_nodes(const Graph& graph) {
  std::vector<bool> live(graph.size());
  for (NodeId id : graph.inputs())
    live[id.index] = true;
  for (NodeId id : graph.states())
    live[id.index] = true;
  for (const Output& output : graph.outputs)
    live[output.node.index] = true;
  for (const Update& update : graph.updates)
    live[update.value.index] = true;
  for (size_t i = graph.size(); i-- > 0;)
    if (live[i])
      for (NodeId arg : graph[NodeId(i)].args)
        live[arg.index] = true;
  return live;
}

Graph without_dead_nodes(const Graph& graph) {
  const std::vector<bool> live = live_nodes(graph);
  Rebuilder copy(graph);
  for (NodeId id : graph.ids())
    if (live[id.index]) copy.keep(id);
  return copy.finish();
}

Graph without_dead_nodes(Graph&& graph) {
  const std::vector<bool> live = live_nodes(graph);
  if (std::find(live.begin(), live.end(), false) == live.end()) return std::move(graph);
  return without_dead_nodes(std::as_const(graph));
}

} // namespace tsc
