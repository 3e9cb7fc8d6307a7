// Points in tiles of two axes: of the last outer one, along which stores run in memory (columns),
// and of Kernel::across, along which some loads do (rows). Those loads read a copy of the tile with
// rows and columns exchanged (prelude/turn.h), so that all memory is walked as it lies.
#include "codegen/kernel_emitter.h"

#include <algorithm>

namespace tsc {

namespace {

constexpr size_t row_bytes = 256; // of a copy on the CPU; all of it stays in the L1 cache
constexpr int most_rows = 64;

} // namespace

bool KernelEmitter::in_turned_tiles() const { return k_.across.valid() && !is_cut(k_.stages[0]); }

int KernelEmitter::turned_tile() const {
  if (e_.dialect.grid) return turned_tile_of_grid;
  size_t widest = 1;
  for (const Instruction& i : k_.stages[0].body)
    if (is_turned(k_, i)) widest = std::max(widest, size_of(i.dtype));
  return std::min(most_rows, static_cast<int>(row_bytes / widest));
}

// The copies of the tile that begins at first_row and first_column.
void KernelEmitter::turn_tiles(Writer& w) {
  e_.headers.insert("turn.h");
  const AxisId columns(k_.outer - 1);
  for (const Instruction& i : k_.stages[0].body)
    if (is_turned(k_, i))
      w.line("TSC_TILE({}, v{}, {});", memory_type(i.dtype), i.id.index, turned_tile());
  auto scope = w.block("");
  w.line("const tsc_i64 i{} = first_row, i{} = first_column;", k_.across.index, columns.index);
  for (const Instruction& i : k_.stages[0].body)
    if (is_turned(k_, i))
      w.line("tsc_turn_tile(v{}, &p{}[{}], {}, rows, columns);", i.id.index, i.param.index,
             position(i.index), dim(i.index.coefficient_of(columns)));
}

// How many of the tile's rows and columns there are.
void KernelEmitter::tile_sizes(Writer& w, const std::string& row_end,
                               const std::string& column_end) {
  w.line("const tsc_i64 rows = tsc_least({} - first_row, {});", row_end, turned_tile());
  w.line("const tsc_i64 columns = tsc_least({} - first_column, {});", column_end, turned_tile());
}

// Loops over the other axes, from `axis` on, then over tiles.
void KernelEmitter::over_turned_tiles(Writer& w, size_t axis) {
  const auto end = [this](size_t a) { return a == 0 ? "end" : dim(k_.axes[a].extent); };
  const auto begin = [](size_t a) { return a == 0 ? "begin" : "0"; };
  if (axis == k_.across.index) return over_turned_tiles(w, axis + 1);
  if (axis + 1 < k_.outer) {
    auto loop =
        w.block("for (tsc_i64 i{0} = {1}; i{0} < {2}; i{0} += 1)", axis, begin(axis), end(axis));
    return over_turned_tiles(w, axis + 1);
  }
  const std::string row_end = end(k_.across.index), column_end = end(axis);
  auto rows = w.block("for (tsc_i64 first_row = {}; first_row < {}; first_row += {})",
                      begin(k_.across.index), row_end, turned_tile());
  auto columns = w.block("for (tsc_i64 first_column = 0; first_column < {}; first_column += {})",
                         column_end, turned_tile());
  tile_sizes(w, row_end, column_end);
  turn_tiles(w);
  auto row = w.block("for (tsc_i64 row = 0; row < rows; row += 1)");
  w.line("const tsc_i64 i{} = first_row + row;", k_.across.index);
  in_run(w, k_.stages[0], "first_column", "columns", "column", [&] {
    auto column = w.block("for (tsc_i64 column = 0; column < columns; column += 1)");
    w.line("const tsc_i64 i{} = first_column + column;", axis);
    body(w, k_.stages[0]);
  });
}

// A tile for each block of a grid.
void KernelEmitter::over_grid_tiles(Writer& w) {
  e_.headers.insert("turn.h");
  const Dim &rows = k_.axes[k_.across.index].extent, &columns = k_.axes[k_.outer - 1].extent;
  auto loop =
      w.block("for (tsc_i64 tile = tsc_block_number(); tile < points; tile += tsc_blocks())");
  const std::string across = dim(tiles_along(columns)), down = dim(tiles_along(rows));
  w.line("const tsc_i64 first_column = tile % {} * {};", across, turned_tile());
  w.line("const tsc_i64 first_row = tile / {} % {} * {};", across, down, turned_tile());
  if (!grid_.spread.empty()) w.line("const tsc_i64 point = tile / {} / {};", across, down);
  point(w, "point", grid_.spread);
  tile_sizes(w, dim(rows), dim(columns));
  turn_tiles(w);
  w.line("__syncthreads();");
  {
    auto row = w.block("for (tsc_i64 row = threadIdx.y; row < rows; row += blockDim.y)");
    w.line("const tsc_i64 column = threadIdx.x;");
    auto inside = w.block("if (column < columns)");
    w.line("const tsc_i64 i{} = first_row + row, i{} = first_column + column;", k_.across.index,
           k_.outer - 1);
    body(w, k_.stages[0]);
  }
  w.line("__syncthreads();");
}

} // namespace tsc
