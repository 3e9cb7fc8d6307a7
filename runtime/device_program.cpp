#include "runtime/device_program.h"

#include "support/error.h"

#include <algorithm>
#include <bit>

namespace tsc {

namespace {

constexpr int64_t items_of_thread =
    4; // of a row, for long rows: a fold costs as much as some items
constexpr unsigned warp = 32;
constexpr unsigned small_teams = 256; // threads of a block whose teams are no larger than a warp

unsigned at_most(int64_t wanted, int64_t most) {
  return static_cast<unsigned>(std::clamp<int64_t>(wanted, 1, most));
}

int64_t parts(int64_t whole, int64_t part) { return whole / part + (whole % part != 0); }

// A power of two that fits the row.
unsigned threads_for(int64_t row, unsigned most) {
  const auto wanted =
      static_cast<unsigned>(std::clamp<int64_t>(parts(row, items_of_thread), 1, most));
  return std::min(std::bit_ceil(wanted), most);
}

GridSize team_block(int64_t row, unsigned most) {
  unsigned team = threads_for(row, most);
  if (row >= warp) team = std::max(team, std::min(warp, most));
  return {team, team <= warp ? small_teams / team : 1, 1};
}

} // namespace

std::optional<LaunchShape> shape_of(const DeviceLaunch& launch, std::span<const int64_t> numbers,
                                    int64_t row, const DeviceLimits& limits) {
  if (launch.spread == Spread::Products) {
    TSC_CHECK(numbers.size() == 4);
    const int64_t batch = numbers[0], m = numbers[1], n = numbers[2];
    if (batch <= 0 || m <= 0 || n <= 0) return std::nullopt;
    return LaunchShape{{at_most(parts(n, launch.share), INT32_MAX),
                        at_most(parts(m, launch.share), limits.grid_y),
                        at_most(batch, limits.grid_z)},
                       launch.threads};
  }
  TSC_CHECK(numbers.size() == 1);
  const int64_t points = numbers[0];
  if (points <= 0) return std::nullopt;
  GridSize block = launch.threads;
  int64_t share = launch.share;
  if (launch.spread == Spread::Teams) {
    block = team_block(row, launch.threads.x);
    share = block.y;
  } else if (launch.spread == Spread::Columns) {
    block.y = threads_for(row, launch.threads.y);
  }
  return LaunchShape{{at_most(parts(points, share), limits.blocks), 1, 1}, block};
}

} // namespace tsc
