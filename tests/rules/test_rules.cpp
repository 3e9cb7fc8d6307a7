// One loop tests every row of every rule set: it fires on its own pattern, commuted too; both sides
// are the same real function; the claim holds in each dtype, special values included; without its
// conditions it does not fire; rewriting ends.
#include "ir/build.h"
#include "ir/interpret.h"
#include "passes/pass.h"
#include "passes/rewrite.h"
#include "passes/rules/rules.h"
#include "tests/catch.h"
#include "tests/contains.h"
#include "tests/rules/mpfr_eval.h"
#include "tests/rules/samples.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <random>
#include <set>

using namespace tsc;

namespace {

// ---- the pattern

std::set<char> variables(const Rule& rule) {
  std::set<char> vars;
  for (size_t i = 0; i < rule.lhs.size(); ++i)
    if (rule.lhs[i].tag == Expr::Tag::Var) vars.insert(rule.lhs[i].var);
  return vars;
}

bool uses(const Expr& e, auto predicate) {
  for (size_t i = 0; i < e.size(); ++i)
    if (e[i].tag == Expr::Tag::Apply && predicate(e[i].op)) return true;
  return false;
}

bool has_axes(const Rule& rule) {
  return uses(rule.lhs, [](Op op) { return kind_of(op) != Kind::Elementwise; });
}

// x is the condition of a select, or its contrary is.
bool selects(const Rule& rule) {
  for (size_t i = 0; i < rule.lhs.size(); ++i) {
    if (rule.lhs[i].tag != Expr::Tag::Apply || rule.lhs[i].op != Op::select) continue;
    Expr::Node condition = rule.lhs[rule.lhs[i].args[0]];
    if (condition.tag == Expr::Tag::Apply && condition.op == Op::logical_not)
      condition = rule.lhs[condition.args[0]];
    if (condition.tag == Expr::Tag::Var) return true;
  }
  return false;
}

// The same expression with the operands of commutative ops exchanged.
Expr commuted(const Expr& e, size_t i) {
  const Expr::Node& n = e[i];
  if (n.tag == Expr::Tag::Var) return Expr::variable(n.var);
  if (n.tag == Expr::Tag::Constant) return Expr(n.constant);
  const Expr a = commuted(e, n.args[0]);
  if (n.arity == 1) return Expr::apply(n.op, a);
  const Expr b = commuted(e, n.args[1]);
  if (n.arity == 2)
    return row(n.op).has(Commutative) ? Expr::apply(n.op, b, a) : Expr::apply(n.op, a, b);
  return Expr::apply(n.op, a, b, commuted(e, n.args[2]));
}

// ---- values for the variables

std::vector<Known> wanted(const Rule& rule, char var) {
  std::vector<Known> facts;
  for (const Condition& c : rule.when)
    if (c.var == var && c.var != 0) facts.push_back(c.fact);
  return facts;
}

// How the variables come to be what the rule's conditions ask.
enum class Given {
  Nothing,  // they do not
  Computed, // by an op whose results are known to be so, and can be all that is so
  Constant,
};

bool possible(const Rule& rule, Given given) {
  const auto can_be = [&](const Condition& c) {
    if (c.var == 0) return given == Given::Computed;
    if (given == Given::Constant) return c.fact != Known::Exponential;
    return c.fact == Known::NonNegative || c.fact == Known::Positive ||
           c.fact == Known::SumOfExps || c.fact == Known::Exponential;
  };
  const auto end = std::find_if(rule.when.begin() + 1, rule.when.end(),
                                [](const Condition& c) { return c.var == 0; });
  return std::all_of(rule.when.begin(), end, can_be);
}

// One rule's pattern as a graph whose outputs are the pattern and then the variables' values.
struct Trial {
  static constexpr int64_t width = 3; // of the rows that reductions run along

  const Rule& rule;
  DType dtype;
  Given given = Given::Nothing;
  Expr lhs = rule.lhs;
  Graph graph;
  std::vector<TensorValue> inputs;
  std::string names; // of the variables, in the order of the outputs

