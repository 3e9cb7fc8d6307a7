// How the points of a kernel are spread over a grid of threads: the emitter writes loops from it, a
// launcher computes the grid's size.
#pragma once

#include "ir/kernel.h"

namespace tsc {

// Threads of a block where each thread has points of its own, and the most where teams do: kernels
// are compiled for just these (launch bounds).
inline constexpr int lone_threads = 256, most_team_threads = 512;

struct Grid {
  std::vector<AxisId> spread; // outer axes whose points the grid shares
  std::vector<AxisId> serial; // outer axes that a thread walks in order, as their points may meet in
                              // memory (scatters)
  bool teams = false;         // a team of threads has each point and shares its stages' own axes
  Dim points = 1;             // of the spread axes
  Dim row = 1;                // points of the own axes that a team shares, in its first such stage
};

Grid grid_of(const Kernel& kernel);

} // namespace tsc
