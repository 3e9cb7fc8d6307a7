// What is known of a node's items whatever the inputs: the closed set of conditions that rules may
// ask for. Facts are inferred bottom-up, once per node, from op rows, dtypes and constants.
#pragma once

#include "ir/graph.h"

#include <vector>

namespace tsc {

// Of floating items each fact but Finite also allows NaN, unless said.
enum class Known : uint8_t {
  NonNegative, // >= 0 (either zero)
  Positive,    // > 0 as a real function: may underflow to 0
  NonZero,     // not 0, even after rounding
  Finite,      // neither infinite nor NaN
  Constant,    // a constant node
  SumOfExps,   // sums, products and quotients of exponentials and positive numbers: its logarithm
               // can be taken term by term
  Exponential, // a SumOfExps that is not just constants
};
inline constexpr int known_count = 7;
const char* name(Known fact); // as in docs and rules: "nonneg"
const char* doc(Known fact);

using KnownSet = uint8_t;
constexpr KnownSet bit(Known fact) { return KnownSet(1u << static_cast<unsigned>(fact)); }

class FactTable {
public:
  explicit FactTable(const Graph& graph) : graph_(graph) {}
  KnownSet of(NodeId id); // amortised O(1): fills the table up to `id`
  bool has(NodeId id, Known fact) { return (of(id) & bit(fact)) != 0; }

private:
  const Graph& graph_;
  std::vector<KnownSet> known_;
};

} // namespace tsc
