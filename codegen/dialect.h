// What differs between the languages we emit, as data. The emitter has no `if (cuda)`.
#pragma once

namespace tsc {

struct Dialect {
  const char* name;      // "cpp" or "cuda": the --emit name
  const char* kernel;    // how a kernel's declaration begins
  const char* restrict_; // qualifier of pointers that alias nothing
  // The loop over the first outer axis, {0} its variable.
  const char* outer_loop;
  bool pieces; // are long bodies cut? (loops over tiles of points, values between them in arrays)
  bool entry;  // is the program's entry part of the source? (else the runtime runs the steps)
};

inline constexpr Dialect cpp = {
    .name = "cpp",
    .kernel = "static void",
    .restrict_ = "__restrict",
    .outer_loop = "for (tsc_i64 {0} = begin; {0} < end; {0} += 1)",
    .pieces = true,
    .entry = true,
};

inline constexpr Dialect cuda = {
    .name = "cuda",
    .kernel = "extern \"C\" __global__ void",
    .restrict_ = "__restrict__",
    .outer_loop = "for (tsc_i64 {0} = begin + blockIdx.x * (tsc_i64)blockDim.x + threadIdx.x; {0} "
                  "< end; {0} += (tsc_i64)gridDim.x * blockDim.x)",
    .pieces = false,
    .entry = false,
};

} // namespace tsc
