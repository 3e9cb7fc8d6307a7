// Numerically unsafe forms, and the stable ops that they mean. These rules run first, in every
// mode, before constants are folded: log(1 + exp(800)) is 800 as a constant too.
#include "passes/rules/rules.h"

namespace tsc {

namespace {

std::vector<Rule> rows() {
  using namespace expr;
  using namespace rules;
  using enum Claim;
  // How logsumexp expands: shifts as supremum gives them are ours, max_ is a user's.
  constexpr Expr guarded = select(isfinite(supremum_(x)), supremum_(x), 0);
  // The most specific forms stand first: of the rules with one root op the first that matches
  // fires.
  return {
      // ---- softplus: log(1 + e^x)
      {"softplus", log(1 + exp(x)), softplus(x), Real,
       "exp overflows from 710 on, and vanishes beside 1"},
      {"softplus-log1p", log1p(exp(x)), softplus(x), Real, "exp overflows from 710 on"},
      {"log-sigmoid", log(sigmoid(x)), -softplus(-x), Real, "sigmoid is 0 below -745"},
      {"log-one-minus-sigmoid", log(1 - sigmoid(x)), -softplus(x), Real,
       "the difference is 0 above 37"},
      {"log1p-minus-sigmoid", log1p(-sigmoid(x)), -softplus(x), Real, "sigmoid is 1 above 37"},

      // ---- log(1 - e^x)
      {"log1mexp", log(1 - exp(x)), log1mexp(x), Real,
       "the difference is 0 near 0, and 1 far below"},
      {"log1mexp-log1p", log1p(-exp(x)), log1mexp(x), Real, "cancels near 0"},
      {"log1mexp-expm1", log(-expm1(x)), log1mexp(x), Real, "expm1 is -1 far below"},
      {"log-diff-exp", log(exp(x) - exp(y)), x + log1mexp(y - x), Range,
       "exp overflows; the difference cancels"},

      // ---- logarithms of sums of exponentials
      {"log-sum-exp", log(sum_(exp(x))), logsumexp_(x), Range, "exp overflows from 710 on"},
      {"log-softmax", log(softmax_(x)), log_softmax_(x), Range,
       "softmax is 0 far below the largest"},
      {"log-exp", log(exp(x)), x, Real, "exp overflows from 710 on"},
      {"log-add-exp", log(x + y), logaddexp(log(x), log(y)), Range,
       "each term may overflow; terms are taken off one by one",
       when(exponential(x), sum_of_exps(y))},
      {"log-mul-exp", log(x * y), log(x) + log(y), Range, "a factor may overflow",
       when(exponential(x), sum_of_exps(y))},
      {"log-div-exp", log(x / y), log(x) - log(y), Range, "either may overflow",
       when(exponential(x), sum_of_exps(y))},
      {"log-div-by-exp", log(x / y), log(x) - log(y), Range, "either may overflow",
       when(sum_of_exps(x), exponential(y))},
      {"log-prod", log(prod_(x)), sum_(log(x)), Range, "products leave the range soon",
       when(nonneg(x))},
      {"log-sqrt", log(sqrt(x)), 0.5 * log(x), Real, "sqrt halves the digits beside 1"},
      {"log1p", log(1 + x), log1p(x), Real, "1 + x loses x below epsilon"},
      {"log1p-minus", log(1 - x), log1p(-x), Real, "1 - x loses x below epsilon"},

      // ---- shifts by hand: what is subtracted comes back. Of any other shift a NaN would be lost.
      {"logsumexp-shifted", max_(x) + logsumexp_(x - max_(x)), logsumexp_(x), Range,
       "logsumexp shifts itself; inf - inf is NaN"},
      {"logsumexp-guarded", guarded + logsumexp_(x - guarded), logsumexp_(x), Range,
       "logsumexp shifts itself"},
      {"softmax-shifted", softmax_(x - max_(x)), softmax_(x), Range, "softmax shifts itself"},
      {"softmax-expanded", softmax_(x - supremum_(x)), softmax_(x), Range, "softmax shifts itself"},
      {"softmax-guarded", softmax_(x - guarded), softmax_(x), Range, "softmax shifts itself"},
      {"log-softmax-shifted", log_softmax_(x - max_(x)), log_softmax_(x), Range,
       "log_softmax shifts itself"},
      {"log-softmax-expanded", log_softmax_(x - supremum_(x)), log_softmax_(x), Range,
       "log_softmax shifts itself"},
      {"log-softmax-guarded", log_softmax_(x - guarded), log_softmax_(x), Range,
       "log_softmax shifts itself"},

      // ---- softmax
      {"softmax", exp(x) / sum_(exp(x)), softmax_(x), Range,
       "exp overflows from 710 on: inf / inf"},
      {"softmax-mul", exp(x) * reciprocal(sum_(exp(x))), softmax_(x), Range,
       "exp overflows from 710 on: inf * 0"},
      {"log-softmax-sub", x - logsumexp_(x), log_softmax_(x), Range,
       "one op with a stable derivative"},
      {"exp-log-softmax", exp(log_softmax_(x)), softmax_(x), Range,
       "exp makes more of an error of its operand"},

      // ---- exponentials
      {"expm1", exp(x) - 1, expm1(x), Real, "cancels near 0"},
      {"expm1-add", exp(x) + -1, expm1(x), Real, "cancels near 0"},
      {"one-minus-exp", 1 - exp(x), -expm1(x), Real, "cancels near 0"},
      {"exp-log", exp(log(x)), x, Real, "exp makes more of an error of its operand",
       when(nonneg(x))},
      // Unsound without the condition: exp(log(-1)) is NaN.

      // ---- sigmoid
      {"sigmoid", 1 / (1 + exp(-x)), sigmoid(x), Real,
       "small results lose digits where exp overflows"},
      {"sigmoid-plus", 1 / (1 + exp(x)), sigmoid(-x), Real,
       "small results lose digits where exp overflows"},
      {"sigmoid-reciprocal", reciprocal(1 + exp(-x)), sigmoid(x), Real,
       "small results lose digits where exp overflows"},
      {"sigmoid-reciprocal-plus", reciprocal(1 + exp(x)), sigmoid(-x), Real,
       "small results lose digits where exp overflows"},
      {"sigmoid-exp", exp(x) / (1 + exp(x)), sigmoid(x), Real, "inf / inf from 710 on"},
      {"sigmoid-quotient", y / (1 + exp(x)), y * sigmoid(-x), Real,
       "the product with exp(x) that a derivative makes is inf * 0"},
      {"sigmoid-times-exp", sigmoid(-x) * exp(x), sigmoid(x), Real, "0 * inf from 746 on"},
      {"sigmoid-times-exp-minus", sigmoid(x) * exp(-x), sigmoid(-x), Real, "0 * inf from 746 on"},
      {"sigmoid-product-exp", (y * sigmoid(-x)) * exp(x), y * sigmoid(x), Real,
       "0 * inf from 746 on"},
      {"sigmoid-product-exp-minus", (y * sigmoid(x)) * exp(-x), y * sigmoid(-x), Real,
       "0 * inf from 746 on"},
      {"sigmoid-two", exp(x) / (exp(x) + exp(y)), sigmoid(x - y), Range, "inf / inf from 710 on"},
      {"one-minus-sigmoid", 1 - sigmoid(x), sigmoid(-x), Real, "cancels to 0 above 37"},
      {"odds", sigmoid(x) / sigmoid(-x), exp(x), Real, "x / 0 above 745"},
      {"sigmoid-tanh-half", 0.5 * (1 + tanh(0.5 * x)), sigmoid(x), Real, "cancels far below 0"},
      {"sigmoid-tanh-half-div", (1 + tanh(x / 2)) / 2, sigmoid(x), Real, "cancels far below 0"},
      {"sigmoid-tanh-half-mix", 0.5 * (1 + tanh(x / 2)), sigmoid(x), Real, "cancels far below 0"},
      {"sigmoid-tanh-half-mul", (1 + tanh(0.5 * x)) / 2, sigmoid(x), Real, "cancels far below 0"},
      {"sigmoid-tanh", 0.5 * (1 + tanh(x)), sigmoid(2 * x), Real, "cancels far below 0"},
      {"sigmoid-tanh-div", (1 + tanh(x)) / 2, sigmoid(2 * x), Real, "cancels far below 0"},
      {"sigmoid-tanh-sum", 0.5 * tanh(0.5 * x) + 0.5, sigmoid(x), Real, "cancels far below 0"},

      // ---- hyperbolic functions
      {"tanh-exp", (exp(x) - exp(-x)) / (exp(x) + exp(-x)), tanh(x), Real,
       "inf / inf from 710 on; cancels near 0"},
      {"sinh-exp", (exp(x) - exp(-x)) / 2, sinh(x), Real, "cancels near 0; overflows too soon"},
      {"sinh-exp-mul", (exp(x) - exp(-x)) * 0.5, sinh(x), Real,
       "cancels near 0; overflows too soon"},
      {"cosh-exp", (exp(x) + exp(-x)) / 2, cosh(x), Real, "overflows too soon"},
      {"cosh-exp-mul", (exp(x) + exp(-x)) * 0.5, cosh(x), Real, "overflows too soon"},

      // ---- error function
      {"erfc", 1 - erf(x), erfc(x), Real, "cancels to 0 above 6"},
      {"erfc-plus", 1 + erf(x), erfc(-x), Real, "cancels to 0 below -6"},
      {"erfc-minus", erf(x) - 1, -erfc(x), Real, "cancels to 0 above 6"},
      {"erf", 1 - erfc(x), erf(x), Real, "cancels near 0"},
      {"erf-minus", erfc(x) - 1, -erf(x), Real, "cancels near 0"},
      {"log-erfc", log(erfc(x)), log_erfc(x), Real, "erfc is 0 above 27"},
      {"erfcx", exp(x * x) * erfc(x), erfcx(x), Real, "inf * 0 above 27"},
      {"erfcx-square", exp(square(x)) * erfc(x), erfcx(x), Real, "inf * 0 above 27"},

      // ---- roots
      {"hypot", sqrt(x * x + y * y), hypot(x, y), Finite,
       "squares leave the range; infinite beside NaN is infinite"},
      {"hypot-square", sqrt(square(x) + square(y)), hypot(x, y), Finite,
       "squares leave the range; infinite beside NaN is infinite"},
      {"abs", sqrt(square(x)), abs(x), Real, "squares leave the range"},
      {"abs-mul", sqrt(x * x), abs(x), Real, "squares leave the range"},

      // ---- derivatives of the forms above, as grad() writes them
      {"sigmoid-grad-log", ((y / sigmoid(x)) * sigmoid(x)) * sigmoid(-x), y * sigmoid(-x), Real,
       "0 / 0 below -745"},
      {"sigmoid-grad-log-minus", (-(y / sigmoid(-x)) * sigmoid(x)) * sigmoid(-x), -(y * sigmoid(x)),
       Real, "0 / 0 above 745"},
      {"softmax-grad-log", softmax_(x) * (y / softmax_(x) - sum_((y / softmax_(x)) * softmax_(x))),
       y - softmax_(x) * sum_(y), Range, "0 / 0 where softmax is 0: one-hot targets"},
      {"softmax-grad-log-exp",
       exp(x) *
           (y / softmax_(x) / sum_(exp(x)) + sum_(-(y / softmax_(x) * softmax_(x)) / sum_(exp(x)))),
       y - softmax_(x) * sum_(y), Range, "0 / 0 where softmax is 0, and inf / inf"},
      {"softmax-grad-exp", exp(x) * (y / sum_(exp(x)) + sum_(-(y * softmax_(x)) / sum_(exp(x)))),
       softmax_(x) * (y - sum_(y * softmax_(x))), Range, "exp overflows from 710 on: inf / inf"},
      {"logsumexp-grad-exp", (y / sum_(exp(x))) * exp(x), y * softmax_(x), Range,
       "exp overflows from 710 on: 0 * inf"},

      // Unsound, and so left out:
      //   x * log(y) -> xlogy(x, y): 0 * log(0) is NaN, xlogy(0, 0) is 0. Write xlogy where 0 is
      //   meant.
      //   log(pow(x, y)) -> y * log(x): x = -1, y = 2 has log(1) = 0, the right side NaN.
      //   sigmoid(log(x / (1 - x))) -> x: x = 2 has log(-2) = NaN.
      //   log(x / y) -> log(x) - log(y) for constants: x = 1.000001, y = 1 loses half the digits.
      //   (y / x) * x -> y: x = 0 has NaN. Even where x > 0 it hides a NaN in x.
  };
}

} // namespace

const RuleSet& stabilise_rules() {
  static const RuleSet set = RuleSet{"stabilise", rows(), {}}.add(view_rules());
  return set;
}

} // namespace tsc
