// Makes a failing case small: fewer outputs, fewer nodes, smaller sizes, simpler values.
#pragma once

#include "tests/fuzz/random_graph.h"

#include <functional>
#include <optional>
#include <string>

namespace tsc::fuzz {

// The smallest case found from `c` for which `fails` still holds; `fails(c)` must hold. Only cases
// that can be interpreted are tried, at most `budget` of them.
Case shrunk(Case c, const std::function<bool(const Case&)>& fails, int budget = 2000);

// How the random graph of a seed is made, where a test has no other wishes.
Options options_of(uint64_t seed);

// What is wrong, or nullopt.
using Check = std::function<std::optional<std::string>(const Case&)>;

// Where `wrong` says that something is: what to tell of it. The case is made small and written to
// fuzz_NAME_SEED.tsc.
std::optional<std::string> failure(const std::string& name, uint64_t seed, const Case& c,
                                   const Check& wrong);

// The values of the graph's symbols at the case's call.
SymbolValues sizes_of(const Case& c);

// Node -> its value at the case's call; nodes that no result needs have none.
std::vector<TensorValue> node_values(const Case& c);

// Copies the nodes that results need. `replacement` may give another node of `to` for an old one;
// NodeId() keeps it. Arguments that nothing needs are dropped.
struct Replacement {
  Case& to;
  const std::vector<NodeId>& map; // old node -> new node
};
Case rebuilt(const Case& c,
             const std::function<NodeId(const Replacement&, NodeId)>& replacement = nullptr);

} // namespace tsc::fuzz
