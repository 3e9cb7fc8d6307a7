// How the points of a kernel are spread over a grid of threads: the emitter writes loops from it, a
// launcher computes the grid's size.
#pragma once

#include "ir/kernel.h"

namespace tsc {

// Threads of a block where each thread has points of its own, and the most where teams do: kernels
// are compiled for just these (launch bounds).
inline constexpr int lone_threads = 256, most_team_threads = 512;

// A product's kernel has so many threads a block, and a block for each tile of so many rows and
// columns (prelude/product.h).
inline constexpr int product_threads = 256, product_tile = 64;

// A column's worth of threads: neighbouring threads take neighbouring points.
inline constexpr int columns_of_block = 32;

// Tiles of loads that run along another axis than the stores: of so many rows and columns, by a
// block of so many columns and rows of threads.
inline constexpr int turned_tile_of_grid = 32, turned_tile_rows = 8;

// Who computes a point.
enum class Crew : uint8_t {
  Thread, // one thread alone
  Team,   // a team, whose threads are neighbours: they share the items of the point's rows
  Column, // a team, one of whose threads stands in each row of the block: neighbouring threads have
          // neighbouring points, as memory has
  Tile,   // a block, the points of a tile of two axes (Kernel::across)
};

struct Grid {
  Crew crew = Crew::Thread;
  std::vector<AxisId> spread; // outer axes whose points the grid shares; with tiles: the others
  std::vector<AxisId> serial; // outer axes that a thread walks in order, as their points may meet
                              // in memory (scatters)
  Dim points = 1;             // of the spread axes; with tiles: how many tiles there are in all
  Dim row = 1;                // items that a team shares, in the first stage that has such
};

Grid grid_of(const Kernel& kernel);
Dim tiles_along(const Dim& extent, int tile = turned_tile_of_grid);

} // namespace tsc
