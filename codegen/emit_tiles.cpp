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
void KernelEmitter::tile_sizes(Writer& w) {
  const AxisId columns(k_.outer - 1);
  w.line("const tsc_i64 rows = tsc_least({} - first_row, {});",
         dim(k_.axes[k_.across.index].extent), turned_tile());
  w.line("const tsc_i64 columns = tsc_least({} - first_column, {});",
         dim(k_.axes[columns.index].extent), turned_tile());
}

// The axes that tiles follow each other along, slowest first: the first turned load is read on and
// on.
std::vector<AxisId> KernelEmitter::axes_of_tiles() const {
  const std::vector<Instruction>& body = k_.stages[0].body;
  const auto load = std::find_if(body.begin(), body.end(),
                                 [this](const Instruction& i) { return is_turned(k_, i); });
  std::vector<AxisId> axes;
  for (size_t a = 0; a < k_.outer; ++a)
    if (AxisId(a) != k_.across) axes.push_back(AxisId(a));
  axes = as_read(*load, std::move(axes));
  axes.push_back(k_.across);
  return axes;
}

Dim KernelEmitter::tiles_of_axis(AxisId axis) const {
  const Dim& extent = k_.axes[axis.index].extent;
  const bool cut = axis == k_.across || axis.index + 1 == k_.outer;
  return cut ? tiles_along(extent, turned_tile()) : extent;
}

// first_row, first_column and the other axes' places, from the tile's number.
void KernelEmitter::place_of_tile(Writer& w) {
  const std::vector<AxisId> axes = axes_of_tiles();
  std::string rest = "tile";
  for (size_t a = axes.size(); a-- > 0;) {
    const AxisId axis = axes[a];
    const bool row = axis == k_.across, column = axis.index + 1 == k_.outer;
    const std::string name = row      ? "first_row"
                             : column ? "first_column"
                                      : fmt::format("i{}", axis.index);
    const std::string scale = row || column ? fmt::format(" * {}", turned_tile()) : "";
    const std::string count = a > 0 ? dim(tiles_of_axis(axis)) : "";
    w.line("const tsc_i64 {} = {}{}{};", name, rest, a > 0 ? " % " + count : "", scale);
    rest += " / " + count;
  }
}

// The items behind the tile's, in the row of memory that one of its columns is: the next tile's, as
// a rule.
void KernelEmitter::ask_ahead(Writer& w) {
  if (!streams_) return;
  auto scope = w.block("if (stream && row < columns)");
  w.line("const tsc_i64 i{} = first_row + {}, i{} = first_column + row;", k_.across.index,
         turned_tile(), k_.outer - 1);
  for (const Instruction& i : k_.stages[0].body)
    if (is_turned(k_, i))
      w.line("tsc_ask_ahead(p{}, {}, {});", i.param.index, position(i.index), turned_tile());
}

void KernelEmitter::over_turned_tiles(Writer& w) {
  Dim tiles = 1;
  for (AxisId axis : axes_of_tiles())
    tiles = tiles * tiles_of_axis(axis);
  e_.tiles[number_] = tiles;
  const size_t last = k_.outer - 1;
  auto loop = w.block("for (tsc_i64 tile = begin; tile < end; tile += 1)");
  place_of_tile(w);
  tile_sizes(w);
  turn_tiles(w);
  auto row = w.block("for (tsc_i64 row = 0; row < rows; row += 1)");
  ask_ahead(w);
  w.line("const tsc_i64 i{} = first_row + row;", k_.across.index);
  in_run(w, k_.stages[0], "first_column", "columns", "column", [&] {
    if (k_.axes[last].extent.is_number()) w.line("TSC_ROLLED");
    auto column = w.block("for (tsc_i64 column = 0; column < columns; column += 1)");
    w.line("const tsc_i64 i{} = first_column + column;", last);
    body(w, k_.stages[0]);
  });
}

// A tile for each block of a grid.
void KernelEmitter::over_grid_tiles(Writer& w) {
  e_.headers.insert("turn.h");
  auto loop =
      w.block("for (tsc_i64 tile = tsc_block_number(); tile < points; tile += tsc_blocks())");
  place_of_tile(w);
  tile_sizes(w);
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
