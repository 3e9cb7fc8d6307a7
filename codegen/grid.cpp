#include "codegen/grid.h"

#include <algorithm>

namespace tsc {

namespace {

constexpr int64_t short_row = 8; // a thread walks so many points alone

// Do points that differ along `axis` write different items? So they do where every store's place
// moves with the axis, since places are row-major.
bool separates(const Kernel& kernel, AxisId axis) {
  for (const Stage& stage : kernel.stages)
    for (const Instruction& i : stage.body)
      if (i.action == Action::Store && i.index.coefficient_of(axis) == Dim(0)) return false;
  return true;
}

Dim points_of(const Kernel& kernel, const std::vector<AxisId>& axes) {
  Dim points = 1;
  for (AxisId axis : axes)
    points = points * kernel.axes[axis.index].extent;
  return points;
}

Grid tiles_of(const Kernel& kernel) {
  Grid grid{.crew = Crew::Tile};
  for (size_t a = 0; a + 1 < kernel.outer; ++a)
    if (AxisId(a) != kernel.across) grid.spread.push_back(AxisId(a));
  grid.points = points_of(kernel, grid.spread) *
                tiles_along(kernel.axes[kernel.across.index].extent) *
                tiles_along(kernel.axes[kernel.outer - 1].extent);
  return grid;
}

} // namespace

Dim tiles_along(const Dim& extent, int tile) { return floordiv(extent + (tile - 1), tile); }

Grid grid_of(const Kernel& kernel) {
  if (kernel.across.valid()) return tiles_of(kernel);
  Grid grid;
  for (size_t a = 0; a < kernel.outer; ++a)
    (kernel.parallel || separates(kernel, AxisId(a)) ? grid.spread : grid.serial)
        .push_back(AxisId(a));
  grid.points = points_of(kernel, grid.spread);
  const auto with_axes = std::find_if(kernel.stages.begin(), kernel.stages.end(),
                                      [](const Stage& s) { return !s.axes.empty(); });
  if (!grid.serial.empty() || with_axes == kernel.stages.end()) return grid;
  const Dim row = points_of(kernel, with_axes->axes);
  if (row.is_number() && row.number() <= short_row) return grid;
  grid.crew = kernel.lanes ? Crew::Column : Crew::Team;
  grid.row = row;
  return grid;
}

} // namespace tsc
