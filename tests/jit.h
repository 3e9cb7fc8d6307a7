// Builds without the CPU JIT: what their tests leave out, visibly, and what stays.
#pragma once

#include "tests/catch.h"

// At the top of a test case that compiles: where nothing can, the case counts as skipped.
#define NEEDS_JIT()                                                                                \
  do {                                                                                             \
    if (TSC_CPU_JIT) break;                                                                        \
    WARN("skipped: this build has no CPU JIT");                                                    \
    return;                                                                                        \
  } while (false)

// Each way to run a function: the test case runs once for each.
#if TSC_CPU_JIT
#define EACH_MODE() GENERATE(Mode::Compile, Mode::Interpret)
#else
#define EACH_MODE() Mode::Interpret
#endif
