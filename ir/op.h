// One row per op: what it means and everything that passes, emitters, tests and docs need to know
// of it.
#pragma once

#include "ir/attrs.h"
#include "ir/expr.h"
#include "ir/opcode.h"
#include "support/dtype.h"

#include <optional>
#include <string_view>
#include <vector>

namespace tsc {

// How an elementwise op's result type follows from its operands' (which are equal unless said).
enum class Signature : uint8_t {
  Same,      // the operands' type
  Part,      // the operands' type, of a complex one that of its parts
  Predicate, // bool
  Select,    // (bool, T, T) -> T
  Cast,      // the attribute dtype
};

// Facts that passes may use; they hold for all operands, NaN included unless said. Those from
// Increasing to Positive are facts of floats: integers wrap, so that abs of the least one is
// negative.
enum Fact : uint32_t {
  Commutative = 1u << 0, // f(x, y) is f(y, x), bit for bit but for NaN payloads
  Associative = 1u << 1, // of the real function; bit for bit for integers only
  Idempotent = 1u << 2,  // f(x, x) is x, or f(f(x)) is f(x) for one operand
  Increasing = 1u << 3,  // x <= y gives f(x) <= f(y)
  Decreasing = 1u << 4,
  Odd = 1u << 5,         // f(-x) is -f(x)
  Even = 1u << 6,        // f(-x) is f(x)
  NonNegative = 1u << 7, // f(x) >= 0 or NaN
  Positive = 1u << 8,    // f(x) > 0 or NaN, as a real function
  Expensive = 1u << 9,   // worth storing rather than computing twice
  Floating = 1u << 10,   // integer operands are converted to floating point first
  ConstantForm =
      1u << 14, // tsc_<name>_constant does it where all float operands but one are constants
  NeedsItems = 1u << 13, // a reduction of no items has no value
  Picks = 1u << 11,      // the result is one of the operands, unrounded
  Underived = 1u << 12,  // has a derivative, but no row can say it: asking for it is an error
};
using Facts = uint32_t;

// How much error tests allow, in units in the last place of the result.
struct Ulp {
  double cpu = 0; // 0: exact, the correctly rounded value
  double cuda = 0;
};

struct OpRow {
  Op op{};
  const char* name = "";
  Kind kind{};
  int arity = 1; // -1: one or more

  // Columns that a row may set.
  const char* doc = "";
  DTypes types = Floats; // what operands may be (of Select: the values chosen)
  Signature signature = Signature::Same;
  Expr spec{};              // meaning in terms of simpler ops; empty: the op is primitive
  std::vector<Expr> grad{}; // one per operand: its derivative's contribution; empty: none flows
  const char* infix = "";   // C operator for f32 and f64, where one does exactly this
  const char* header = ""; // prelude header that defines tsc_<name>, for floats where it takes them
  Facts facts = 0;
  std::vector<double> sample{}; // values worth testing
  Ulp ulp{};

  // Reductions: `combine` folds two partial results, starting from `identity`.
  std::optional<Op> combine{};
  double identity = 0; // min and max start from the dtype's extreme instead
  Expr expand{};       // definition by simpler ops, safe from overflow; empty: none

  // Structural ops.
  std::vector<Key> attrs{};

  bool has(Fact fact) const { return (facts & fact) != 0; }
};

const std::vector<OpRow>& all_ops(); // in the order of Op
const OpRow& row(Op op);
inline Kind kind_of(Op op) { return row(op).kind; }
inline const char* name(Op op) { return row(op).name; }
std::optional<Op> op_named(std::string_view name);

} // namespace tsc
