// Matching one rule's pattern against a node. Patterns are tiny trees, so that recursion over the
// pattern is fine; the graph is never walked.
#pragma once

#include "ir/build.h"
#include "passes/rule.h"

#include <optional>

namespace tsc {

// What a pattern's variables stand for.
struct Match {
  std::array<NodeId, 5> vars; // x, y, z, g, r
  IntList axes;               // of the reductions
  std::vector<NodeId> views;  // views and gathers between the root and the rest, outermost first
  LocsId locs;                // of all matched nodes

  NodeId operator[](char var) const;
};

// How a pattern's subtree relates to the axes of the pattern's reductions.
enum class Level : uint8_t { Any, Full, Reduced };

// A rule made ready for matching.
struct PreparedRule {
  const Rule* rule;
  std::vector<Level> levels; // of the nodes of lhs
  bool has_axes = false;     // lhs has an op that runs along axes
  explicit PreparedRule(const Rule& rule);
};

// The match of `rule.lhs` at `root`, whose op is known to be the pattern's.
std::optional<Match> match(const PreparedRule& rule, Graph& graph, NodeId root, FactTable& facts);

// The rule's right side for a match, with the views put back.
NodeId instantiate(const Rule& rule, const Match& match, Graph& graph, NodeId root);

bool is_number(const Graph& graph, NodeId id, double value); // a splat of exactly this value

// When `id` repeats a smaller value over new axes or adds axes of size 1: that value, and the axis
// of the result where each of its axes went.
struct Spread {
  NodeId source;
  IntList places;
};
std::optional<Spread> spread_of(const Graph& graph, NodeId id);

IntList all_but(const IntList& axes, size_t rank); // the axes below `rank` that are not listed

} // namespace tsc
