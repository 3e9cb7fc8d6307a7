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
constexpr size_t longest_run = 2048;
constexpr size_t accumulator_bytes = 24576;
// A tile that is as wide as its rows reads memory from one end to the other: one row at a time is
// what the processor foresees best, unless rows are too short for a loop of their own or their
// accumulators leave no room in the L1 cache.
constexpr int shortest_alone = 64;
constexpr size_t alone_bytes = 8192;
// Items of a row whose best is found before its place: the L1 cache still has them when that is
// sought, so many items at once.
constexpr int block_items = 1024, sought_at_once = 64;

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

// A quotient counts blocks: too few for a loop of their own.
bool counts_blocks(const Dim& extent) {
  for (const Dim::Term& t : extent.terms())
    for (const auto& atom : t.atoms)
      if (atom->quotient) return true;
  return false;
}

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
         !counts_blocks(k_.axes[s.axes.back().index].extent) &&
         std::none_of(s.reductions.begin(), s.reductions.end(), is_position);
}

// A condition of taking rows together where all rows lie one behind the other.
std::string KernelEmitter::if_rows_are_apart(const Stage& s, AxisId axis) {
  const AxisId across(k_.outer - 1);
  const Dim& width = k_.axes[across.index].extent;
  for (const Instruction& i : s.body) {
    const Dim step = i.index.coefficient_of(axis);
    if (i.action == Action::Load && step != Dim(0) && step != width) return "";
  }
  size_t bytes = 0;
  for (const Reduction& r : s.reductions)
    bytes += size_of(r.accumulator);
  return fmt::format(" && (lanes < {} || lanes < {} || lanes > {})", dim(width), shortest_alone,
                     alone_bytes / bytes);
}

void KernelEmitter::rows_of_lanes(Writer& w, const Stage& s, AxisId axis,
                                  const std::string& extent) {
  w.line("tsc_i64 row{} = 0;", axis.index);
  {
    auto rows = w.block("for (; row{0} + {2} <= {1}{3}; row{0} += {2})", axis.index, extent,
                        rows_together, if_rows_are_apart(s, axis));
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

bool KernelEmitter::seeks_best_first(const Stage& s) const {
  return !lanes_ && has_light_rows(s, sought_at_once) &&
         std::all_of(s.reductions.begin(), s.reductions.end(), is_position);
}

// The item that a reduction compares, as v0, v1, ... by reduction.
void KernelEmitter::compared(Writer& w, const Stage& s, const Reduction& r) {
  for (const Instruction& i : s.body)
    instruction(w, i);
  w.line("const {} v{} = {};", value_type(r.accumulator), r.id.index,
         converted(fmt::format("t{}", r.value.index), dtypes_.at(r.value.index), r.accumulator));
}

// The first place of the best item of a block, if it beats those of earlier blocks.
void KernelEmitter::seek(Writer& w, const Stage& s, const Reduction& r, AxisId axis) {
  const auto id = r.id.index;
  w.line("const {} b{} = {};", value_type(r.accumulator), id,
         accumulated(r, fmt::format("all{}", id)));
  auto better = w.block("if ({1}(b{0}, a{0}))", id, beats(r));
  w.line("a{0} = b{0};", id);
  w.line("tsc_i64 from = row{};", axis.index);
  {
    auto groups = w.block("for (; from < next; from += {})", sought_at_once);
    w.line("tsc_i32 found = 0;");
    {
      auto group = w.block("for (tsc_i64 i{0} = from; i{0} < from + {1}; i{0} += 1)", axis.index,
                           sought_at_once);
      compared(w, s, r);
      w.line("found |= tsc_is_best(v{0}, b{0});", id);
    }
    w.line("if (found) break;");
  }
  auto group = w.block("for (tsc_i64 i{0} = from; i{0} < next; i{0} += 1)", axis.index);
  compared(w, s, r);
  w.line("if (!tsc_is_best(v{0}, b{0})) continue;", id);
  w.line("at{} = {};", id, position(r.place));
  w.line("break;");
}

// The best of a block, which is found in vector lanes, then where it is. The last block may begin
// in the one before, whose items cannot beat the best so far. Short rows are left as they are.
void KernelEmitter::blocks_of_row(Writer& w, const Stage& s, AxisId axis,
                                  const std::string& extent) {
  w.line("tsc_i64 row{} = 0;", axis.index);
  auto blocks = w.block("while ({1} >= {2} && row{0} < {1})", axis.index, extent, sought_at_once);
  w.line("if ({1} - row{0} < {2}) row{0} = {1} - {2};", axis.index, extent, sought_at_once);
  w.line("const tsc_i64 left = {1} - row{0};", axis.index, extent);
  w.line("const tsc_i64 next = row{} + (left < {} ? left - left % {} : {});", axis.index,
         block_items, sought_at_once, block_items);
  for (const Reduction& r : s.reductions) {
    const auto id = r.id.index;
    declare_accumulator(w, r, "all");
    auto items = w.block("for (tsc_i64 i{0} = row{0}; i{0} < next; i{0} += 1)", axis.index);
    compared(w, s, r);
    combine(w, r, fmt::format("all{}", id), fmt::format("v{}", id));
  }
  for (const Reduction& r : s.reductions)
    seek(w, s, r, axis);
  w.line("row{} = next;", axis.index);
}

} // namespace tsc
