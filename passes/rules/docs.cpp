#include "passes/rules/rules.h"

#include <fmt/format.h>

namespace tsc {

const char* name(Claim claim) {
  switch (claim) {
  case Claim::Bits:
    return "Bits";
  case Claim::Real:
    return "Real";
  case Claim::Range:
    return "Range";
  case Claim::Finite:
    return "Finite";
  case Claim::Fast:
    return "Fast";
  }
  throw InternalError("bad claim");
}

const char* doc(Claim claim) {
  switch (claim) {
  case Claim::Bits:
    return "identical results for all inputs (but for the bits inside a NaN)";
  case Claim::Real:
    return "the same real function, non-finite where that is; the error is never worse";
  case Claim::Range:
    return "as Real, but where terms cancel the error may grow to some ULP of the largest operand, "
           "and infinite operands may give NaN: the price for results where the left side "
           "overflows or underflows";
  case Claim::Finite:
    return "as Real when all values are finite; a NaN that the left side makes of others is lost";
  case Claim::Fast:
    return "the same real function, rounded differently: only with fast math";
  }
  throw InternalError("bad claim");
}

RuleSet& RuleSet::add(const RuleSet& other) {
  rules.insert(rules.end(), other.rules.begin(), other.rules.end());
  code.insert(code.end(), other.code.begin(), other.code.end());
  return *this;
}

namespace {

// `set` without the rules of the sets that it builds on.
RuleSet own_part(const RuleSet& set, const std::vector<const RuleSet*>& below) {
  RuleSet own{set.name, {}, {}};
  const auto is_own = [&](const auto& rule, auto member) {
    for (const RuleSet* other : below)
      for (const auto& r : other->*member)
        if (std::string_view(r.name) == rule.name) return false;
    return true;
  };
  for (const Rule& rule : set.rules)
    if (is_own(rule, &RuleSet::rules)) own.rules.push_back(rule);
  for (const CodeRule& rule : set.code)
    if (is_own(rule, &RuleSet::code)) own.code.push_back(rule);
  return own;
}

std::string conditions_text(const Rule& rule) {
  std::string text;
  for (const Condition& c : rule.when)
    if (c.var != 0) text += fmt::format("{}{}({})", text.empty() ? "" : ", ", name(c.fact), c.var);
  return text;
}

std::string types_text(DTypes types) {
  std::string text;
  for (const DTypeRow& d : all_dtypes())
    if (in(d.dtype, types)) text += fmt::format("{}{}", text.empty() ? "" : " ", d.name);
  const std::pair<DTypes, const char*> names[] = {{Floats, "floats"},
                                                  {Ints, "integers"},
                                                  {Reals, "floats, integers"},
                                                  {Bools, "bool"},
                                                  {BoolsAndInts, "bool, integers"},
                                                  {AnyReal, "all"}};
  for (auto [set, called] : names)
    if (set == types) return called;
  return text;
}

} // namespace

const std::vector<RuleSet>& all_rule_sets() {
  static const std::vector<RuleSet> sets = [] {
    const RuleSet &v = view_rules(), &c = canonical_rules(), &s = simplify_rules();
    return std::vector{v,
                       own_part(stabilise_rules(), {&v}),
                       own_part(c, {&v}),
                       own_part(s, {&c}),
                       own_part(cancel_rules(), {&v}),
                       own_part(fast_rules(), {&s})};
  }();
  return sets;
}

std::string rules_markdown() {
  std::string out = "# Rewrite rules\n\n"
                    "Generated from the rows in `passes/rules/`. Each rule claims what it keeps; "
                    "`tests/rules` holds it to that.\n\n| claim | meaning |\n|---|---|\n";
  for (Claim c : {Claim::Bits, Claim::Real, Claim::Range, Claim::Finite, Claim::Fast})
    out += fmt::format("| {} | {} |\n", name(c), doc(c));
  out += "\nConditions, proved from op rows, dtypes and constants:\n\n| condition | meaning "
         "|\n|---|---|\n";
  for (int i = 0; i < known_count; ++i)
    out += fmt::format("| `{}` | {} |\n", name(static_cast<Known>(i)), doc(static_cast<Known>(i)));
  out += "\nA rule with the claim Finite and no condition assumes that the values are finite. Such "
         "rules form the set "
         "`cancel`, which strict mode leaves out: x - x is then the NaN that IEEE arithmetic gives "
         "for "
         "an infinite or NaN x. In patterns `r` is a value of the reduced shape, and "
         "reductions (`sum_`) run along the axes that the match finds.\n";
  for (const RuleSet& set : all_rule_sets()) {
    out += fmt::format("\n## {}\n\n", set.name);
    if (!set.rules.empty())
      out += "| name | pattern | becomes | claim | when | types | why "
             "|\n|---|---|---|---|---|---|---|\n";
    for (const Rule& r : set.rules)
      out +=
          fmt::format("| {} | `{}` | `{}` | {} | {} | {} | {} |\n", r.name, r.lhs.text(),
                      r.rhs.text(), name(r.claim), conditions_text(r), types_text(r.types), r.why);
    if (!set.code.empty())
      out += "\nIn code, since no pattern can say it:\n\n| name | claim | why |\n|---|---|---|\n";
    for (const CodeRule& r : set.code)
      out += fmt::format("| {} | {} | {} |\n", r.name, name(r.claim), r.why);
  }
  return out;
}

} // namespace tsc
