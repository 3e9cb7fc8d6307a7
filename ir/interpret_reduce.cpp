// Reduce, Rowwise and Contract: items computed from many items.
#include "ir/interpret_kinds.h"
#include "ir/typed.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

namespace tsc::interpreter {

DType accumulator(DType dtype) {
  if (in(dtype, Floats)) return DType::F64;
  if (in(dtype, Complexes)) return DType::C128;
  return in(dtype, Unsigned) ? DType::U64 : DType::I64;
}

namespace {

// An operand seen as a table: one group for each place of the result (or of the axes kept), one
// member for each place of the axes that the op runs over. Both in row-major order.
struct Groups {
  std::vector<int64_t> groups, members;

  Groups(const std::vector<int64_t>& shape, const IntList& axes) {
    const std::vector<int64_t> strides = row_major_strides(shape);
    const IntList kept = other_axes(shape.size(), axes);
    groups = places(at(shape, kept), at(strides, kept));
    members = places(at(shape, axes), at(strides, axes));
  }
};

// Folds with the row's `combine`: every group at once, member by member in order. Sums and products
// are taken in the accumulator's dtype.
TensorValue fold(const Call& call, const TensorValue& operand, const Groups& table) {
  const ElementwiseLoop combine = required_loop(*call.row().combine, operand.dtype);
  const size_t bytes = size_of(operand.dtype), count = table.groups.size();
  const bool picks = call.row().has(NeedsItems); // max, min: no identity, the first member starts
  std::string member(count * bytes, '\0');
  std::string folded =
      TensorValue::of(picks ? Literal::splat(operand.dtype, std::string(bytes, '\0'))
                            : Literal::number(operand.dtype, call.row().identity),
                      {static_cast<int64_t>(count)})
          .bytes;
  for (size_t m = 0; m < table.members.size(); ++m) {
    for (size_t g = 0; g < count; ++g)
      std::memcpy(member.data() + g * bytes,
                  operand.bytes.data() +
                      static_cast<size_t>(table.groups[g] + table.members[m]) * bytes,
                  bytes);
    if (m == 0 && picks) {
      folded = member;
      continue;
    }
    const char* operands[] = {folded.data(), member.data()};
    combine(folded.data(), operands, count);
  }
  return {operand.dtype, call.sizes(call.node.type.shape), std::move(folded)};
}

// The first member that no other exceeds; a NaN exceeds all. `sign` is -1 for argmin.
template <DType D>
TensorValue best_member(const Call& call, const Groups& table, bool largest) {
  TensorValue result = call.result();
  const char* bytes = call.arg(0).bytes.data();
  for (size_t g = 0; g < table.groups.size(); ++g) {
    const auto item = [&](size_t m) {
      return load<D>(bytes, static_cast<size_t>(table.groups[g] + table.members[m]));
    };
    size_t best = 0;
    for (size_t m = 1; m < table.members.size(); ++m)
      if (takes_place(item(m), item(best), largest)) best = m;
    result.set_i64(g, static_cast<int64_t>(best));
  }
  return result;
}

void apply(Op op, std::vector<double>& values) {
  char* bytes = reinterpret_cast<char*>(values.data());
  const char* operand = bytes;
  required_loop(op, DType::F64)(bytes, &operand, values.size());
}

double maximum(const std::vector<double>& values) {
  double result = -std::numeric_limits<double>::infinity();
  for (double v : values)
    result = std::isnan(v) || v > result ? v : result;
  return result;
}

double sum(const std::vector<double>& values) {
  double result = 0;
  for (double v : values)
    result += v;
  return result;
}

double log(double value) {
  std::vector<double> one{value};
  apply(Op::log, one);
  return one[0];
}

// exp(x - shift) of each item.
std::vector<double> shifted_exp(std::vector<double> x, double shift) {
  for (double& v : x)
    v -= shift;
  apply(Op::exp, x);
  return x;
}

// log(sum(exp(x))): the largest item is taken out, where it is finite, so that nothing overflows.
double logsumexp(const std::vector<double>& x) {
  const double largest = maximum(x);
  const double shift = std::isfinite(largest) ? largest : 0;
  return shift + log(sum(shifted_exp(x, shift)));
}

std::vector<double> softmax(const std::vector<double>& x) {
  std::vector<double> e = shifted_exp(x, maximum(x));
  const double total = sum(e);
  for (double& v : e)
    v /= total;
  return e;
}

// x - largest first: exact or nearly so, where x - logsumexp(x) would round twice at x's magnitude.
std::vector<double> log_softmax(std::vector<double> x) {
  const double largest = maximum(x);
  const double rest = log(sum(shifted_exp(x, largest)));
  for (double& v : x)
    v = (v - largest) - rest;
  return x;
}

// The members of one group, as f64.
std::vector<double> members_of(const TensorValue& operand, const Groups& table, size_t group) {
  std::vector<double> values;
  values.reserve(table.members.size());
  for (int64_t member : table.members)
    values.push_back(
        load<DType::F64>(operand.bytes.data(), static_cast<size_t>(table.groups[group] + member)));
  return values;
}

} // namespace

TensorValue reduce(const Call& call) {
  const TensorValue& x = call.arg(0);
  const Groups table(x.shape, call.attrs().ints(Key::axes));
  const OpRow& row = call.row();
  if (!row.combine) { // logsumexp
    const TensorValue wide = converted(x, DType::F64);
    TensorValue result = TensorValue::zeros(DType::F64, call.sizes(call.node.type.shape));
    for (size_t g = 0; g < table.groups.size(); ++g)
      result.set_f64(g, logsumexp(members_of(wide, table, g)));
    return converted(result, x.dtype);
  }
  const bool gives_position = call.node.op == Op::argmax || call.node.op == Op::argmin;
  if (gives_position)
    return with_dtype(x.dtype, [&]<DType D>() {
      return best_member<D>(call, table, *row.combine == Op::maximum);
    });
  const bool accumulates = row.combine == Op::add || row.combine == Op::mul;
  const TensorValue folded =
      fold(call, accumulates ? converted(x, accumulator(x.dtype)) : x, table);
  return converted(folded, call.node.type.dtype);
}

TensorValue rowwise(const Call& call) {
  const TensorValue x = converted(call.arg(0), DType::F64);
  const Groups table(x.shape, call.attrs().ints(Key::axes));
  TensorValue result = x;
  for (size_t g = 0; g < table.groups.size(); ++g) {
    const std::vector<double> members = members_of(x, table, g);
    const std::vector<double> values =
        call.node.op == Op::softmax ? softmax(members) : log_softmax(members);
    for (size_t m = 0; m < values.size(); ++m)
      store<DType::F64>(result.bytes.data(),
                        static_cast<size_t>(table.groups[g] + table.members[m]), values[m]);
  }
  return converted(result, call.node.type.dtype);
}

namespace {

// Where the axes of one operand of contract lead: places for each group of axes.
struct Side {
  std::vector<int64_t> batch, free, summed;