  // Sets of values: each combination of the first samples, then `more` random ones.
  void prepare(size_t more, std::mt19937& random) {
    build::Binding binding;
    std::vector<Value> values;
    const LocsId loc = graph.location({"pattern.cpp", 7, 0});
    const BuildLocation here(graph, loc);
    const std::set<char> vars = variables(rule);
    const size_t few = vars.size() == 1 ? 36 : vars.size() == 2 ? 11 : 5;
    const auto combinations = static_cast<size_t>(std::pow(few, vars.size()));
    size_t repeat = 1; // how often a sample comes before the next takes its place
    for (char var : vars) {
      Value& v = var == 'x'   ? binding.x
                 : var == 'y' ? binding.y
                 : var == 'z' ? binding.z
                 : var == 'g' ? binding.g
                              : binding.r;
      v = variable(var, combinations + more, [&](size_t item, size_t row, size_t samples) {
        return row < combinations && !has_axes(rule) ? row / repeat % few % samples
               : item == 0                           ? row % samples
                                                     : random() % samples;
      });
      repeat *= few;
      values.push_back(v);
      names += var;
    }
    graph.outputs.push_back({"pattern", build::instantiate(lhs, binding, axes()).id});
    for (size_t i = 0; i < values.size(); ++i)
      graph.outputs.push_back({std::string(1, names[i]), values[i].id});
  }

  IntList axes() const { return has_axes(rule) ? IntList{1} : IntList{}; }

  RuleSet only() const { return {"only", {rule}, view_rules().code}; }

private:
  // `pick` chooses a sample for an item: its place in the row, the row, how many there are.
  Value variable(char var, size_t count, auto pick) {
    const DType type = var == 'x' && selects(rule) ? DType::Bool : dtype;
    std::vector<int64_t> shape{static_cast<int64_t>(count)};
    if (has_axes(rule) && var != 'r') shape.push_back(width);
    TensorValue value = TensorValue::zeros(type, shape);
    const std::vector<Known> facts = wanted(rule, var);
    const bool constant = given == Given::Constant && !facts.empty() && in(type, Floats);
    const TensorValue samples = samples_of(type);
    std::vector<size_t> allowed;
    for (size_t i = 0; i < samples.count(); ++i)
      if (!constant || std::all_of(facts.begin(), facts.end(),
                                   [&](Known fact) { return is(fact, samples.as_f64(i)); }))
        allowed.push_back(i);
    const size_t bytes = size_of(type), row = value.count() / count;
    for (size_t i = 0; i < value.count(); ++i)
      value.bytes.replace(i * bytes, bytes, samples.bytes,
                          allowed[pick(i % row, i / row, allowed.size())] * bytes, bytes);
    const Shape dims(shape.begin(), shape.end());
    if (constant) return build::constant(graph, value.literal(), dims);
    inputs.push_back(value);
    const Value input{&graph, graph.input(std::string(1, var), {type, dims})};
    return given == Given::Nothing || facts.empty() || !in(type, Floats)
               ? input
               : computed(facts[0], input);
  }

  static Value computed(Known fact, Value input) {
    // exp underflows to +0, as a positive value may; the maximum can be -0.
    return fact == Known::NonNegative ? build::maximum(input, build::like(input, -0.0))
                                      : build::exp(input);
  }
};

// ---- checking one item

double ulp_of(DType dtype, double value) {
  const FloatFormat f = format_of(dtype);
  if (value == 0) return f.least;
  return std::ldexp(1.0, std::max(std::ilogb(value) - f.digits + 1, f.least_exponent));
}

double rounded(DType dtype, double value) {
  TensorValue v = TensorValue::zeros(dtype, {});
  v.set_f64(0, value);
  return v.as_f64();
}

struct Item {
  const Rule& rule;
  DType dtype;
  double before, after;
  Real truth;                               // of the left side; of the right where that is NaN
  bool nan_in = false, infinite_in = false; // among the operands
  bool nan_in_row = false;                  // of the pattern's results
  double scale = 0;                         // the largest finite operand

  double error(double value) const {
    Real d;
    mpfr_sub(d.get(), truth.get(), Real(value).get(), MPFR_RNDN);
    return std::fabs(d.as_f64());
  }

