// The GPU toolchain: NVRTC from CUDA C to machine code or PTX, in process and in memory. Its
// library is opened when it is first needed, so that one binary serves machines with and without
// it, and a build needs no CUDA toolkit. All functions are thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tsc {

enum class CudaForm {
  Cubin, // machine code of one GPU architecture
  Ptx, // NVIDIA's portable assembly, which the driver compiles for that architecture or a later one
};

// What one kernel takes of a GPU, as the assembler says. Known of machine code alone.
struct KernelUse {
  std::string kernel; // "k0"
  int registers = 0;  // of each thread
  int shared = 0;     // bytes of each block
  int stack = 0;      // bytes of each thread
  int spilled = 0;    // bytes of registers that went to memory, stores and loads
  bool operator==(const KernelUse&) const = default;
};

struct CudaObject {
  std::string code; // of a cubin: the file's bytes; of PTX: its text
  std::vector<KernelUse> kernels;
};

// Compiles `source`, which we emitted, so that a diagnostic of NVRTC's is our bug and throws
// InternalError with its first message. `gpu` is an architecture as known_gpus() names it: else
// Error(BadTarget) with a suggestion. Throws Error(NoBackend) where there is no NVRTC.
CudaObject compile_cuda(const std::string& source, const std::string& gpu, CudaForm form);

// The architectures that NVRTC compiles for, oldest first: "sm_80", "sm_90". None where it is
// missing.
std::vector<std::string> known_gpus();

// Names the compiler for cache keys: NVRTC's version and our options. Throws as compile_cuda.
std::string nvrtc_identity();

} // namespace tsc
