// A program of kernels for a device, as plain data: what to compute on the host for a call (sizes,
// checks), what memory the call needs, and what to launch in order. Made of a Plan by
// compiler/device_program.h, run by runtime/device_executable.h. The kernels are code beside it.
//
// Axes of inputs are counted through: those of the first input, then those of the second, ...
#pragma once

#include "runtime/accelerator.h"
#include "runtime/size_code.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tsc {

// (size of the axis - rest) // slope.
struct DeviceSymbol {
  size_t axis = 0;
  SizeCode rest, slope;
};

// What `left` and `right` are in the report of a check that fails: values 0 and 1.
struct DeviceCheck {
  std::optional<size_t> axis; // whose size is the left side
  SizeCode left;              // else
  bool equality = true;       // else left <= right
  SizeCode right;
  int32_t check = 0; // in Manifest::checks
};

enum class DeviceHome : uint8_t { Input, Output, Constant, Workspace };

struct DeviceBuffer {
  DeviceHome home{};
  size_t index = 0; // which input, output, constant, or slot of the workspace
};

struct DeviceConstant {
  bool handed = false; // to the executable, in the order of those that are
  std::string bytes;   // else
};

// How the points of a kernel are shared among blocks of threads.
enum class Spread : uint8_t {
  Blocks,   // a block for each `share` points
  Teams,    // a team of threads for each point; a block has one, or several small ones
  Columns,  // `share` columns of threads a block, a column for each point
  Products, // a block for each tile of `share` rows and columns, and for each matrix
};

// A kernel's arguments are, in this order: numbers, buffers, symbols, and, where it reports errors,
// the address of a tsc_report.
struct DeviceLaunch {
  std::string kernel;
  std::vector<SizeCode> numbers; // how many points; of products: batch, m, n, k
  std::vector<size_t> buffers, symbols;
  bool reports = false;
  Spread spread{};
  GridSize threads; // of a block; of teams (x) and columns (y) the most, which long rows have
  unsigned share = 1;
  SizeCode row = SizeCode::number(1); // items that a team or a column shares
};

struct DeviceProgram {
  std::vector<DeviceSymbol> symbols;
  std::vector<DeviceCheck> checks;   // in the order in which they are made
  std::vector<SizeCode> output_axes; // the sizes of all outputs, axis after axis
  std::vector<SizeCode> slots;       // bytes of each slot of the workspace
  std::vector<DeviceConstant> constants;
  std::vector<DeviceBuffer> buffers;
  std::vector<DeviceLaunch> launches;
};

// `numbers` and `row` as the launch's code gives them in a call. None where there is nothing to do.
struct LaunchShape {
  GridSize grid, block;
};
std::optional<LaunchShape> shape_of(const DeviceLaunch& launch, std::span<const int64_t> numbers,
                                    int64_t row, const DeviceLimits& limits);

} // namespace tsc
