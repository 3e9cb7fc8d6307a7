// From a graph to something that runs on a device:
//
//   Graph -- optimise, lower, emit --> DeviceBuild -- toolchain --> code -- load -->
//   DeviceExecutable
#pragma once

#include "compiler/compile.h"
#include "compiler/program.h"
#include "ir/key.h"
#include "runtime/cuda_driver.h"
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
                                               const Graph& asked,
                                               std::shared_ptr<Accelerator> device);

// All of it for a CUDA device: the code is a cubin by NVRTC, or by the kernel cache. Throws as
// built_for_device, compile_cuda and DeviceExecutable do.
std::shared_ptr<const DeviceExecutable> compile_for(const Graph& graph,
                                                    std::shared_ptr<CudaDevice> device,
                                                    CompileOptions options = {},
                                                    CompileReport* report = nullptr);

} // namespace tsc
