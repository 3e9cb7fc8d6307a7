// What must hold of sizes for a value to exist. Values carry their conditions, so that those which
// contradict each other are found where they meet, on the user's line, and not when a function is
// made. Internal to frontend/.
#pragma once

#include "frontend/node.h"
#include "ir/graph.h"

namespace tsc::frontend {

struct Conditions {
  struct Item {
    Requirement requirement; // its locs are of no graph
    Loc where;
  };
  std::vector<Item> items; // none follows from those before it
};

// The conditions of the operands and those that `built`, made of them, adds. Throws ShapeMismatch
// or Contradiction. Values share one list for as long as nothing is added.
std::shared_ptr<const Conditions> joined(const std::vector<Tensor>& operands, const Graph& built);

} // namespace tsc::frontend
