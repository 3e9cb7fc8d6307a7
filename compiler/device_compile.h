// From a graph to something that runs on a device:
//
//   Graph -- optimise, lower, emit --> DeviceBuild -- toolchain --> code -- load -->
//   DeviceExecutable
#pragma once

#include "compiler/compile.h"
#include "compiler/program.h"
#include "ir/key.h"
#include "runtime/device_executable.h"

#include <memory>
#include <string>

namespace tsc {

// What the toolchain compiles, and what runs its kernels.
struct DeviceBuild {
  std::string source; // CUDA C, whole
  DeviceProgram program;
  Program words; // without code: its checks, and the constants that the graph hands over
};

// Throws Error for a graph that cannot be compiled (unbound size).
DeviceBuild built_for_device(const Canonical& asked, const CompileOptions& options = {});

// `code` is what the device loads.
std::shared_ptr<const DeviceExecutable> loaded(DeviceBuild build, const std::string& code,
                                               const Graph& asked, std::shared_ptr<Device> device);

} // namespace tsc