  bool fits() const {
    if (std::isnan(before) && (nan_in || infinite_in || rule.claim == Claim::Finite))
      return !nan_in || rule.claim == Claim::Finite || std::isnan(after);
    if (nan_in || infinite_in) // what is defined stays
      return before == after || after == rounded(dtype, truth.as_f64()) ||
             (std::isnan(after) && (truth.is_nan() || nan_in_row || rule.claim == Claim::Range)) ||
             (std::isfinite(before) && std::isfinite(after) && near_before());
    if (rule.claim == Claim::Range && !std::isfinite(after) && scale > format_of(dtype).most / 8)
      return true; // a term left the range
    if (truth.is_nan()) return std::isnan(after) || rule.claim == Claim::Finite;
    const double t = rounded(dtype, truth.as_f64());
    if (!std::isfinite(t) || std::isinf(after))
      return after == t ||
             (std::signbit(after) == std::signbit(t) && std::fabs(after) >= format_of(dtype).most);
    if (std::isnan(after)) return std::isnan(before);
    const double base = std::isfinite(before) ? error(before) : 0;
    const double of = rule.claim == Claim::Range ? std::max(std::fabs(t), scale) : t;
    return error(after) <= base + allowance() * ulp_of(dtype, of);
  }

  bool near_before() const {
    return std::fabs(before - after) <=
           16 * std::max(ulp_of(dtype, before),
                         rule.claim == Claim::Range ? ulp_of(dtype, scale) : 0.0);
  }
  // The right side's own functions are exact to 2 ULP; some rules have two of them.
  double allowance() const { return rule.claim == Claim::Range ? 8 : 4; }
};

std::string conditions(const Rule& rule) {
  std::string text;
  for (const Condition& c : rule.when)
    if (c.var != 0) text += fmt::format(" {}({})", name(c.fact), c.var);
  return text;
}

// Both are nothing beside 1: digits that even the high precision does not have.
bool vanishes(const Real& a, const Real& b) {
  const auto tiny = [](const Real& r) {
    return mpfr_zero_p(r.get()) || mpfr_get_exp(r.get()) < -2500;
  };
  return tiny(a) && tiny(b);
}

bool infinite(const RealRow& row) {
  return std::any_of(row.begin(), row.end(),
                     [](const Real& r) { return mpfr_inf_p(r.get()) != 0; });
}

// What `trial` computes, item by item, before and after its rule.
void check_claim(Trial& trial, const Graph& after) {
  const Rule& rule = trial.rule;
  const std::vector<TensorValue> was = interpret(trial.graph, trial.inputs);
  const std::vector<TensorValue> is = interpret(after, trial.inputs);
  REQUIRE(was[0].shape == is[0].shape);
  const bool exact = rule.claim == Claim::Bits || in(was[0].dtype, BoolsAndInts);
  const size_t count = static_cast<size_t>(was[1].shape[0]);
  const size_t row_width = was[0].count() / count;
  for (size_t r = 0; r < count; ++r) {
    RealVars vars;
    bool nan_in = false, infinite_in = false;
    double scale = 0;
    for (size_t v = 0; v < trial.names.size(); ++v) {
      const TensorValue& value = was[v + 1];
      const size_t n = value.count() / count;
      for (size_t i = 0; i < n; ++i) {
        const double item = value.as_f64(r * n + i);
        vars[trial.names[v]].push_back(Real(item));
        nan_in |= std::isnan(item);
        infinite_in |= std::isinf(item);
        if (std::isfinite(item)) scale = std::max(scale, std::fabs(item));
      }
    }
    RealRow left, right;
    if (!exact) {
      // A side that leaves MPFR's range has nothing to say.
      bool left_beyond = false, right_beyond = false;
      right = evaluate_real(rule.rhs, vars, &right_beyond);
      left = evaluate_real(rule.lhs, vars, &left_beyond);
      // Beside 1, exp(-1800) is beyond the precision.
      left_beyond |= scale > 1800 && infinite(left) && !infinite(right);
      if (left_beyond && right_beyond) continue;
      if (left_beyond) left = right;
      if (right_beyond) right = left;
    }
    bool nan_in_row = false; // where axes are, one NaN makes a row NaN throughout
    for (size_t i = 0; i < row_width; ++i)
      nan_in_row |= has_axes(rule) && std::isnan(was[0].as_f64(r * row_width + i));
    for (size_t i = 0; i < row_width; ++i) {
      const size_t at = r * row_width + i;
      const auto part = [&](const RealRow& row) { return row[row.size() == 1 ? 0 : i]; };
      const bool nan_here = nan_in && (exact || part(left).is_nan()); // not of another item
      Item item{rule, was[0].dtype, was[0].as_f64(at), is[0].as_f64(at),
                {},   nan_here,     infinite_in,       nan_in_row,
                scale};
      std::string operands;
      for (auto& [var, row] : vars)
        for (const Real& x : row)
          operands += fmt::format(" {}={}", var, x.as_f64());
      if (exact) {
        const bool same =
            in(was[0].dtype, BoolsAndInts)
                ? was[0].as_i64(at) == is[0].as_i64(at)
                : (std::isnan(item.before) && std::isnan(item.after)) ||
                      was[0].bytes.compare(at * size_of(was[0].dtype), size_of(was[0].dtype),
                                           is[0].bytes, at * size_of(was[0].dtype),
                                           size_of(was[0].dtype)) == 0;
        if (!same)
          FAIL_CHECK(fmt::format("{} {}:{} was {} is {}", rule.name, name(was[0].dtype), operands,
                                 item.before, item.after));
        continue;
      }
      item.truth = part(left).is_nan() ? part(right) : part(left);
      if (part(left).is_nan() && !nan_in && !infinite_in && rule.claim != Claim::Finite)
        item.truth = part(left);
      if (rule.claim != Claim::Fast && !item.fits())
        FAIL_CHECK(fmt::format("{} {}:{} was {} is {} truth {}", rule.name, name(was[0].dtype),
                               operands, item.before, item.after, item.truth.as_f64()));
      if (!nan_in && !infinite_in && !part(left).is_nan()) {
        Real d;
        mpfr_sub(d.get(), part(left).get(), part(right).get(), MPFR_RNDN);
        mpfr_div(d.get(), d.get(), part(left).get(), MPFR_RNDN);
        const bool same = mpfr_equal_p(part(left).get(), part(right).get()) ||
                          std::fabs(d.as_f64()) < 1e-60 || vanishes(part(left), part(right));
        if (!same)
          FAIL_CHECK(fmt::format("{}:{} left is {}, right is {}", rule.name, operands,
                                 part(left).as_f64(), part(right).as_f64()));
      }
    }
  }
}

bool fires(Trial& trial, Graph* after = nullptr) {
  RewriteStats stats;
  Graph now = rewrite(trial.graph, trial.only(), &stats);
  if (after) *after = std::move(now);
  CHECK(stats.culprit.empty());
  return stats.hits(trial.rule.name) > 0;
}

void for_each_rule(auto f) {
  for (const RuleSet& set : all_rule_sets())
    for (const Rule& rule : set.rules) {
      INFO(set.name << ": " << rule.name << ": " << rule.lhs.text() << " -> " << rule.rhs.text()
                    << conditions(rule));
      f(set, rule);
    }
}

constexpr DType tried[] = {DType::F64, DType::F32, DType::F16, DType::BF16, DType::Bool,
                           DType::I8,  DType::I32, DType::I64, DType::U8};

// Can the pattern be written down for this dtype at all?
bool typed(const Rule& rule, DType dtype) {
  std::mt19937 random(1);
  try {
    Trial{rule, dtype, Given::Nothing, rule.lhs, {}, {}, {}}.prepare(2, random);
    return true;
  } catch (const Error&) {
    return false;
  }
}

} // namespace

