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

} // namespace tsc
