// Reductions along other axes than the one along which memory runs: the points of a tile are lanes,
// each with an accumulator of its own in the L1 cache.
#include "codegen/kernel_emitter.h"
#include "ir/op.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

// Rows that are added to the accumulators together, so that these are read and written less often.
constexpr int rows_together = 8;
// Lanes of a tile whose memory is read once: in runs long enough for the processor to prefetch.
constexpr size_t longest_run = 1024;
constexpr size_t accumulator_bytes = 16384;
// Items of a row that are compared at once where the best one is sought, each with the best in its
// place of earlier ones; in shorter rows, one after the other is as fast.
constexpr int compared_at_once = 32, shortest_compared = 64;

bool is_light(const Instruction& i) {
  return i.action == Action::Load || i.action == Action::Constant || i.action == Action::Result ||
         (i.action == Action::Apply &&
          (row(i.op).signature == Signature::Cast || *row(i.op).infix != 0));
}

size_t bytes_of_accumulators(const Stage& s) {
  size_t bytes = 0;
  for (const Reduction& r : s.reductions)
    bytes += size_of(r.accumulator) + size_of(r.dtype) + (r.position ? sizeof(int64_t) : 0);
  return bytes;
}

bool is_position(const Reduction& r) { return r.position; }

} // namespace

// Stages that read rows again find them in a cache only if the tile is narrow.
int KernelEmitter::lanes_of_tile() const {
  size_t loops = 0, bytes = 0;
  for (const Stage& s : k_.stages) {
    loops += !s.axes.empty();
    bytes += bytes_of_accumulators(s);
  }
  size_t lanes = longest_run;
  while (lanes > static_cast<size_t>(tile_) && (loops > 1 || lanes * bytes > accumulator_bytes))
    lanes /= 2;
  return static_cast<int>(lanes);
}

// Is a point of this stage little work beside its accumulators, and are there enough in a row?
bool KernelEmitter::has_light_rows(const Stage& s, int64_t shortest) const {
  constexpr size_t longest = 6;
  const Dim& row = k_.axes[s.axes.back().index].extent;
  if (row.is_number() && row.number() < shortest) return false;
  return !e_.dialect.grid && !is_cut(s) && !s.reductions.empty() && s.body.size() <= longest &&
         std::all_of(s.body.begin(), s.body.end(), is_light);
}

bool KernelEmitter::takes_rows_together(const Stage& s) const {
  return lanes_ && has_light_rows(s, rows_together) &&
         std::none_of(s.reductions.begin(), s.reductions.end(), is_position);
}

void KernelEmitter::rows_of_lanes(Writer& w, const Stage& s, AxisId axis,
                                  const std::string& extent) {
  w.line("tsc_i64 row{} = 0;", axis.index);
  {
    auto rows =
        w.block("for (; row{0} + {2} <= {1}; row{0} += {2})", axis.index, extent, rows_together);
    over_lanes(w, [&] {
      w.line("TSC_UNROLL");
      auto loop = w.block("for (tsc_i64 i{0} = row{0}; i{0} < row{0} + {1}; i{0} += 1)", axis.index,
                          rows_together);
      one_point(w, s);
    });
  }
  auto loop = w.block("for (tsc_i64 i{0} = row{0}; i{0} < {1}; i{0} += 1)", axis.index, extent);
  body(w, s);
}

bool KernelEmitter::compares_at_once(const Stage& s) const {
  return !lanes_ && has_light_rows(s, shortest_compared) &&
         std::all_of(s.reductions.begin(), s.reductions.end(), is_position);
}

// The best of many columns, then the best of those; of equal ones the first. What is left of the
// row follows as in short rows.
void KernelEmitter::columns_of_row(Writer& w, const Stage& s, AxisId axis,
                                   const std::string& extent) {
  const auto over_columns = [&](auto inside) {
    auto loop = w.block("for (tsc_i64 c = 0; c < {}; c += 1)", compared_at_once);
    for (const Reduction& r : s.reductions)
      inside(r, r.id.index);
  };
  w.line("tsc_i64 row{} = 0;", axis.index);
  auto enough = w.block("if ({} >= {})", extent, shortest_compared);
  for (const Reduction& r : s.reductions) {
    w.line("{} c{}[{}];", value_type(r.accumulator), r.id.index, compared_at_once);
    w.line("tsc_i64 in{}[{}];", r.id.index, compared_at_once);
  }
  over_columns([&](const Reduction& r, auto id) {
    w.line("c{}[c] = {};", id, spelled(r.start));
    w.line("in{}[c] = 0;", id);
  });
  {
    auto rows =
        w.block("for (; row{0} + {2} <= {1}; row{0} += {2})", axis.index, extent, compared_at_once);
    auto loop = w.block("for (tsc_i64 c = 0; c < {}; c += 1)", compared_at_once);
    w.line("const tsc_i64 i{0} = row{0} + c;", axis.index);
    for (const Instruction& i : s.body)
      instruction(w, i);
    for (const Reduction& r : s.reductions) {
      const auto id = r.id.index;
      w.line(
          "const {} v{} = {};", value_type(r.accumulator), id,
          converted(fmt::format("t{}", r.value.index), dtypes_.at(r.value.index), r.accumulator));
      w.line("const bool better{0} = {1}(v{0}, c{0}[c]);", id, beats(r));
      w.line("c{0}[c] = better{0} ? v{0} : c{0}[c];", id);
      w.line("in{0}[c] = better{0} ? {1} : in{0}[c];", id, position(r.place));
    }
  }
  over_columns([&](const Reduction& r, auto id) {
    auto better = w.block("if ({1}(c{0}[c], a{0}) || (!{1}(a{0}, c{0}[c]) && in{0}[c] < at{0}))",
                          id, beats(r));
    w.line("a{0} = c{0}[c];", id);
    w.line("at{0} = in{0}[c];", id);
  });
}

} // namespace tsc