TEST_CASE("rules: each fires on its pattern, commuted too, and keeps its claim") {
  for_each_rule([](const RuleSet&, const Rule& rule) {
    std::mt19937 random(20);
    size_t hits = 0;
    for (DType dtype : tried) {
      if (!in(dtype, rule.types) || !typed(rule, dtype)) continue;
      for (const Expr& lhs : {rule.lhs, commuted(rule.lhs, rule.lhs.root_index())}) {
        for (Given given : {Given::Computed, Given::Constant}) {
          if (!possible(rule, given)) continue;
          Trial trial{rule, dtype, given, lhs, {}, {}, {}};
          trial.prepare(60, random);
          Graph after;
          if (!fires(trial, &after)) {
            FAIL_CHECK(
                fmt::format("{} does not fire on {} of {}", rule.name, lhs.text(), name(dtype)));
            continue;
          }
          ++hits;
          check_claim(trial, after);
          const Node& result = after[after.outputs[0].node];
          if (rule.rhs.root().tag == Expr::Tag::Apply) CHECK(!after.locations(result.locs).empty());
        }
      }
    }
    CHECK(hits > 0);
  });
}

TEST_CASE("rules: none fires without its conditions, or on dtypes it does not name") {
  for_each_rule([](const RuleSet&, const Rule& rule) {
    std::mt19937 random(3);
    if (rule.when[0].var != 0) {
      Trial trial{rule, DType::F64, Given::Nothing, rule.lhs, {}, {}, {}};
      trial.prepare(4, random);
      CHECK(!fires(trial));
    }
    for (DType dtype : tried) {
      if (in(dtype, rule.types) || !typed(rule, dtype)) continue;
      Trial trial{rule, dtype, Given::Constant, rule.lhs, {}, {}, {}};
      trial.prepare(4, random);
      // Division and its like convert integers first: the pattern is one of floats then.
      const bool converted = dtype == DType::Bool || uses(rule.lhs, [](Op op) {
                               return row(op).has(Floating) || op == Op::select;
                             });
      INFO(name(dtype));
      if (!converted && !has_axes(rule)) CHECK(!fires(trial));
    }
  });
}

