// The contract between an emitted program and whoever runs it: the runtime after JIT compilation,
// or the wrapper of an AOT library. Plain C layout; sizes and offsets never change, new members go
// last.
#ifndef TSC_PRELUDE_ABI_H
#define TSC_PRELUDE_ABI_H

#include "host.h"

// What went wrong: `check` counts into the manifest's table of checks, which holds the words and
// the user's source lines; `values` are the numbers those words ask for.
struct tsc_report {
  int32_t code;
  int32_t check;
  int64_t values[4];
};

// One call. `inputs`: the arguments, then the present value of each state. `outputs`: the results,
// then the next value of each state; they alias no input. All arrays are dense and row-major.
// `workspace`: 64-byte aligned, as many bytes as bind asked for. `sizes`: as bind filled it.
struct tsc_call {
  const void* const* inputs;
  void* const* outputs;
  const void* const* constants;
  void* workspace;
  const int64_t* sizes;
  const struct tsc_host* host;
  struct tsc_report* error;
};

// Every emitted program exports two functions:
//
//   int32_t tsc_bind(const int64_t* in_dims, int64_t* sizes, int64_t* out_dims, int64_t* workspace,
//                    struct tsc_report* error);
//     From the sizes of all inputs (arguments, then states; axis after axis) computes the symbols'
//     values, the sizes of all outputs (results, then next states) and the bytes of workspace.
//     Checks every size condition of the graph; returns TSC_OK or TSC_E_SHAPE.
//
//   int32_t tsc_run(const struct tsc_call* call);
//     Runs the whole program. Re-entrant. Returns TSC_OK or the code that it also put in
//     call->error.

#endif
