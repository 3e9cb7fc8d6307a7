#include "ir/kernel.h"

#include "ir/op.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

Index Index::of(AxisId axis) { return {Dim(0), {{axis, ValueId(), Dim(1)}}}; }
Index Index::of(ValueId value) { return {Dim(0), {{AxisId(), value, Dim(1)}}}; }

Dim Index::coefficient_of(AxisId axis) const {
  for (const IndexTerm& term : terms)
    if (term.axis == axis) return term.coefficient;
  return 0;
}

std::string Index::text() const {
  std::string out;
  for (const IndexTerm& t : terms) {
    const std::string atom =
        t.axis.valid() ? fmt::format("i{}", t.axis.index) : fmt::format("t{}", t.value.index);
    out += (out.empty() ? "" : " + ") +
           (t.coefficient == Dim(1) ? atom : fmt::format("{}*({})", atom, t.coefficient.text()));
  }
  if (out.empty()) return constant.text();
  return constant == Dim(0) ? out : out + " + " + constant.text();
}

namespace {

bool before(const IndexTerm& a, const IndexTerm& b) {
  if (a.axis.valid() != b.axis.valid()) return a.axis.valid();
  return a.axis.valid() ? a.axis < b.axis : a.value < b.value;
}

} // namespace

Index operator+(const Index& a, const Index& b) {
  Index sum{a.constant + b.constant, a.terms};
  for (const IndexTerm& t : b.terms) {
    auto it = std::find_if(sum.terms.begin(), sum.terms.end(), [&](const IndexTerm& s) {
      return s.axis == t.axis && s.value == t.value;
    });
    if (it != sum.terms.end())
      it->coefficient = it->coefficient + t.coefficient;
    else
      sum.terms.insert(std::upper_bound(sum.terms.begin(), sum.terms.end(), t, before), t);
  }
  std::erase_if(sum.terms, [](const IndexTerm& t) { return t.coefficient == Dim(0); });
  return sum;
}

Index operator*(const Index& a, const Dim& factor) {
  Index product{a.constant * factor, a.terms};
  for (IndexTerm& t : product.terms)
    t.coefficient = t.coefficient * factor;
  std::erase_if(product.terms, [](const IndexTerm& t) { return t.coefficient == Dim(0); });
  return product;
}

void for_each_use(const Instruction& i, const std::function<void(ValueId)>& visit) {
  for (ValueId arg : i.args)
    visit(arg);
  if (i.guard.valid()) visit(i.guard);
  for (const IndexTerm& t : i.index.terms)
    if (t.value.valid()) visit(t.value);
}

void for_each_use(const Reduction& r, const std::function<void(ValueId)>& visit) {
  visit(r.value);
  for (const IndexTerm& t : r.place.terms)
    if (t.value.valid()) visit(t.value);
}

Dim Kernel::work() const {
  Dim points = 1;
  for (size_t i = 0; i < outer; ++i)
    points = points * axes[i].extent;
  Dim total = 0;
  for (const Stage& stage : stages) {
    Dim inner = 1;
    for (AxisId axis : stage.axes)
      inner = inner * axes[axis.index].extent;
    int64_t cost = 1;
    for (const Instruction& i : stage.body)
      cost += i.action == Action::Apply && row(i.op).has(Expensive) ? 16 : 1;
    total = total + inner * Dim(cost);
  }
  return points * total;
}

bool is_expensive(const Instruction& i) {
  return i.action == Action::Apply && row(i.op).has(Expensive);
}

bool is_turned(const Kernel& kernel, const Instruction& load) {
  if (!kernel.across.valid() || load.action != Action::Load || load.guard.valid()) return false;
  for (const IndexTerm& t : load.index.terms)
    if (!t.axis.valid()) return false;
  const Dim step = load.index.coefficient_of(AxisId(kernel.outer - 1));
  return load.index.coefficient_of(kernel.across) == Dim(1) && step != Dim(0) && step != Dim(1);
}

std::vector<AxisId> as_read(const Instruction& load, std::vector<AxisId> axes) {
  const auto is_larger = [&load](AxisId a, AxisId b) {
    const Dim step = load.index.coefficient_of(a), other = load.index.coefficient_of(b);
    return step != Dim(0) && other != Dim(0) && step != other &&
           floordiv(step, other) * other == step;
  };
  for (size_t i = 1; i < axes.size(); ++i)
    for (size_t at = i; at > 0 && is_larger(axes[at], axes[at - 1]); --at)
      std::swap(axes[at], axes[at - 1]);
  return axes;
}

} // namespace tsc
