#include "passes/rewrite.h"

#include "passes/match.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace tsc {

namespace {

// How often one rule may fire, and how many nodes it may add, in a graph of so many nodes; and how
// often one node may be replaced. Rules that shrink or end never come near.
constexpr uint64_t hit_budget(size_t nodes) { return 256 + 8 * uint64_t(nodes); }
constexpr uint64_t node_budget(size_t nodes) { return 1024 + 32 * uint64_t(nodes); }
constexpr uint32_t chain_budget = 64;

class Stopwatch {
public:
  explicit Stopwatch(double* total) : total_(total) {
    if (total_) start_ = std::chrono::steady_clock::now();
  }
  ~Stopwatch() {
    if (total_)
      *total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

private:
  double* total_;
  std::chrono::steady_clock::time_point start_;
};

// A RuleSet arranged by what a rule's root can be.
struct Index {
  struct Entry {
    size_t number; // in RewriteStats::rules
    const CodeRule* code = nullptr;
    const PreparedRule* row = nullptr;
  };
  std::vector<PreparedRule> prepared;
  std::vector<std::vector<Entry>> by_op;

  explicit Index(const RuleSet& set) : by_op(all_ops().size()) {
    for (const Rule& rule : set.rules)
      prepared.emplace_back(rule);
    size_t number = 0;
    for (const CodeRule& code : set.code) {
      for (const OpRow& op : all_ops())
        if (op.kind == code.kind) by_op[static_cast<size_t>(op.op)].push_back({number, &code});
      ++number;
    }
    for (const PreparedRule& p : prepared)
      by_op[static_cast<size_t>(p.rule->lhs.root().op)].push_back({number++, nullptr, &p});
  }
};

class Rewriter {
public:
  Rewriter(Graph& graph, const RuleSet& rules, size_t nodes, RewriteStats& stats, bool timed)
      : graph_(graph), index_(rules), facts_(graph), nodes_(nodes), stats_(stats), timed_(timed) {
    for (const CodeRule& code : rules.code)
      stats_.rules.push_back({code.name});
    for (const Rule& rule : rules.rules)
      stats_.rules.push_back({rule.name});
  }

  void freeze(NodeId id) { progress(id).normal = id; }

  // What `id` becomes. Each node is looked at once; the stack takes recursion's place.
  NodeId normal(NodeId id) {
    std::vector<NodeId> stack{id};
    while (!stack.empty()) {
      const NodeId top = stack.back();
      if (const NodeId below = unfinished(top); below.valid()) {
        progress(below).open = true;
        stack.push_back(below);
      } else {
        stack.pop_back();
      }
    }
    return progress(id).normal;
  }

private:
  struct Progress {
    NodeId normal;      // the result, once known
    NodeId next;        // what takes this node's place and is itself to be rewritten
    uint32_t chain = 0; // replacements that led here
    bool open = false;  // on the stack
  };

  Progress& progress(NodeId id) {
    if (progress_.size() <= id.index)
      progress_.resize(std::max(graph_.size(), id.index + size_t{1}));
    return progress_[id.index];
  }

  // Takes `id` a step further: the node that must be finished first, or invalid when `id` is done.
  NodeId unfinished(NodeId id) {
    if (progress(id).normal.valid()) return NodeId();
    if (const NodeId next = progress(id).next; next.valid()) return follow(id, next);
    for (NodeId arg : graph_[id].args)
      if (!progress(arg).normal.valid() && !progress(arg).open) return arg;
    const NodeId next = step(id);
    if (next == id) {
      progress(id).normal = id;
      return NodeId();
    }
    progress(id).next = next;
    return follow(id, next);
  }

  NodeId follow(NodeId id, NodeId next) {
    const Progress& p = progress(next);
    if (!p.normal.valid() && !p.open) return next;
    // An open successor means that the rules lead back to where they came from.
    if (!p.normal.valid()) stats_.culprit = last_rule_;
    progress(id).normal = p.normal.valid() ? progress(next).normal : next;
    return NodeId();
  }

