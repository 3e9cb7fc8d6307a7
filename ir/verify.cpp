#include "ir/verify.h"

#include "ir/infer.h"
#include "support/hash.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unordered_map>

namespace tsc {

namespace {

// Whether two sizes are, as far as is known, the same.
bool may_equal(const Graph& graph, const Dim& a, const Dim& b) {
  return graph.decide(a, Requirement::Relation::Equal, b) != Tri::No;
}

class Verifier {
public:
  // Inference adds requirements, so it works on a copy.
  explicit Verifier(const Graph& graph) : graph_(graph), scratch_(graph) {}

  std::vector<std::string> run() {
    for (NodeId id : graph_.ids())
      if (check_operands(id)) check_node(id);
    check_listed(graph_.inputs(), Op::input);
    check_listed(graph_.states(), Op::state);
    for (const Output& output : graph_.outputs)
      if (output.node.index >= graph_.size())
        report("output '{}' is no node", printable(output.name));
    check_updates();
    return std::move(broken_);
  }

private:
  template <class... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string called(NodeId id) const { return fmt::format("node {} ({})", id.index, op_name(id)); }
  const char* op_name(NodeId id) const { return name(graph_[id].op); }

  bool check_operands(NodeId id) {
    for (NodeId arg : graph_[id].args)
      if (arg.index >= id.index) {
        report("{}: operand {} does not come before it", called(id), arg.index);
        return false;
      }
    return true;
  }

  void check_node(NodeId id) {
    const Node& node = graph_[id];
    const std::vector<Key>& keys = row(node.op).attrs;
    for (const auto& [key, value] : node.attrs.list())
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        report("{}: attribute '{}' is not the op's", called(id), row(key).name);
    try {
      const Type type = infer_type(scratch_, node);
      if (type != node.type)
        report("{}: has type {}, inference gives {}", called(id), text(node.type), text(type));
    } catch (const std::exception& e) {
      report("{}: inference fails: {}", called(id), e.what());
    }
    check_unequal(id);
  }

  void check_unequal(NodeId id) {
    const Node& node = graph_[id];
    uint64_t hash = mix(static_cast<uint64_t>(node.op), node.attrs.hash());
    for (NodeId arg : node.args)
      hash = mix(hash, arg.index);
    auto [begin, end] = seen_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      const Node& other = graph_[it->second];
      if (other.op == node.op && other.args == node.args && other.attrs == node.attrs)
        report("{}: equals node {}", called(id), it->second.index);
    }
    seen_.emplace(hash, id);
  }

  // `ids` are the nodes of `op`, all of them, once each, under names that no other input or state
  // has.
  void check_listed(const std::vector<NodeId>& ids, Op op) {
    std::set<NodeId> listed;
    for (NodeId id : ids) {
      if (id.index >= graph_.size() || graph_[id].op != op) {
        report("the list of {}s has node {}, which is none", name(op), id.index);
        continue;
      }
      const std::string& own = graph_[id].attrs.name(Key::name);
      if (!listed.insert(id).second)
        report("{}: listed twice", called(id));
      else if (!names_.insert(own).second)
        report("{}: the name '{}' is taken", called(id), printable(own));
    }
    for (NodeId id : graph_.ids())
      if (graph_[id].op == op && !listed.count(id)) report("{}: not listed", called(id));
  }

  void check_updates() {
    std::set<NodeId> set;
    for (const Update& update : graph_.updates) {
      const auto& states = graph_.states();
      if (std::find(states.begin(), states.end(), update.state) == states.end()) {
        report("an update sets node {}, which is no state", update.state.index);
        continue;
      }
      if (!set.insert(update.state).second) report("{}: has two updates", called(update.state));
      if (update.value.index >= graph_.size())
        report("{}: its update is no node", called(update.state));
      else if (!fits(graph_.type(update.state), graph_.type(update.value)))
        report("{}: has type {}, its update {}", called(update.state),
               text(graph_.type(update.state)), text(graph_.type(update.value)));
    }
  }

  bool fits(const Type& a, const Type& b) const {
    return a.dtype == b.dtype &&
           std::equal(a.shape.begin(), a.shape.end(), b.shape.begin(), b.shape.end(),
                      [&](const Dim& x, const Dim& y) { return may_equal(graph_, x, y); });
  }

  const Graph& graph_;
  Graph scratch_;
  std::unordered_multimap<uint64_t, NodeId> seen_;
  std::set<std::string> names_; // of inputs and states
  std::vector<std::string> broken_;
};

} // namespace

std::vector<std::string> broken_invariants(const Graph& graph) { return Verifier(graph).run(); }

void verify(const Graph& graph) {
  const std::vector<std::string> broken = broken_invariants(graph);
  if (broken.empty()) return;
  throw InternalError(fmt::format("the graph breaks {} invariant{}:\n  {}", broken.size(),
                                  broken.size() == 1 ? "" : "s", fmt::join(broken, "\n  ")));
}

} // namespace tsc
