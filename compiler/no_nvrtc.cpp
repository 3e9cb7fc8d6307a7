// Stands for nvrtc.cpp in builds without CUDA.
#include "compiler/nvrtc.h"
#include "support/error.h"

namespace tsc {
namespace {

[[noreturn]] void missing() {
  throw Error(Diag::NoBackend, "this build of tsc does not compile for GPUs")
      .hint("configure with -DTSC_CUDA=ON; no CUDA toolkit is needed for it");
}

} // namespace

CudaObject compile_cuda(const std::string&, const std::string&, CudaForm) { missing(); }
std::vector<std::string> known_gpus() { return {}; }
std::string nvrtc_identity() { missing(); }

} // namespace tsc
