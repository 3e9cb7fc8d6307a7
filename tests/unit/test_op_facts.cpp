// The facts that op rows state, held against the interpreter: for each dtype of each elementwise
// row, over special values and the row's samples.
#include "tests/unit/evaluate.h"

#include <fmt/format.h>
#include <set>

using namespace tsc;

namespace {

std::vector<double> candidates(const OpRow& row, DType dtype) {
  std::vector<double> list = row.sample;
  if (in(dtype, Floats))
    list.insert(list.end(), {NaN, Inf, -Inf, 0.0, -0.0, 1, -1, 0.5, -2.5, 1e-40, 3e38});
  if (in(dtype, Ints)) {
    const double bits = static_cast<double>(size_of(dtype)) * 8;
    const double least = in(dtype, Signed) ? -std::exp2(bits - 1) : 0;
    list.insert(list.end(), {least, least + 1, 0, 1, 2, 100});
  }
  return list;
}

// Items of the dtype, each once.
TensorValue items_for(const OpRow& row, DType dtype) {
  std::set<std::string> seen;
  TensorValue items{dtype, {0}, ""};
  for (double v : candidates(row, dtype)) {
    TensorValue one = TensorValue::zeros(dtype, {});
    if (in(dtype, BoolsAndInts) && (v != std::trunc(v) || std::fabs(v) >= 0x1p63)) continue;
    one.set_f64(0, v);
    if (!seen.insert(one.bytes).second) continue;
    items.bytes += one.bytes;
    ++items.shape[0];
  }
  return items;
}

// All pairs: x repeats each item, y the whole list.
std::pair<TensorValue, TensorValue> pairs(const TensorValue& items) {
  const auto n = items.shape[0];
  TensorValue x{items.dtype, {n * n}, ""}, y = x;
  const size_t bytes = size_of(items.dtype);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      x.bytes += items.bytes.substr(static_cast<size_t>(i) * bytes, bytes);
      y.bytes += items.bytes.substr(static_cast<size_t>(j) * bytes, bytes);
    }
  return {x, y};
}

TensorValue apply(const OpRow& row, const std::vector<TensorValue>& args) {
  return evaluated(args, [&](const std::vector<Value>& v) { return build::node(row.op, v); });
}

TensorValue negated(const TensorValue& x) { return evaluated(x, build::neg); }

// The first pair of items out of order, in words; functions are rounded, so 4 units are forgiven.
std::string out_of_order(const TensorValue& low, const TensorValue& high) {
  for (size_t i = 0; i < low.count(); ++i) {
    const double a = low.as_f64(i), b = high.as_f64(i);
    if (std::isnan(a) || std::isnan(b) || a <= b) continue;
    const TensorValue p = TensorValue::of(low.dtype, {}, {a}),
                      q = TensorValue::of(low.dtype, {}, {b});
    if (max_ulp(p, q) > 4) return fmt::format("pair {}: {} above {}", i, a, b);
  }
  return "";
}

void check_unary(const OpRow& row, const TensorValue& x) {
  const TensorValue y = apply(row, {x});
  if (row.has(Idempotent)) CHECK_VALUE(apply(row, {y}), y);
  if (!in(x.dtype, Floats)) return; // the other facts are of floats
  if (row.has(Odd)) CHECK_VALUE(apply(row, {negated(x)}), negated(y));
  if (row.has(Even)) CHECK_VALUE(apply(row, {negated(x)}), y);
  for (size_t i = 0; i < y.count(); ++i) {
    INFO("x = " << x.as_f64(i) << ", result " << y.as_f64(i));
    if (row.has(NonNegative) || row.has(Positive)) CHECK(!(y.as_f64(i) < 0));
  }
  const auto [a, b] = pairs(x);
  TensorValue low = a, high = b; // each pair in ascending order
  for (size_t i = 0; i < a.count(); ++i)
    if (b.as_f64(i) < a.as_f64(i)) low.set_f64(i, b.as_f64(i)), high.set_f64(i, a.as_f64(i));
  const TensorValue at_low = apply(row, {low}), at_high = apply(row, {high});
  if (row.has(Increasing)) CHECK(out_of_order(at_low, at_high) == "");
  if (row.has(Decreasing)) CHECK(out_of_order(at_high, at_low) == "");
}

void check_binary(const OpRow& row, const TensorValue& items) {
  const auto [x, y] = pairs(items);
  const TensorValue r = apply(row, {x, y});
  if (row.has(Commutative)) CHECK_VALUE(apply(row, {y, x}), r);
  if (row.has(Idempotent)) CHECK_VALUE(apply(row, {items, items}), items);
  if (row.has(Associative) && in(items.dtype, BoolsAndInts))
    CHECK_VALUE(apply(row, {r, x}), apply(row, {x, apply(row, {y, x})}));
  for (size_t i = 0; i < r.count(); ++i) {
    INFO("x = " << x.as_f64(i) << ", y = " << y.as_f64(i) << ", result " << r.as_f64(i));
    if (row.has(NonNegative) && in(r.dtype, Floats)) CHECK(!(r.as_f64(i) < 0));
    if (row.has(Picks) && !std::isnan(r.as_f64(i)))
      CHECK((r.as_f64(i) == x.as_f64(i) || r.as_f64(i) == y.as_f64(i)));
  }
}

} // namespace

TEST_CASE("elementwise rows state facts that hold") {
  for (const OpRow& row : all_ops()) {
    if (row.kind != Kind::Elementwise || row.signature == Signature::Cast) continue;
    for (const DTypeRow& d : all_dtypes()) {
      if (!in(d.dtype, row.types)) continue;
      const TensorValue items = items_for(row, d.dtype);
      INFO(row.name << " of " << d.name << ": " << text(items, 40));
      if (row.arity == 1) check_unary(row, items);
      if (row.arity == 2) check_binary(row, items);
    }
  }
}