TEST_CASE("rules: names are unique") {
  std::set<std::string> seen;
  for (const RuleSet& set : all_rule_sets()) {
    for (const Rule& rule : set.rules)
      CHECK(seen.insert(rule.name).second);
    for (const CodeRule& rule : set.code)
      CHECK(seen.insert(rule.name).second);
  }
  CHECK(contains(rules_markdown(), "| softplus | `log(1 + exp(x))` | `softplus(x)` | Real |"));
}

namespace {

// A random program over two matrices, with many repeated parts.
Graph random_program(std::mt19937& random) {
  Graph graph;
  std::vector<Value> pool{{&graph, graph.input("a", {DType::F64, {3, 4}})},
                          {&graph, graph.input("b", {DType::F64, {3, 4}})},
                          build::number(graph, 1, DType::F64, {3, 4}),
                          build::number(graph, 0.5, DType::F64, {3, 4})};
  std::vector<Op> ops;
  for (const OpRow& r : all_ops())
    if (r.kind == Kind::Elementwise && r.signature == Signature::Same && in(DType::F64, r.types))
      ops.push_back(r.op);
  const Op frequent[] = {Op::exp, Op::log, Op::add, Op::sub,
                         Op::mul, Op::div, Op::neg, Op::sigmoid};
  for (int i = 0; i < 30; ++i) {
    const auto any = [&] { return pool[random() % pool.size()]; };
    switch (random() % 8) {
    case 0:
      pool.push_back(build::broadcast_to(build::sum(any(), {1}, true), {3, 4}));
      break;
    case 1:
      pool.push_back(build::softmax(any(), {1}));
      break;
    case 2:
      pool.push_back(build::flip(any(), {0}));
      break;
    default: {
      const Op op =
          random() % 3 ? frequent[random() % std::size(frequent)] : ops[random() % ops.size()];
      std::vector<Value> args;
      for (int a = 0; a < row(op).arity; ++a)
        args.push_back(any());
      pool.push_back(build::elementwise(op, args));
    }
    }
  }
  graph.outputs.push_back({"out", pool.back().id});
  graph.outputs.push_back({"other", pool[pool.size() - 2].id});
  return graph;
}

} // namespace

TEST_CASE("rules: rewriting random programs ends, within the budgets") {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    Graph graph = random_program(random);
    const size_t size = graph.size();
    for (const RuleSet* set : {&stabilise_rules(), &canonical_rules(), &simplify_rules(),
                               &cancel_rules(), &fast_rules()}) {
      RewriteStats stats;
      graph = rewrite(graph, *set, &stats);
      INFO("program " << i << ", set " << set->name);
      CHECK(stats.culprit == "");
      CHECK(graph.size() <= 4 * size);
    }
  }
}
