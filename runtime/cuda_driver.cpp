#include "runtime/cuda_driver.h"

#include "runtime/cuda_types.h"
#include "support/error.h"
#include "support/settings.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <mutex>
#include <unistd.h>

namespace tsc {

namespace {

enum {
#define CUDA_NUMBER(name, value) name = value,
#include "runtime/cuda_driver.def"
};

constexpr unsigned blocks_of_multiprocessor = 32; // enough that the last ones do not matter

Error no_device(const std::string& message) {
  return Error(Diag::NoDevice, message)
      .hint("CUDA devices need NVIDIA's driver; TSC_CUDA_DRIVER names its library where the system "
            "does not find it");
}

} // namespace

// The driver's functions.
struct CudaDriver::Library {
#define CUDA_FUNCTION(name, parameters) int(*name) parameters = nullptr;
#include "runtime/cuda_driver.def"

  explicit Library(const std::string& file);
  ~Library() { dlclose(handle); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Throws unless `result` is success. `doing` completes "cannot ...".
  void check(int result, const char* doing) const {
    if (result != CUDA_SUCCESS) fail(result, doing);
  }
  [[noreturn]] void fail(int result, const std::string& doing) const;
  std::string words(int result) const; // "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected"

  void* handle = nullptr;
  const pid_t process = getpid(); // that opened it
};

CudaDriver::Library::Library(const std::string& file) {
  handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw no_device(fmt::format("the CUDA driver '{}' cannot be opened", printable(file)));
  const char* missing = nullptr;
#define CUDA_FUNCTION(function, parameters)                                                        \
  function = reinterpret_cast<int(*) parameters>(dlsym(handle, #function));                        \
  if (!function && !missing) missing = #function;
#include "runtime/cuda_driver.def"
  if (!missing) return;
  dlclose(handle);
  throw no_device(
      fmt::format("the CUDA driver '{}' is too old: it lacks {}", printable(file), missing));
}

std::string CudaDriver::Library::words(int result) const {
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return fmt::format("error {}", result);
  if (cuGetErrorString(result, &text) != CUDA_SUCCESS || !text) return name;
  return fmt::format("{}: {}", printable(name), printable(text, 200));
}

void CudaDriver::Library::fail(int result, const std::string& doing) const {
  if (result == CUDA_ERROR_OUT_OF_MEMORY)
    throw Error(Diag::OutOfMemory, fmt::format("the device has not enough memory to {}", doing));
  Error error(Diag::DeviceFailed, fmt::format("cannot {}: {}", doing, words(result)));
  if (getpid() != process)
    error.hint(
        "a child of fork() cannot use CUDA once its parent does: start workers as programs of "
        "their own (spawn), or use no device before fork()");
  throw error;
}

// A device and its primary context, which CUDA's own runtime uses as well. Its memory comes from a
// pool of ours that keeps what calls gave back.
class CudaDriver::Opened : public CudaDevice, public std::enable_shared_from_this<Opened> {
public:
  Opened(std::shared_ptr<const Library> library, CudaDeviceInfo info, int device);
  ~Opened() override;

  const CudaDeviceInfo& info() const override { return info_; }
  DeviceLimits limits() const override {
    return {.blocks = static_cast<unsigned>(info_.multiprocessors) * blocks_of_multiprocessor};
  }
  std::unique_ptr<DeviceCode> load(const std::string& code) override;
  std::unique_ptr<DeviceQueue> queue() override;

  const Library& library() const { return *library_; }
  void* context() const { return context_; }
  void* pool() const { return pool_; } // null where the device has none

private:
  void make_pool();

  const std::shared_ptr<const Library> library_;
  const CudaDeviceInfo info_;
  const int device_;
  void* context_ = nullptr;
  void* pool_ = nullptr;
};

// Makes the device's context the thread's, for a scope.
class CudaDriver::Context {
public:
  explicit Context(const Opened& device) : library_(device.library()) {
    library_.check(library_.cuCtxPushCurrent_v2(device.context()), "use the device's context");
  }
  ~Context() {
    void* ours = nullptr;
    library_.cuCtxPopCurrent_v2(&ours);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

private:
  const Library& library_;
};

CudaDriver::Opened::Opened(std::shared_ptr<const Library> library, CudaDeviceInfo info, int device)
    : library_(std::move(library)), info_(std::move(info)), device_(device) {
  library_->check(library_->cuDevicePrimaryCtxRetain(&context_, device_), "start the device");
  try {
    make_pool();
  } catch (...) {
    library_->cuDevicePrimaryCtxRelease_v2(device_);
    throw;
  }
}

CudaDriver::Opened::~Opened() {
  if (pool_) library_->cuMemPoolDestroy(pool_);
  library_->cuDevicePrimaryCtxRelease_v2(device_);
}

void CudaDriver::Opened::make_pool() {
  int pools = 0;
  library_->check(
      library_->cuDeviceGetAttribute(&pools, CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, device_),
      "ask about the device");
  if (!pools) return;
  const CudaPool ours{.allocation = CU_MEM_ALLOCATION_TYPE_PINNED,
                      .location = CU_MEM_LOCATION_TYPE_DEVICE,
                      .device = device_};
  library_->check(library_->cuMemPoolCreate(&pool_, &ours), "make a pool of memory");
  uint64_t keep = UINT64_MAX; // all that was given back
  library_->cuMemPoolSetAttribute(pool_, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep);
}

class CudaDriver::Code : public DeviceCode {
public:
  Code(std::shared_ptr<const Opened> device, const std::string& cubin)
      : device_(std::move(device)) {
    const Context scope(*device_);
    library().check(library().cuModuleLoadData(&module_, cubin.data()), "load the program");
  }
  ~Code() override {
    try {
      const Context scope(*device_);
      library().cuModuleUnload(module_);
    } catch (const Error&) { // the driver has ended, or the device has failed: nothing to unload
    }
  }
  DeviceKernel kernel(const std::string& name) const override {
    const Context scope(*device_);
    void* function = nullptr;
    const int result = library().cuModuleGetFunction(&function, module_, name.c_str());
    if (result == CUDA_ERROR_NOT_FOUND)
      throw InternalError(fmt::format("the program has no kernel {}", name));
    library().check(result, "find a kernel of the program");
    return function;
  }

private:
  const Library& library() const { return device_->library(); }

  const std::shared_ptr<const Opened> device_;
  void* module_ = nullptr;
};

// A stream.
class CudaDriver::Queue : public DeviceQueue {
public:
  explicit Queue(std::shared_ptr<const Opened> device) : device_(std::move(device)) {
    const Context scope(*device_);
    check(library().cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), "make a stream");
  }
  ~Queue() override {
    try {
      const Context scope(*device_);
      library().cuStreamSynchronize(stream_);
      library().cuStreamDestroy_v2(stream_);
    } catch (const Error&) { // as in Code
    }
  }

  DeviceAddress allocate(size_t bytes) override;
  void release(DeviceAddress memory) noexcept override;
  void upload(DeviceAddress to, const void* from, size_t bytes) override {
    const Context scope(*device_);
    check(library().cuMemcpyHtoDAsync_v2(to, from, bytes, stream_), "copy to the device");
  }
  void download(void* to, DeviceAddress from, size_t bytes) override {
    const Context scope(*device_);
    check(library().cuMemcpyDtoHAsync_v2(to, from, bytes, stream_), "copy from the device");
  }
  void zero(DeviceAddress memory, size_t bytes) override {
    const Context scope(*device_);
    check(library().cuMemsetD8Async(memory, 0, bytes, stream_), "clear memory");
  }
  void launch(DeviceKernel kernel, GridSize grid, GridSize block, void** arguments) override {
    const Context scope(*device_);
    check(library().cuLaunchKernel(const_cast<void*>(kernel), grid.x, grid.y, grid.z, block.x,
                                   block.y, block.z, 0, stream_, arguments, nullptr),
          "launch a kernel");
  }
  void synchronise() override {
    const Context scope(*device_);
    check(library().cuStreamSynchronize(stream_), "finish the program");
  }

private:
  const Library& library() const { return device_->library(); }
  void check(int result, const char* doing) const { library().check(result, doing); }

  const std::shared_ptr<const Opened> device_;
  void* stream_ = nullptr;
};

DeviceAddress CudaDriver::Queue::allocate(size_t bytes) {
  const Context scope(*device_);
  DeviceAddress memory = 0;
  const int result =
      device_->pool() ? library().cuMemAllocFromPoolAsync(&memory, bytes, device_->pool(), stream_)
                      : library().cuMemAlloc_v2(&memory, bytes);
  if (result != CUDA_SUCCESS) library().fail(result, fmt::format("allocate {} bytes", bytes));
  return memory;
}

void CudaDriver::Queue::release(DeviceAddress memory) noexcept {
  try {
    const Context scope(*device_);
    if (device_->pool())
      library().cuMemFreeAsync(memory, stream_);
    else
      library().cuMemFree_v2(memory); // waits for the device
  } catch (...) {                     // as in Code
  }
}

std::unique_ptr<DeviceCode> CudaDriver::Opened::load(const std::string& code) {
  return std::make_unique<Code>(shared_from_this(), code);
}

std::unique_ptr<DeviceQueue> CudaDriver::Opened::queue() {
  return std::make_unique<Queue>(shared_from_this());
}

CudaDriver::CudaDriver(const std::string& library)
    : library_(std::make_shared<const Library>(library)) {
  if (const int result = library_->cuInit(0); result != CUDA_SUCCESS)
    throw no_device(fmt::format("the CUDA driver does not start: {}", library_->words(result)));
}

CudaDriver::~CudaDriver() = default;

int CudaDriver::version() const {
  int number = 0;
  library_->check(library_->cuDriverGetVersion(&number), "ask for the driver's version");
  return number;
}

CudaDeviceInfo CudaDriver::info(int number) const {
  const auto check = [this](int result) { library_->check(result, "ask about the device"); };
  int device = 0;
  check(library_->cuDeviceGet(&device, number));
  CudaDeviceInfo info{.number = number};
  char name[256] = "";
  check(library_->cuDeviceGetName(name, sizeof name, device));
  info.name = name;
  check(library_->cuDeviceTotalMem_v2(&info.bytes, device));
  const std::pair<int*, int> attributes[] = {
      {&info.major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR},
      {&info.minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR},
      {&info.multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT}};
  for (const auto& [value, attribute] : attributes)
    check(library_->cuDeviceGetAttribute(value, attribute, device));
  return info;
}

std::vector<CudaDeviceInfo> CudaDriver::devices() const {
  int count = 0;
  library_->check(library_->cuDeviceGetCount(&count), "count the devices");
  std::vector<CudaDeviceInfo> all;
  for (int number = 0; number < count; ++number)
    all.push_back(info(number));
  return all;
}

std::shared_ptr<CudaDevice> CudaDriver::device(int number) const {
  int count = 0, device = 0;
  library_->check(library_->cuDeviceGetCount(&count), "count the devices");
  if (number < 0 || number >= count)
    throw Error(Diag::NoDevice, fmt::format("there is no device cuda:{}", number))
        .hint(count ? fmt::format("the last one is cuda:{}", count - 1)
                    : "the driver sees no device; CUDA_VISIBLE_DEVICES may hide some");
  library_->check(library_->cuDeviceGet(&device, number), "ask about the device");
  const std::lock_guard lock(mutex_);
  std::shared_ptr<CudaDevice> open = open_[number].lock();
  if (!open) open_[number] = open = std::make_shared<Opened>(library_, info(number), device);
  return open;
}

std::string CudaDeviceInfo::architecture() const { return fmt::format("sm_{}{}", major, minor); }

const CudaDriver& cuda_driver() {
  static const CudaDriver driver([] {
    const std::string named = value(Setting::CudaDriver);
    return named.empty() ? std::string("libcuda.so.1") : named;
  }());
  return driver;
}

} // namespace tsc
