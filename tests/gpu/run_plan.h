// Runs a plan's CUDA kernels on the emulator, each buffer with memory of its own.
#pragma once

#include "ir/plan.h"
#include "ir/tensor_value.h"
#include "tests/gpu/emulator.h"

#include <span>
#include <vector>

namespace tsc::emulator {

// How kernels are launched: results may depend on the width alone, and that only in how sums are
// rounded.
struct LaunchStyle {
  unsigned team = 64;       // threads of a team, a power of two from 1 to 512
  unsigned column = 8;      // threads of a column, a power of two from 1 to 16
  unsigned most_blocks = 4; // fewer than points: threads take several
  Order order = Order::Forward;
  Memory::Tight tight = Memory::Tight::AtEnd;
};

// `plan` was lowered for a grid; `inputs`: arguments, then states. Returns what interpret(plan)
// calls outputs. Throws std::runtime_error as emulator::Module does, and where an index is out of
// range.
std::vector<TensorValue> run_on_grid(const Plan& plan, std::span<const TensorValue> inputs,
                                     const LaunchStyle& style);

} // namespace tsc::emulator
