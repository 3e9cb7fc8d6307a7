// Less work for the same value: neutral elements, repeated operands, cheaper ops.
#include "passes/rules/rules.h"

namespace tsc {

namespace {

std::vector<Rule> rows() {
  using namespace expr;
  using namespace rules;
  using enum Claim;
  return {
      // ---- neutral elements
      {"add-0", x + 0, x, Real, "-0 + 0 is 0: the same real number", {}, Floats},
      {"add-0-int", x + 0, x, Bits, "nothing is added", {}, Ints},
      {"add-minus-0", x + -0.0, x, Bits, "nothing is added"},
      {"sub-0", x - 0, x, Bits, "nothing is taken away", {}, Reals},
      {"sub-minus-0", x - -0.0, x, Real, "-0 - -0 is 0: the same real number"},
      {"0-sub", 0 - x, -x, Real, "0 - 0 is 0, not -0: the same real number", {}, Floats},
      {"0-sub-int", 0 - x, -x, Bits, "one op less", {}, Ints},
      {"mul-1", x * 1, x, Bits, "exact", {}, Reals},
      {"mul-minus-1", x * -1, -x, Bits, "exact", {}, Floats | Signed},
      {"div-1", x / 1, x, Bits, "exact"},
      {"div-minus-1", x / -1, -x, Bits, "exact"},
      {"floor-div-1", floor_div(x, 1), x, Bits, "exact", {}, Ints},
      {"mod-1", mod(x, 1), 0, Bits, "every integer is a multiple of 1", {}, Ints},
      {"mul-0-int", x * 0, 0, Bits, "integers have no infinity", {}, Ints},
      {"mul-0", x * 0, 0, Real, "inf * 0 is NaN; -1 * 0 is -0", when(finite(x))},
      {"pow-0", pow(x, 0), 1, Bits, "1 for every x, NaN included", {}, Reals},
      {"pow-1", pow(x, 1), x, Bits, "exact", {}, Reals},
      {"pow-2", pow(x, 2), square(x), Real, "one rounding", {}, Reals},
      {"pow-3", pow(x, 3), x * square(x), Real, "two roundings", {}, Reals},
      {"pow-half", pow(x, 0.5), sqrt(x), Real, "they part at -inf and -0", when(nonneg(x))},
      {"pow-minus-half", pow(x, -0.5), rsqrt(x), Real,
       "they part at -inf, and at -0 by inf and -inf", when(positive(x))},
      {"pow-minus-1", pow(x, -1), reciprocal(x), Real, "one rounding"},
      {"pow-1-base", pow(1, x), 1, Bits, "1 for every x, NaN included", {}, Reals},
      {"exp2-pow", pow(2, x), exp2(x), Real, "no logarithm needed"},
      {"square-mul", x * x, square(x), Bits, "one operand to read", {}, Reals},
      {"one-over", 1 / x, reciprocal(x), Bits, "the same quotient"},

      // ---- signs
      {"neg-sub", -(x - y), y - x, Real, "of equal values it is 0 instead of -0", {}, Floats},
      {"neg-sub-int", -(x - y), y - x, Bits, "one op less", {}, Ints},
      {"mul-neg-neg", (-x) * (-y), x * y, Bits, "the signs cancel", {}, Reals},
      {"div-neg-neg", (-x) / (-y), x / y, Bits, "the signs cancel"},
      {"square-neg", square(-x), square(x), Bits, "even", {}, Reals},
      {"square-abs", square(abs(x)), square(x), Bits, "even", {}, Reals},
      {"abs-neg", abs(-x), abs(x), Bits, "even", {}, Floats | Signed},
      {"abs-abs", abs(abs(x)), abs(x), Bits, "idempotent", {}, Reals},
      {"abs-nonneg", abs(x), x, Real, "-0 keeps its sign", when(nonneg(x)), Floats | Unsigned},
      {"cos-neg", cos(-x), cos(x), Bits, "even"},
      {"cosh-neg", cosh(-x), cosh(x), Bits, "even"},

      // ---- the same operand twice
      {"sub-self-int", x - x, 0, Bits, "integers have no infinity", {}, Ints},
      {"sub-self-finite", x - x, 0, Real, "inf - inf is NaN", when(finite(x))},
      {"div-self", x / x, 1, Finite, "0 / 0 and inf / inf are NaN", when(finite(x), nonzero(x))},
      {"maximum-self", maximum(x, x), x, Bits, "idempotent", {}, AnyReal},
      {"minimum-self", minimum(x, x), x, Bits, "idempotent", {}, AnyReal},
      {"and-self", logical_and(x, x), x, Bits, "idempotent", {}, Bools},
      {"or-self", logical_or(x, x), x, Bits, "idempotent", {}, Bools},
      {"xor-self", logical_xor(x, x), 0, Bits, "never just one", {}, Bools},
      {"bit-and-self", bit_and(x, x), x, Bits, "idempotent", {}, Ints},
      {"bit-or-self", bit_or(x, x), x, Bits, "idempotent", {}, Ints},
      {"bit-xor-self", bit_xor(x, x), 0, Bits, "no bit differs", {}, Ints},
      {"select-same", select(x, y, y), y, Bits, "either way", {}, AnyReal},
      {"equal-self", equal(x, x), 1, Bits, "false for NaN, so integers only", {}, BoolsAndInts},
      {"not-equal-self",
       not_equal(x, x),
       0,
       Bits,
       "true for NaN, so integers only",
       {},
       BoolsAndInts},
      {"less-self", less(x, x), 0, Bits, "false for NaN too", {}, AnyReal},
      {"greater-self", greater(x, x), 0, Bits, "false for NaN too", {}, AnyReal},
      {"less-equal-self",
       less_equal(x, x),
       1,
       Bits,
       "false for NaN, so integers only",
       {},
       BoolsAndInts},
      {"greater-equal-self",
       greater_equal(x, x),
       1,
       Bits,
       "false for NaN, so integers only",
       {},
       BoolsAndInts},

      // ---- logic
      {"not-not", logical_not(logical_not(x)), x, Bits, "two flips", {}, Bools},
      {"and-true", logical_and(x, 1), x, Bits, "neutral", {}, Bools},
      {"and-false", logical_and(x, 0), 0, Bits, "decided", {}, Bools},
      {"or-false", logical_or(x, 0), x, Bits, "neutral", {}, Bools},
      {"or-true", logical_or(x, 1), 1, Bits, "decided", {}, Bools},
      {"xor-false", logical_xor(x, 0), x, Bits, "neutral", {}, Bools},
      {"not-equal", logical_not(equal(x, y)), not_equal(x, y), Bits, "one op less", {}, AnyReal},
      {"not-not-equal",
       logical_not(not_equal(x, y)),
       equal(x, y),
       Bits,
       "one op less",
       {},
       AnyReal},
      {"not-less",
       logical_not(less(x, y)),
       greater_equal(x, y),
       Bits,
       "NaN compares false with both, so integers only",
       {},
       BoolsAndInts},
      {"not-greater",
       logical_not(greater(x, y)),
       less_equal(x, y),
       Bits,
       "NaN compares false with both, so integers only",
       {},
       BoolsAndInts},
      {"select-not",
       select(logical_not(x), y, z),
       select(x, z, y),
       Bits,
       "one op less",
       {},
       AnyReal},
      {"bit-not-not", bit_not(bit_not(x)), x, Bits, "two flips", {}, Ints},
      {"bit-xor-0", bit_xor(x, 0), x, Bits, "neutral", {}, Ints},
      {"bit-or-0", bit_or(x, 0), x, Bits, "neutral", {}, Ints},
      {"bit-and-0", bit_and(x, 0), 0, Bits, "decided", {}, Ints},
      {"shift-left-0", shift_left(x, 0), x, Bits, "neutral", {}, Ints},
      {"shift-right-0", shift_right(x, 0), x, Bits, "neutral", {}, Ints},

      // Unsound, and so left out:
      //   equal(x, x) -> true for floats: x = NaN.
      //   x * 0 -> 0 for floats without proof: x = inf, NaN.
      //   not(x < y) -> x >= y for floats: x = NaN.
      //   x / 2 * 2 -> x: the least subnormal is rounded to 0.
      //   floor_div(-x, y) -> -floor_div(x, y): x = 1, y = 2 gives -1 and 0.
  };
}

} // namespace

const RuleSet& simplify_rules() {
  static const RuleSet set = RuleSet{"simplify", rows(), {}}.add(canonical_rules());
  return set;
}

// x - x is 0 for every finite x, and most programs have no others; users of Theano count on it
// (y - x*x with y = x*x is the constant 0). The set is a pass of its own so that strict mode leaves
// it out.
const RuleSet& cancel_rules() {
  using namespace expr;
  static const RuleSet set = RuleSet{
      "cancel",
      {{"sub-self", x - x, 0, Claim::Finite, "inf - inf and NaN - NaN are NaN"},
       {"add-neg-self", x + -x, 0, Claim::Finite, "inf - inf and NaN - NaN are NaN"}},
      {}}.add(view_rules());
  return set;
}

const RuleSet& fast_rules() {
  using namespace expr;
  using namespace rules;
  static const RuleSet set = RuleSet{
      "fast",
      {{"exp-mul", exp(x) * exp(y), exp(x + y), Claim::Fast,
        "one exponential less; the sum is rounded"},
       {"exp-div", exp(x) / exp(y), exp(x - y), Claim::Fast,
        "one exponential less; the difference is rounded"},
       {"log-add", log(x) + log(y), log(x * y), Claim::Fast,
        "one logarithm less; the product may overflow", when(nonneg(x), nonneg(y))},
       {"div-constant", x / y, x * reciprocal(y), Claim::Fast, "a product is faster; two roundings",
        when(is_constant(y))},
       {"rsqrt", 1 / sqrt(x), rsqrt(x), Claim::Fast, "one op"},
       {"rsqrt-reciprocal", reciprocal(sqrt(x)), rsqrt(x), Claim::Fast, "one op"},
       {"div-div", x / y / z, x / (y * z), Claim::Fast,
        "one quotient less; the product may overflow"},
       {"factor", x * z + y * z, (x + y) * z, Claim::Fast, "one product less"}},
      {}}.add(simplify_rules());
  return set;
}

} // namespace tsc
