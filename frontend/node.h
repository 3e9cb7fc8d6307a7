// The node behind a Tensor. Internal to frontend/.
#pragma once

#include "frontend/tensor.h"
#include "ir/attrs.h"
#include "ir/opcode.h"

namespace tsc::frontend {

struct SharedValue; // frontend/shared.h
struct Conditions;  // frontend/conditions.h

struct Node {
  Op op{};
  Type type;
  std::vector<Tensor> args;
  Attrs attrs;
  Loc where;
  std::string name;
  std::shared_ptr<SharedValue> shared;               // of op state
  std::shared_ptr<const Conditions> conditions = {}; // null: none
};

// Owns `node`. When the last handle goes, the nodes that it alone kept go one after the other, not
// one inside the other: expressions of any depth need no stack.
NodePtr make_node(Node node);

inline Loc loc_of(std::source_location where) { return {where.file_name(), where.line(), 0}; }

} // namespace tsc::frontend