  Side(const TensorValue& x, const IntList& batch_axes, const IntList& summed_axes) {
    const std::vector<int64_t> strides = row_major_strides(x.shape);
    IntList used = batch_axes;
    used.insert(used.end(), summed_axes.begin(), summed_axes.end());
    const IntList free_axes = other_axes(x.rank(), used);
    batch = places(at(x.shape, batch_axes), at(strides, batch_axes));
    free = places(at(x.shape, free_axes), at(strides, free_axes));
    summed = places(at(x.shape, summed_axes), at(strides, summed_axes));
  }
};

// out[batch, left.free, right.free] = sum over the summed axes of left * right.
template <class T>
void sums_of_products(char* out, const TensorValue& left, const Side& l, const TensorValue& right,
                      const Side& r) {
  size_t place = 0;
  for (size_t b = 0; b < l.batch.size(); ++b)
    for (int64_t lf : l.free)
      for (int64_t rf : r.free) {
        T total = 0;
        for (size_t s = 0; s < l.summed.size(); ++s)
          total +=
              load_raw<T>(left.bytes.data(), static_cast<size_t>(l.batch[b] + lf + l.summed[s])) *
              load_raw<T>(right.bytes.data(), static_cast<size_t>(r.batch[b] + rf + r.summed[s]));
        store_raw(out, place++, total);
      }
}

} // namespace

TensorValue contract(const Call& call) {
  const DType dtype = accumulator(call.node.type.dtype);
  const TensorValue left = converted(call.arg(0), dtype), right = converted(call.arg(1), dtype);
  const Side l(left, call.attrs().ints(Key::lhs_batch), call.attrs().ints(Key::lhs_contract));
  const Side r(right, call.attrs().ints(Key::rhs_batch), call.attrs().ints(Key::rhs_contract));
  TensorValue sums = TensorValue::zeros(dtype, call.sizes(call.node.type.shape));
  if (dtype == DType::F64)
    sums_of_products<double>(sums.bytes.data(), left, l, right, r);
  else if (dtype == DType::C128)
    sums_of_products<std::complex<double>>(sums.bytes.data(), left, l, right, r);
  else // wraps: i64 as well, for the low bits do not depend on signs
    sums_of_products<uint64_t>(sums.bytes.data(), left, l, right, r);
  return converted(sums, call.node.type.dtype);
}

} // namespace tsc::interpreter
