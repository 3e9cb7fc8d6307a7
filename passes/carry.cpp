#include "passes/carry.h"

#include "ir/op.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>

namespace tsc {

namespace {

// Numbers values such that equal ones, whatever their stage, have equal numbers.
class Numbering {
public:
  explicit Numbering(const Kernel& kernel)
      : kernel_(kernel), number_(kernel.values), cost_(kernel.values) {
    for (const Stage& stage : kernel.stages)
      for (const Instruction& i : stage.body)
        if (i.id.valid()) add(i);
  }

  size_t operator[](ValueId v) const { return number_[v.index]; }
  size_t cost(ValueId v) const { return cost_[v.index]; } // expensive ops in all that leads to it

private:
  void add(const Instruction& i);

  const Kernel& kernel_;
  std::vector<size_t> number_, cost_;
  std::map<std::string, size_t> known_;
};

void Numbering::add(const Instruction& i) {
  Instruction form = i;
  const auto renumber = [this](ValueId& v) {
    if (v.valid()) v = ValueId(number_[v.index]);
  };
  form.id = ValueId(0);
  for (ValueId& arg : form.args)
    renumber(arg);
  renumber(form.guard);
  for (IndexTerm& t : form.index.terms)
    renumber(t.value);
  std::string key = text(form);
  if (i.action == Action::Constant) key += i.literal.bytes();
  // What a stage loads from memory that the kernel also writes is its own.
  if (i.action == Action::Load && kernel_.params[i.param.index].written)
    key += fmt::format(" {}", i.id.index);
  number_[i.id.index] = known_.try_emplace(key, known_.size()).first->second;

  size_t cost = i.action == Action::Apply && row(i.op).has(Expensive);
  for_each_use(i, [&](ValueId v) { cost += cost_[v.index]; });
  cost_[i.id.index] = std::min<size_t>(cost, 1000); // shared operands count twice: it is a measure
}

const Instruction* find(const Stage& stage, const Numbering& numbers, size_t number) {
  for (const Instruction& i : stage.body)
    if (i.id.valid() && numbers[i.id] == number) return &i;
  return nullptr;
}

// The one place where a parameter is touched: a store, of every point of the outer and the stage's
// axes to a place of its own.
struct Place {
  const Instruction* store;
  size_t stage;
};
std::optional<Place> only_store(const Kernel& kernel, ParamId param) {
  std::optional<Place> found;
  for (size_t s = 0; s < kernel.stages.size(); ++s)
    for (const Instruction& i : kernel.stages[s].body) {
      if (i.param != param) continue;
      if (i.action != Action::Store || i.guard.valid() || found) return std::nullopt;
      found = Place{&i, s};
    }
  if (!found) return std::nullopt;
  std::vector<AxisId> axes = kernel.stages[found->stage].axes;
  for (size_t i = 0; i < kernel.outer; ++i)
    axes.push_back(AxisId(i));
  for (AxisId axis : axes)
    if (kernel.axes[axis.index].extent != Dim(1) &&
        found->store->index.coefficient_of(axis) == Dim(0))
      return std::nullopt;
  for (const IndexTerm& t : found->store->index.terms)
    if (t.value.valid()) return std::nullopt;
  return found;
}

// The most expensive value of the stage that an earlier one over the same axes computes too.
struct Carried {
  size_t number, cost;
  size_t from; // the stage
};
std::optional<Carried> best_value(const Kernel& kernel, const Numbering& numbers,
                                  const Place& place) {
  const Stage& last = kernel.stages[place.stage];
  std::optional<Carried> best;
  for (const Instruction& i : last.body) {
    const bool fits = i.id.valid() && i.dtype == place.store->dtype && !in(i.dtype, Halves);
    if (!fits || numbers.cost(i.id) == 0 || (best && numbers.cost(i.id) <= best->cost)) continue;
    for (size_t s = 0; s < place.stage; ++s)
      if (kernel.stages[s].axes == last.axes && find(kernel.stages[s], numbers, numbers[i.id])) {
        best = Carried{numbers[i.id], numbers.cost(i.id), s};
        break;
      }
  }
  return best;
}

void remove_unused_values(Stage& stage) {
  std::set<ValueId> used;
  for (const Reduction& r : stage.reductions)
    for_each_use(r, [&](ValueId v) { used.insert(v); });
  for (size_t i = stage.body.size(); i-- > 0;) {
    const Instruction& now = stage.body[i];
    if (now.id.valid() && !used.count(now.id))
      stage.body.erase(stage.body.begin() + static_cast<ptrdiff_t>(i));
    else
      for_each_use(now, [&](ValueId v) { used.insert(v); });
  }
}

void carry(Kernel& kernel, const Numbering& numbers, const Place& place, const Carried& value) {
  const Instruction store = *place.store;
  kernel.params[store.param.index].read = true;
  for (size_t s = value.from; s <= place.stage; ++s) {
    Stage& stage = kernel.stages[s];
    const Instruction* computed = find(stage, numbers, value.number);
    if (!computed || stage.axes != kernel.stages[place.stage].axes) continue;
    if (s == value.from) {
      Instruction keep = store;
      keep.args = {computed->id};
      stage.body.push_back(std::move(keep));
      continue;
    }
    Instruction load{.action = Action::Load, .dtype = store.dtype};
    load.id = computed->id;
    load.index = store.index;
    load.param = store.param;
    // First of all, since the last stage overwrites the place.
    stage.body.erase(stage.body.begin() + (computed - stage.body.data()));
    stage.body.insert(stage.body.begin(), std::move(load));
    remove_unused_values(stage);
  }
}

} // namespace

void carry_values(Kernel& kernel) {
  if (kernel.stages.size() < 2) return;
  for (size_t p = 0; p < kernel.params.size(); ++p) {
    if (kernel.params[p].read || !kernel.params[p].written) continue;
    const auto place = only_store(kernel, ParamId(p));
    if (!place) continue;
    const Numbering numbers(kernel);
    if (const auto value = best_value(kernel, numbers, *place))
      carry(kernel, numbers, *place, *value);
  }
}

} // namespace tsc
