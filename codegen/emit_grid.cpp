// What a thread of a grid does: the points that it takes, alone or in a team (codegen/grid.h,
// prelude/team.h).
#include "codegen/kernel_emitter.h"
#include "ir/op.h"

#include <algorithm>

namespace tsc {

namespace {

bool touches(const Stage& stage, ParamId param, bool only_writes) {
  return std::any_of(stage.body.begin(), stage.body.end(), [&](const Instruction& i) {
    return i.param == param && (i.action == Action::Store || !only_writes);
  });
}

// Do later stages touch memory that this one wrote, or write memory that it touched?
bool meets_later_stages(const Kernel& kernel, size_t stage) {
  for (size_t later = stage + 1; later < kernel.stages.size(); ++later)
    for (size_t p = 0; p < kernel.params.size(); ++p) {
      const Stage &a = kernel.stages[stage], &b = kernel.stages[later];
      if (touches(a, ParamId(p), true) && touches(b, ParamId(p), false)) return true;
      if (touches(a, ParamId(p), false) && touches(b, ParamId(p), true)) return true;
    }
  return false;
}

} // namespace

// The positions on `axes`, the last of which runs fastest, of the point with this number.
void KernelEmitter::point(Writer& w, const char* number, const std::vector<AxisId>& axes) {
  std::string rest = number;
  for (size_t a = axes.size(); a-- > 0;) {
    const std::string axis = fmt::format("i{}", axes[a].index);
    if (a == 0) {
      w.line("const tsc_i64 {} = {};", axis, rest);
      continue;
    }
    const std::string extent = points(w, axes[a]);
    w.line("const tsc_i64 {} = {} % {};", axis, rest, extent);
    if (a > 1) {
      const std::string next = fmt::format("{}_{}", number, axes[a].index);
      w.line("const tsc_i64 {} = {} / {};", next, rest, extent);
      rest = next;
    } else {
      rest = fmt::format("{} / {}", rest, extent);
    }
  }
}

void KernelEmitter::serial_loops(Writer& w, const Grid& grid, size_t depth) {
  if (depth == grid.serial.size()) return stages(w);
  const AxisId axis = grid.serial[depth];
  auto loop = w.block("for (tsc_i64 i{0} = 0; i{0} < {1}; i{0} += 1)", axis.index,
                      dim(k_.axes[axis.index].extent));
  serial_loops(w, grid, depth + 1);
}

// The accumulators of a team's threads, folded into one that all of them have.
void KernelEmitter::team_folds(Writer& w, const Stage& s) {
  for (const Reduction& r : s.reductions) {
    const char* type = value_type(r.accumulator);
    if (r.position) {
      w.line("tsc_team_best(a{0}, at{0}, []({1} item, {1} best) {{ return {2}(item, best); }});",
             r.id.index, type, beats(r));
      continue;
    }
    w.line("a{0} = tsc_team_fold(a{0}, []({1} a, {1} b) {{ return {2}(a, b); }});", r.id.index, type,
           step(r));
  }
}

void KernelEmitter::team_stage(Writer& w, const Stage& s) {
  declare_accumulators(w, s);
  if (s.axes.empty()) {
    auto scope = w.block("");
    one_stores_ = true;
    body(w, s);
    one_stores_ = false;
  } else {
    std::string items;
    for (AxisId axis : s.axes)
      items += (items.empty() ? "" : " * ") + points(w, axis);
    auto loop = w.block("for (tsc_i64 item = tsc_rank(); item < {}; item += tsc_ranks())", items);
    point(w, "item", s.axes);
    body(w, s);
  }
  if (!s.axes.empty()) team_folds(w, s);
  finish_results(w, s);
}

void KernelEmitter::over_grid(Writer& w) {
  e_.headers.insert("team.h");
  const Grid grid = grid_of(k_);
  auto loop = grid.teams
                  ? w.block("for (tsc_i64 point = tsc_team(); point < points; point += tsc_teams())")
                  : w.block("for (tsc_i64 point = tsc_thread(); point < points; point += tsc_threads())");
  point(w, "point", grid.spread);
  if (!grid.teams) return serial_loops(w, grid, 0);
  for (size_t s = 0; s < k_.stages.size(); ++s) {
    team_stage(w, k_.stages[s]);
    if (meets_later_stages(k_, s)) w.line("tsc_team_barrier();");
  }
}

// How many threads a block may have: what the compiler may give registers to.
std::string KernelEmitter::bounds() const {
  if (!e_.dialect.grid) return "";
  return fmt::format(" __launch_bounds__({})",
                     grid_of(k_).teams ? most_team_threads : lone_threads);
}

} // namespace tsc