  // The node over rewritten operands, or what a rule makes of it; `id` when there is nothing to do.
  NodeId step(NodeId id) {
    std::vector<NodeId> args = graph_[id].args;
    for (NodeId& arg : args)
      if (const NodeId now = progress(arg).normal; now.valid()) arg = now;
    if (args != graph_[id].args) {
      const Node node = graph_[id];
      const NodeId now = graph_.add(node.op, std::move(args), node.attrs, node.locs);
      const uint32_t chain = progress(id).chain;
      progress(now).chain = std::max(progress(now).chain, chain);
      return now;
    }
    for (const Index::Entry& entry : index_.by_op[static_cast<size_t>(graph_[id].op)])
      if (const NodeId now = apply(entry, id); now.valid() && now != id) return now;
    return id;
  }

  NodeId apply(const Index::Entry& entry, NodeId id) {
    RewriteStats::PerRule& count = stats_.rules[entry.number];
    const Stopwatch watch(timed_ ? &count.seconds : nullptr);
    const size_t before = graph_.size();
    const NodeId now = replacement(entry, id);
    if (!now.valid() || now == id || !same_type(now, id, count.name)) return NodeId();
    const uint32_t chain = progress(id).chain + 1;
    if (chain > chain_budget || count.hits >= hit_budget(nodes_) ||
        count.nodes > node_budget(nodes_)) {
      stats_.culprit = count.name;
      return NodeId();
    }
    progress(now).chain = std::max(progress(now).chain, chain);
    last_rule_ = count.name;
    ++count.hits;
    count.nodes += graph_.size() - before;
    return now;
  }

  // Sizes may be equal by a requirement only: then the node keeps the ones it had.
  bool same_type(NodeId now, NodeId id, std::string_view rule) const {
    const Type &a = graph_.type(id), &b = graph_.type(now);
    if (a.dtype != b.dtype || a.rank() != b.rank())
      throw InternalError(fmt::format("rule '{}' makes {} of {}", rule, text(b), text(a)));
    return a == b;
  }

  NodeId replacement(const Index::Entry& entry, NodeId id) {
    if (entry.code) return entry.code->apply(graph_, id, facts_);
    const std::optional<Match> found = match(*entry.row, graph_, id, facts_);
    return found ? instantiate(*entry.row->rule, *found, graph_, id) : NodeId();
  }

  Graph& graph_;
  const Index index_;
  FactTable facts_;
  const size_t nodes_;
  RewriteStats& stats_;
  const bool timed_;
  std::string_view last_rule_;
  std::vector<Progress> progress_;
};

} // namespace

uint64_t RewriteStats::hits(std::string_view rule) const {
  uint64_t total = 0;
  for (const PerRule& r : rules)
    if (r.name == rule) total += r.hits;
  return total;
}

Graph rewrite(const Graph& graph, const RuleSet& rules, RewriteStats* stats) {
  RewriteStats unwanted;
  const std::vector<bool> live = live_nodes(graph);
  Rebuilder copy(graph);
  Rewriter rewriter(copy.to(), rules, graph.size(), stats ? *stats : unwanted, stats != nullptr);
  for (NodeId id : graph.ids()) {
    if (!live[id.index]) continue;
    copy.set(id, rewriter.normal(copy.keep(id)));
    if (const std::string* name = graph.name_of(id)) copy.to().set_name(copy[id], *name);
  }
  return without_dead_nodes(copy.finish());
}

NodeId rewritten(Graph& graph, NodeId id, const RuleSet& rules, std::span<const NodeId> keep) {
  RewriteStats unwanted;
  Rewriter rewriter(graph, rules, graph.size(), unwanted, false);
  for (NodeId kept : keep)
    rewriter.freeze(kept);
  return rewriter.normal(id);
}

} // namespace tsc
