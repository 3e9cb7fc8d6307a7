#include "runtime/cuda_driver.h"

#include "support/error.h"

namespace tsc {

struct CudaDriver::Library {};

CudaDriver::CudaDriver(const std::string&) {
  throw Error(Diag::NoBackend, "this build of tsc cannot run code on GPUs")
      .hint("build with -DTSC_CUDA=ON");
}
CudaDriver::~CudaDriver() = default;
int CudaDriver::version() const { return 0; }
std::vector<CudaDeviceInfo> CudaDriver::devices() const { return {}; }
std::shared_ptr<CudaDevice> CudaDriver::device(int) const { return nullptr; }
std::string CudaDeviceInfo::architecture() const { return ""; }

const CudaDriver& cuda_driver() {
  static const CudaDriver driver("");
  return driver;
}

} // namespace tsc
