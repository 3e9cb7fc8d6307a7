// Rewrite rules as data. A row says what it matches, what it puts in its place, what it promises
// and why it exists:
//
//   {"log1p", log(1 + x), log1p(x), Claim::Real, "1 + x loses x below epsilon"},
//   {"pow-half", pow(x, 0.5), sqrt(x), Claim::Real, "no logarithm needed", when(nonneg(x))},
//
// In a pattern x, y, z and g bind any value, the same one wherever the letter stands. A reduction
// such as sum_(e) binds "the axes"; where its result meets full shapes it stands for the value
// spread back over them. r binds a value of the reduced shape. Constants match exactly. A RuleSet
// joins rows with code rules, for what no Expr can say (views, attributes, any op of a kind).
#pragma once

#include "ir/graph.h"
#include "passes/facts.h"

#include <array>
#include <vector>

namespace tsc {

// What a rule promises. The tests in tests/rules hold every row to it.
enum class Claim : uint8_t {
  Bits,   // identical results for all inputs (but for the bits inside a NaN)
  Real,   // the same real function; non-finite where that is; the error is never worse
  Range,  // as Real, but where terms cancel the error may grow to some ULP of the largest operand,
          // and operands that are infinite, or make a term so, may give NaN: the price for results
          // where the left side overflows
  Finite, // as Real when all values are finite; the left side's NaN for others is lost
  Fast,   // the same real function, rounded differently: only with fast math
};
const char* name(Claim claim);
const char* doc(Claim claim);

struct Condition {
  Known fact{};
  char var = 0; // 0: no condition
};
using Conditions = std::array<Condition, 3>;

struct Rule {
  const char* name;
  Expr lhs, rhs;
  Claim claim;
  const char* why;
  Conditions when{};
  DTypes types = Floats; // of x (of y where x is a bool that selects)
};

// One node's replacement, or an invalid id where the rule does not apply. It may add nodes.
using Code = NodeId (*)(Graph& graph, NodeId id, FactTable& facts);

struct CodeRule {
  const char* name;
  Kind kind; // of the nodes it looks at
  Code apply;
  Claim claim;
  const char* why;
};

struct RuleSet {
  const char* name = "";
  std::vector<Rule> rules;
  std::vector<CodeRule> code; // tried before the rows

  RuleSet& add(const RuleSet& other);
};

// Names for conditions: when(nonneg(x), is_constant(y)).
namespace rules {

constexpr Condition on(Known fact, const Expr& var) { return {fact, var.root().var}; }
constexpr Condition nonneg(const Expr& v) { return on(Known::NonNegative, v); }
constexpr Condition positive(const Expr& v) { return on(Known::Positive, v); }
constexpr Condition nonzero(const Expr& v) { return on(Known::NonZero, v); }
constexpr Condition finite(const Expr& v) { return on(Known::Finite, v); }
constexpr Condition is_constant(const Expr& v) { return on(Known::Constant, v); }
constexpr Condition sum_of_exps(const Expr& v) { return on(Known::SumOfExps, v); }
constexpr Condition exponential(const Expr& v) { return on(Known::Exponential, v); }

template <class... C>
constexpr Conditions when(C... conditions) {
  return {conditions...};
}

} // namespace rules
} // namespace tsc
