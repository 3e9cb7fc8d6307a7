// The rewrite engine: applies a RuleSet until no rule fires, visiting each node once.
//
// A node's operands are rewritten before the node, and whatever a rule puts in a node's place is
// rewritten in turn before anyone sees it, so that one walk suffices; no pass over the whole graph
// is ever repeated. Since graphs are append-only and interned, replacing a node is a note in a
// table. Nothing recurses over nodes.
#pragma once

#include "passes/rule.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tsc {

struct RewriteStats {
  struct PerRule {
    std::string_view name;
    uint64_t hits = 0;  // times it fired
    uint64_t nodes = 0; // nodes it added
    double seconds = 0; // matching and replacing
  };
  std::vector<PerRule> rules; // code first, then rows, in the set's order
  // The rule that ran out of its budget or rewrote in a circle, and was stopped; a bug in the
  // rules.
  std::string culprit;

  uint64_t hits(std::string_view rule) const;
};

// A graph of the same inputs, states, outputs and types, without dead nodes.
Graph rewrite(const Graph& graph, const RuleSet& rules, RewriteStats* stats = nullptr);

// The same for one value, within its graph: the node that means the same and that no rule changes
// any more. The nodes `keep` stay as they are. (Differentiating a stabilised value gives stable
// derivatives.)
NodeId rewritten(Graph& graph, NodeId id, const RuleSet& rules, std::span<const NodeId> keep = {});

} // namespace tsc
