// A graph as CUDA C, and what NVRTC makes of it, through the kernel cache.
#pragma once

#include "compiler/compile.h"
#include "compiler/nvrtc.h"

#include <string>

namespace tsc {

// As planned(), for a grid of threads.
Plan planned_for_grid(const Graph& optimised_graph, const CompileOptions& options = {});

// `source` is CUDA C that we emitted; `options.gpu` says for what. Throws as compile_cuda.
CudaObject cuda_object(const std::string& source, CudaForm form, const CompileOptions& options = {},
                       CompileReport* report = nullptr);

// "k0: 32 registers, 4,224 bytes shared, no spills", a line for each kernel.
std::string text(const std::vector<KernelUse>& kernels);

} // namespace tsc
