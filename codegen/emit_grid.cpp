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

const char* prefix(Crew crew) { return crew == Crew::Column ? "tsc_column" : "tsc_team"; }

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

void KernelEmitter::serial_loops(Writer& w, size_t depth) {
  if (depth == grid_.serial.size()) return stages(w);
  const AxisId axis = grid_.serial[depth];
  auto loop = w.block("for (tsc_i64 i{0} = 0; i{0} < {1}; i{0} += 1)", axis.index,
                      dim(k_.axes[axis.index].extent));
  serial_loops(w, depth + 1);
}

// The accumulators of a team's threads, folded into one that all of them have.
void KernelEmitter::team_folds(Writer& w, const Stage& s) {
  const char* team = prefix(grid_.crew);
  for (const Reduction& r : s.reductions) {
    const char* type = value_type(r.accumulator);
    if (r.position) {
      w.line("{3}_best(a{0}, at{0}, []({1} item, {1} best) {{ return {2}(item, best); }});",
             r.id.index, type, beats(r), team);
      continue;
    }
    w.line("a{0} = {3}_fold(a{0}, []({1} a, {1} b) {{ return {2}(a, b); }});", r.id.index, type,
           step(r), team);
  }
}

void KernelEmitter::team_stage(Writer& w, const Stage& s) {
  const char* team = prefix(grid_.crew);
  declare_accumulators(w, s);
  if (s.axes.empty()) {
    auto scope = w.block("");
    stores_if_ = grid_.crew == Crew::Column ? "tsc_column_leads() && inside" : "tsc_team_leads()";
    body(w, s);
    stores_if_.clear();
  } else {
    std::string items;
    for (AxisId axis : s.axes)
      items += (items.empty() ? "" : " * ") + points(w, axis);
    auto loop =
        w.block("for (tsc_i64 item = {1}_rank(); item < {0}; item += {1}_ranks())", items, team);
    point(w, "item", s.axes);
    if (grid_.crew == Crew::Column) stores_if_ = "inside";
    body(w, s);
    stores_if_.clear();
  }
  if (!s.axes.empty()) team_folds(w, s);
  finish_results(w, s);
}

void KernelEmitter::over_grid(Writer& w) {
  e_.headers.insert("team.h");
  switch (grid_.crew) {
  case Crew::Thread: {
    auto loop =
        w.block("for (tsc_i64 point = tsc_thread(); point < points; point += tsc_threads())");
    point(w, "point", grid_.spread);
    return serial_loops(w, 0);
  }
  case Crew::Team: {
    auto loop = w.block("for (tsc_i64 point = tsc_team(); point < points; point += tsc_teams())");
    point(w, "point", grid_.spread);
    return team_stages(w);
  }
  case Crew::Column: {
    // All threads of a block go through it together; those beyond the end repeat the last point.
    auto loop = w.block(
        "for (tsc_i64 first = tsc_columns_first(); first < points; first += tsc_columns())");
    w.line("const bool inside = first + tsc_column() < points;");
    w.line("const tsc_i64 point = inside ? first + tsc_column() : points - 1;");
    point(w, "point", grid_.spread);
    return team_stages(w);
  }
  case Crew::Tile:
    return over_grid_tiles(w);
  }
}

void KernelEmitter::team_stages(Writer& w) {
  for (size_t s = 0; s < k_.stages.size(); ++s) {
    team_stage(w, k_.stages[s]);
    if (meets_later_stages(k_, s)) w.line("{}_barrier();", prefix(grid_.crew));
  }
}

// How many threads a block may have: what the compiler may give registers to.
std::string KernelEmitter::bounds() const {
  if (!e_.dialect.grid) return "";
  const bool teams = grid_.crew == Crew::Team || grid_.crew == Crew::Column;
  return fmt::format(" __launch_bounds__({})", teams ? most_team_threads : lone_threads);
}

// A product is a kernel of its own, named after the step.
void emit_products(Emitter& e, Writer& out) {
  for (size_t step = 0; step < e.plan.steps.size(); ++step) {
    const auto* p = std::get_if<Product>(&e.plan.steps[step]);
    if (!p) continue;
    e.headers.insert("product.h");
    const char* type = memory_type(p->dtype);
    {
      auto function =
          out.block("{0} __launch_bounds__({1}) m{2}(tsc_i64 batch, tsc_i64 m, tsc_i64 n, "
                    "tsc_i64 k, const {3}* {4} a, const {3}* {4} b, {3}* {4} c)",
                    e.dialect.kernel, product_threads, step, type, e.dialect.restrict_);
      out.line("tsc_tiled_product<{}, {}>(batch, m, n, k, a, b, c);", p->transpose_a,
               p->transpose_b);
    }
    out.blank();
  }
}

} // namespace tsc
