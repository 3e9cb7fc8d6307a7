#include "passes/schedule.h"

#include <algorithm>
#include <functional>

namespace tsc {

namespace {

void for_each_index(Kernel& kernel, const std::function<void(Index&)>& visit) {
  for (Stage& stage : kernel.stages) {
    for (Instruction& i : stage.body)
      visit(i.index);
    for (Reduction& r : stage.reductions)
      if (r.position) visit(r.place);
  }
}

void drop_axis_terms(Index& index, AxisId axis) {
  std::erase_if(index.terms, [&](const IndexTerm& t) { return t.axis == axis; });
}

// Is `a` directly around `b` wherever either runs?
bool adjacent(const Kernel& kernel, AxisId a, AxisId b) {
  const bool outer = b.index < kernel.outer;
  if (outer) return a.index + 1 == b.index;
  for (const Stage& stage : kernel.stages)
    for (size_t i = 0; i < stage.axes.size(); ++i) {
      if (stage.axes[i] == b && (i == 0 || stage.axes[i - 1] != a)) return false;
      if (stage.axes[i] == a && (i + 1 == stage.axes.size() || stage.axes[i + 1] != b))
        return false;
    }
  return a.index >= kernel.outer;
}

bool walks_as_one(Kernel& kernel, AxisId a, AxisId b) {
  bool result = true;
  const Dim extent = kernel.axes[b.index].extent;
  for_each_index(kernel,
                 [&](Index& i) { result &= i.coefficient_of(a) == i.coefficient_of(b) * extent; });
  return result;
}

// Removes axis `gone` and renumbers those behind it.
void remove_axis(Kernel& kernel, AxisId gone) {
  auto renumber = [&](AxisId& axis) {
    if (axis.valid() && axis.index > gone.index) axis = AxisId(axis.index - size_t{1});
  };
  for_each_index(kernel, [&](Index& i) {
    drop_axis_terms(i, gone);
    for (IndexTerm& t : i.terms)
      renumber(t.axis);
  });
  for (Stage& stage : kernel.stages) {
    std::erase(stage.axes, gone);
    for (AxisId& axis : stage.axes)
      renumber(axis);
  }
  kernel.axes.erase(kernel.axes.begin() + gone.index);
  if (gone.index < kernel.outer) --kernel.outer;
}

void merge_axes(Kernel& kernel) {
  for (size_t i = kernel.axes.size(); i-- > 0;) // inner neighbours first
    if (kernel.axes[i].extent == Dim(1)) remove_axis(kernel, AxisId(i));
  for (size_t b = kernel.axes.size(); b-- > 1;)
    for (size_t a = b; a-- > 0;) {
      const AxisId outer_axis(a), inner_axis(b);
      if (!adjacent(kernel, outer_axis, inner_axis) ||
          !walks_as_one(kernel, outer_axis, inner_axis))
        continue;
      kernel.axes[b].extent = kernel.axes[a].extent * kernel.axes[b].extent;
      remove_axis(kernel, outer_axis);
      break;
    }
}

// Lanes pay when reductions read along the last outer axis rather than along their own.
bool wants_lanes(const Kernel& kernel) {
  if (kernel.outer == 0) return false;
  const AxisId last(kernel.outer - 1);
  const Dim& extent = kernel.axes[last.index].extent;
  if (extent.is_number() && extent.number() < 4) return false;
  int along_outer = 0, along_own = 0;
  for (const Stage& stage : kernel.stages) {
    if (stage.reductions.empty()) continue;
    if (stage.axes.empty()) return false;
    for (const Instruction& i : stage.body) {
      if (i.action != Action::Load) continue;
      along_outer += i.index.coefficient_of(last) == Dim(1);
      along_own += i.index.coefficient_of(stage.axes.back()) == Dim(1);
    }
  }
  return along_outer > 0 && along_outer >= along_own;
}

constexpr int64_t short_axis = 16; // too short for a tile

bool is_long(const Dim& extent) { return !extent.is_number() || extent.number() >= short_axis; }

// Each such load has a copy of the tile, on a thread's stack or in a block's shared memory.
constexpr size_t most_turned = 4;

bool few_are_turned(const Kernel& kernel) {
  size_t turned = 0;
  for (const Instruction& i : kernel.stages[0].body)
    turned += is_turned(kernel, i);
  return turned <= most_turned;
}

// The axis for tiles: the one along which the first load runs that does not run along the last.
AxisId axis_across(Kernel& kernel) {
  if (kernel.outer < 2 || !kernel.parallel || kernel.stages.size() != 1) return {};
  const Stage& stage = kernel.stages[0];
  if (!stage.axes.empty() || !stage.reductions.empty()) return {};
  if (!is_long(kernel.axes[kernel.outer - 1].extent)) return {};
  for (const Instruction& i : stage.body)
    for (size_t a = 0; i.action == Action::Load && a + 1 < kernel.outer; ++a) {
      kernel.across = AxisId(a);
      if (is_long(kernel.axes[a].extent) && is_turned(kernel, i))
        return few_are_turned(kernel) ? kernel.across : AxisId();
    }
  return {};
}

} // namespace

void schedule(Kernel& kernel) {
  merge_axes(kernel);
  kernel.lanes = wants_lanes(kernel);
  kernel.across = axis_across(kernel);
}

} // namespace tsc
