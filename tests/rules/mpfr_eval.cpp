#include "tests/rules/mpfr_eval.h"

#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace tsc {

namespace {

using Unary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using Binary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

int sign_of(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rnd) {
  return mpfr_nan_p(x) ? mpfr_set(r, x, rnd) : mpfr_set_si(r, mpfr_sgn(x), rnd);
}
int lgamma_of(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rnd) {
  int sign = 0;
  return mpfr_lgamma(r, &sign, x, rnd);
}
int nan_if_either(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, Binary f) {
  if (mpfr_nan_p(x) || mpfr_nan_p(y)) return mpfr_set_nan(r), 0;
  return f(r, x, y, MPFR_RNDN);
}
int larger(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t) {
  return nan_if_either(r, x, y, mpfr_max);
}
int smaller(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t) {
  return nan_if_either(r, x, y, mpfr_min);
}
int floored_quotient(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t rnd) {
  mpfr_div(r, x, y, rnd);
  return mpfr_rint_floor(r, r, rnd);
}
int remainder_of_floor(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t rnd) {
  Real q;
  floored_quotient(q.get(), x, y, rnd);
  mpfr_mul(q.get(), q.get(), y, rnd);
  return mpfr_sub(r, x, q.get(), rnd);
}

const std::map<Op, Unary>& unaries() {
  static const std::map<Op, Unary> table{
      {Op::neg, mpfr_neg},          {Op::abs, mpfr_abs},
      {Op::sign, sign_of},          {Op::sqrt, mpfr_sqrt},
      {Op::cbrt, mpfr_cbrt},        {Op::exp, mpfr_exp},
      {Op::exp2, mpfr_exp2},        {Op::log, mpfr_log},
      {Op::log2, mpfr_log2},        {Op::log10, mpfr_log10},
      {Op::sin, mpfr_sin},          {Op::cos, mpfr_cos},
      {Op::tan, mpfr_tan},          {Op::asin, mpfr_asin},
      {Op::acos, mpfr_acos},        {Op::atan, mpfr_atan},
      {Op::tanh, mpfr_tanh},        {Op::asinh, mpfr_asinh},
      {Op::acosh, mpfr_acosh},      {Op::atanh, mpfr_atanh},
      {Op::erf, mpfr_erf},          {Op::erfc, mpfr_erfc},
      {Op::lgamma, lgamma_of},      {Op::digamma, mpfr_digamma},
      {Op::floor, mpfr_rint_floor}, {Op::ceil, mpfr_rint_ceil},
      {Op::trunc, mpfr_rint_trunc}, {Op::round, mpfr_rint_roundeven}};
  return table;
}

const std::map<Op, Binary>& binaries() {
  static const std::map<Op, Binary> table{
      {Op::add, mpfr_add},          {Op::sub, mpfr_sub},     {Op::mul, mpfr_mul},
      {Op::div, mpfr_div},          {Op::pow, mpfr_pow},     {Op::maximum, larger},
      {Op::minimum, smaller},       {Op::atan2, mpfr_atan2}, {Op::floor_div, floored_quotient},
      {Op::mod, remainder_of_floor}};
  return table;
}

bool predicate(Op op, const Real& x, const Real& y) {
  mpfr_srcptr a = x.get(), b = y.get();
  const bool unordered = x.is_nan() || y.is_nan();
  if (op == Op::equal) return mpfr_equal_p(a, b) != 0;
  if (op == Op::not_equal) return unordered || mpfr_lessgreater_p(a, b) != 0;
  if (op == Op::less) return mpfr_less_p(a, b) != 0;
  if (op == Op::less_equal) return mpfr_lessequal_p(a, b) != 0;
  if (op == Op::greater) return mpfr_greater_p(a, b) != 0;
  if (op == Op::greater_equal) return mpfr_greaterequal_p(a, b) != 0;
  if (op == Op::logical_and) return !mpfr_zero_p(a) && !mpfr_zero_p(b);
  if (op == Op::logical_or) return !mpfr_zero_p(a) || !mpfr_zero_p(b);
  if (op == Op::logical_xor) return mpfr_zero_p(a) != mpfr_zero_p(b);
  throw InternalError(fmt::format("no real meaning for {}", name(op)));
}

Real scalar(Op op, const std::vector<Real>& args) {
  Real r;
  if (const auto it = unaries().find(op); it != unaries().end())
    return it->second(r.get(), args[0].get(), MPFR_RNDN), r;
  if (const auto it = binaries().find(op); it != binaries().end())
    return it->second(r.get(), args[0].get(), args[1].get(), MPFR_RNDN), r;
  if (op == Op::select) return mpfr_zero_p(args[0].get()) ? args[2] : args[1];
  if (op == Op::isnan) return Real(args[0].is_nan());
  if (op == Op::isinf) return Real(mpfr_inf_p(args[0].get()) != 0);
  if (op == Op::isfinite) return Real(mpfr_number_p(args[0].get()) != 0);
  if (op == Op::logical_not) return Real(mpfr_zero_p(args[0].get()) != 0);
  return Real(predicate(op, args[0], args[1]));
}

RealRow reduced(Op op, const RealRow& row) {
  const OpRow& r = tsc::row(op);
  TSC_CHECK(r.combine.has_value() && !row.empty());
  Real total = row[0];
  for (size_t i = 1; i < row.size(); ++i)
    total = scalar(*r.combine, {total, row[i]});
  return {total};
}

RealRow applied(Op op, const std::vector<RealRow>& args) {
  const OpRow& r = row(op);
  // In terms of simpler ops; shifted, where exp would leave even MPFR's range.
  const Expr& meaning = r.expand.empty() ? r.spec : r.expand;
  if (!meaning.empty() && !unaries().contains(op)) {
    RealVars vars;
    for (size_t i = 0; i < args.size(); ++i)
      vars["xyz"[i]] = args[i];
    return evaluate_real(meaning, vars);
  }
  if (r.kind == Kind::Reduce) return reduced(op, args[0]);
  size_t width = 1;
  for (const RealRow& arg : args)
    width = std::max(width, arg.size());
  RealRow result;
  for (size_t i = 0; i < width; ++i) {
    std::vector<Real> items;
    for (const RealRow& arg : args)
      items.push_back(arg[arg.size() == 1 ? 0 : i]);
    result.push_back(scalar(op, items));
  }
  return result;
}

} // namespace

RealRow evaluate_real(const Expr& e, const RealVars& vars) {
  std::vector<RealRow> values;
  for (size_t i = 0; i < e.size(); ++i) {
    const Expr::Node& n = e[i];
    if (n.tag == Expr::Tag::Constant) {
      values.push_back({Real(n.constant)});
    } else if (n.tag == Expr::Tag::Var) {
      values.push_back(vars.at(n.var));
    } else {
      std::vector<RealRow> args;
      for (size_t a = 0; a < n.arity; ++a)
        args.push_back(values[n.args[a]]);
      values.push_back(applied(n.op, args));
    }
  }
  return values.back();
}

RealRow evaluate_real(const Expr& e, const RealVars& vars, bool* left_range) {
  mpfr_clear_flags();
  RealRow row = evaluate_real(e, vars);
  *left_range = mpfr_overflow_p() != 0 || mpfr_underflow_p() != 0;
  return row;
}

} // namespace tsc
