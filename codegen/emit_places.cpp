// Places of the largest and the least along the axis along which memory runs: the best of a block
// is found in vector lanes, and its place sought only where it beats those of earlier blocks.
#include "codegen/kernel_emitter.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

// Items of a block: the L1 cache still has them when the place is sought, so many at once.
constexpr int block_items = 1024, sought_at_once = 64;

} // namespace

bool KernelEmitter::seeks_best_first(const Stage& s) const {
  return !lanes_ && has_light_rows(s, sought_at_once) &&
         std::all_of(s.reductions.begin(), s.reductions.end(),
                     [](const Reduction& r) { return r.position; });
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
