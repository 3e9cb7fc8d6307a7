// What differs between the languages we emit, as data. The emitter has no `if (cuda)`.
#pragma once

namespace tsc {

struct Dialect {
  const char* name;      // "cpp" or "cuda": the --emit name
  const char* kernel;    // how a kernel's declaration begins
  const char* restrict_; // qualifier of pointers that alias nothing
  const char* range;     // the first parameters: which points a call computes
  bool grid;   // are points spread over a grid of threads? (else a call has a loop over them)
  bool pieces; // are long bodies cut? (loops over tiles of points, values between them in arrays)
  bool entry;  // is the program's entry part of the source? (else the runtime runs the steps)
};

inline constexpr Dialect cpp = {
    .name = "cpp",
    .kernel = "static void",
    .restrict_ = "__restrict",
    .range = "tsc_i64 begin, tsc_i64 end",
    .grid = false,
    .pieces = true,
    .entry = true,
};

inline constexpr Dialect cuda = {
    .name = "cuda",
    .kernel = "extern \"C\" __global__ void",
    .restrict_ = "__restrict__",
    .range = "tsc_i64 points",
    .grid = true,
    .pieces = false,
    .entry = false,
};

} // namespace tsc
