// Which nodes are computed together. A group becomes one kernel (or one product, scatter or join);
// nodes inside a group that nobody outside needs never touch memory.
#pragma once

#include "ir/graph.h"
#include "passes/lower.h"

#include <optional>

namespace tsc {

using GroupId = Id<struct GroupTag>;

struct Group {
  enum class Form : uint8_t { Loops, Product, Scatter, Join };
  Form form = Form::Loops;
  Shape full;                 // sizes of the loops over whole items
  size_t outer = 0;           // how many of them are outer axes; the rest are inner ones
  bool outer_fixed = false;   // a member needs just this split
  std::vector<NodeId> nodes;  // members, ascending
  std::vector<NodeId> stored; // members whose value must reach memory, ascending
};

struct Fusion {
  std::vector<Group> groups;     // in an order in which they can run
  std::vector<GroupId> group_of; // by node; invalid: none (leaves, free nodes, views read through)
  // By node: for each of its axes the axis of the group's full space that it follows, -1 where its
  // size is
  // 1. Set for every stored node.
  std::vector<std::vector<int>> axes_of;
  std::vector<bool> anywhere; // by node: computed wherever it is read, even where it is stored too
};

// True for nodes that cost nothing to repeat and so belong to no group: splats, positions, sizes.
bool is_free(const Node& node);
// True for nodes that stand in memory from the start.
bool is_leaf(const Node& node);
// Where each axis of `from` stands in `to`, -1 for those of size 1; nullopt where reshaping the one
// to the other does more than add and drop axes of size 1.
std::optional<std::vector<int>> places_but_ones(const Shape& from, const Shape& to);
// Whether a Contract goes to BLAS: a floating type of BLAS and not provably small.
bool by_blas(const Graph& graph, NodeId id, const LowerOptions& options);

Fusion fuse(const Graph& graph, const LowerOptions& options);

} // namespace tsc
