// The fake driver as the driver's user opens it: the same library, so the same state.
#pragma once

#include "tests/gpu/fake_cuda.h"

#include <dlfcn.h>

namespace tsc {

inline FakeCuda& opened_fake_cuda() {
  static const auto get = reinterpret_cast<FakeCuda* (*)()>(
      dlsym(dlopen(TSC_FAKE_CUDA, RTLD_NOW | RTLD_LOCAL), "fake_cuda"));
  return *get();
}

} // namespace tsc
