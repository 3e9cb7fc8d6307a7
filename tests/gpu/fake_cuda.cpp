#include "tests/gpu/fake_cuda.h"

#include "runtime/cuda_types.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <type_traits>

#pragma GCC visibility push(default)
namespace tsc {
extern "C" {
#define CUDA_FUNCTION(name, parameters) int name parameters;
#include "runtime/cuda_driver.def"
FakeCuda* fake_cuda();
}
} // namespace tsc
#pragma GCC visibility pop

namespace tsc {

namespace {

enum {
#define CUDA_NUMBER(name, value) name = value,
#include "runtime/cuda_driver.def"
};
constexpr int invalid = 1, no_context = 201, illegal_address = 700; // as cuda.h has them

struct Module {
  std::map<std::string, std::string> functions;
};
struct Stream {
  std::vector<std::function<void()>> told;
  int failed = 0;
};

FakeCuda fake;
std::recursive_mutex mutex;
int context, pool; // their addresses are the handles
thread_local std::vector<void*> current;
std::map<uint64_t, size_t> memory;

void misuse(const std::string& what) {
  if (fake.misuse.empty()) fake.misuse = what;
}

// Notes the call and says whether it fails.
int begin(const char* function, bool needs_context, const std::string& log = "") {
  if (fake.fails == function && fake.after-- == 0) return fake.result;
  if (needs_context && (current.empty() || current.back() != &context)) {
    misuse(fmt::format("{} without a context", function));
    return no_context;
  }
  if (!log.empty()) fake.calls.push_back(log);
  return CUDA_SUCCESS;
}

#define BEGIN(...)                                                                                 \
  const std::lock_guard lock(mutex);                                                               \
  if (const int failed = begin(__func__, __VA_ARGS__)) return failed

bool inside(uint64_t address, size_t bytes) {
  auto next = memory.upper_bound(address);
  if (next == memory.begin()) return false;
  --next;
  return address + bytes <= next->first + next->second;
}

int flush(Stream& stream) {
  for (const auto& step : stream.told)
    step();
  stream.told.clear();
  return stream.failed;
}

// What a stream is told to do with a piece of the device's memory.
int tell(void* handle, uint64_t address, size_t bytes, const std::function<void()>& step) {
  auto* stream = static_cast<Stream*>(handle);
  if (bytes == 0) return invalid;
  stream->told.push_back([=] {
    if (inside(address, bytes)) return step();
    misuse("memory that is not there");
    stream->failed = illegal_address;
  });
  return CUDA_SUCCESS;
}

int new_memory(uint64_t* address, size_t bytes) {
  if (bytes == 0) return invalid;
  void* place = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(place, 0xa5, bytes);
  *address = reinterpret_cast<uint64_t>(place);
  memory[*address] = bytes;
  ++fake.memory;
  return CUDA_SUCCESS;
}

void free_memory(uint64_t address) {
  if (!memory.erase(address)) return misuse("memory freed twice");
  std::free(reinterpret_cast<void*>(address));
  --fake.memory;
}

} // namespace

FakeCuda* fake_cuda() { return &fake; }

int cuInit(unsigned) {
  BEGIN(false, "init");
  return CUDA_SUCCESS;
}
int cuDriverGetVersion(int* version) {
  BEGIN(false);
  *version = 13000;
  return CUDA_SUCCESS;
}
int cuGetErrorName(int error, const char** name) {
  static const std::map<int, const char*> names = {{2, "CUDA_ERROR_OUT_OF_MEMORY"},
                                                   {3, "CUDA_ERROR_NOT_INITIALIZED"},
                                                   {100, "CUDA_ERROR_NO_DEVICE"},
                                                   {201, "CUDA_ERROR_INVALID_CONTEXT"},
                                                   {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}};
  const auto found = names.find(error);
  *name = found == names.end() ? nullptr : found->second;
  return *name ? CUDA_SUCCESS : invalid;
}
int cuGetErrorString(int error, const char** text) {
  *text = error == 700 ? "an illegal memory access was encountered" : "words of the driver";
  return CUDA_SUCCESS;
}
int cuDeviceGetCount(int* count) {
  BEGIN(false);
  *count = fake.devices;
  return CUDA_SUCCESS;
}
int cuDeviceGet(int* device, int ordinal) {
  BEGIN(false);
  *device = ordinal + 10; // a handle, no number
  return ordinal >= 0 && ordinal < fake.devices ? CUDA_SUCCESS : invalid;
}
int cuDeviceGetName(char* name, int length, int device) {
  BEGIN(false);
  std::strncpy(name, fmt::format("Fake GPU {}", device - 10).c_str(), static_cast<size_t>(length));
  return CUDA_SUCCESS;
}
int cuDeviceTotalMem_v2(size_t* bytes, int) {
  BEGIN(false);
  *bytes = size_t{1} << 36;
  return CUDA_SUCCESS;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  BEGIN(false);
  if (attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) *value = 9;
  if (attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR) *value = 0;
  if (attribute == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT) *value = 2;
  if (attribute == CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) *value = fake.pools;
  return CUDA_SUCCESS;
}
int cuDevicePrimaryCtxRetain(void** handle, int) {
  BEGIN(false, "retain");
  *handle = &context;
  ++fake.contexts;
  return CUDA_SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) {
  BEGIN(false, "release");
  --fake.contexts;
  return CUDA_SUCCESS;
}
int cuCtxPushCurrent_v2(void* handle) {
  BEGIN(false);
  current.push_back(handle);
  return CUDA_SUCCESS;
}
int cuCtxPopCurrent_v2(void** handle) {
  BEGIN(true);
  *handle = current.back();
  current.pop_back();
  return CUDA_SUCCESS;
}
int cuMemPoolCreate(void** handle, const CudaPool* properties) {
  BEGIN(false, "make pool");
  if (properties->allocation != CU_MEM_ALLOCATION_TYPE_PINNED ||
      properties->location != CU_MEM_LOCATION_TYPE_DEVICE)
    return invalid;
  *handle = &pool;
  ++fake.memory_pools;
  return CUDA_SUCCESS;
}
int cuMemPoolSetAttribute(void*, int attribute, void* value) {
  BEGIN(false);
  uint64_t threshold = 0;
  std::memcpy(&threshold, value, sizeof threshold);
  return attribute == CU_MEMPOOL_ATTR_RELEASE_THRESHOLD && threshold ? CUDA_SUCCESS : invalid;
}
int cuMemPoolDestroy(void*) {
  BEGIN(false, "drop pool");
  --fake.memory_pools;
  return CUDA_SUCCESS;
}
int cuMemAllocFromPoolAsync(uint64_t* address, size_t bytes, void* from, void*) {
  BEGIN(true, fmt::format("allocate {} of pool", bytes));
  return from == &pool ? new_memory(address, bytes) : invalid;
}
int cuMemFreeAsync(uint64_t address, void* stream) {
  BEGIN(true, "free to pool");
  static_cast<Stream*>(stream)->told.push_back([=] { free_memory(address); });
  return CUDA_SUCCESS;
}
int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  BEGIN(true, fmt::format("allocate {}", bytes));
  return new_memory(address, bytes);
}
int cuMemFree_v2(uint64_t address) {
  BEGIN(true, "free");
  free_memory(address);
  return CUDA_SUCCESS;
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* stream) {
  BEGIN(true, fmt::format("upload {}", bytes));
  return tell(stream, to, bytes, [=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
}
int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void* stream) {
  BEGIN(true, fmt::format("download {}", bytes));
  return tell(stream, from, bytes,
              [=] { std::memcpy(to, reinterpret_cast<const void*>(from), bytes); });
}
int cuMemsetD8Async(uint64_t address, unsigned char value, size_t bytes, void* stream) {
  BEGIN(true, fmt::format("set {}", bytes));
  return tell(stream, address, bytes,
              [=] { std::memset(reinterpret_cast<void*>(address), value, bytes); });
}
int cuModuleLoadData(void** module, const void*) {
  BEGIN(true, "load");
  *module = new Module;
  ++fake.modules;
  return CUDA_SUCCESS;
}
int cuModuleUnload(void* module) {
  BEGIN(true, "unload");
  delete static_cast<Module*>(module);
  --fake.modules;
  return CUDA_SUCCESS;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
  BEGIN(true);
  if (std::strcmp(name, "missing") == 0) return CUDA_ERROR_NOT_FOUND;
  *function = &static_cast<Module*>(module)->functions.try_emplace(name, name).first->second;
  return CUDA_SUCCESS;
}
int cuStreamCreate(void** stream, unsigned flags) {
  BEGIN(true, "make stream");
  if (flags != CU_STREAM_NON_BLOCKING) return invalid;
  *stream = new Stream;
  ++fake.streams;
  return CUDA_SUCCESS;
}
int cuStreamDestroy_v2(void* stream) {
  BEGIN(true, "drop stream");
  if (!static_cast<Stream*>(stream)->told.empty()) misuse("a stream that was not waited for");
  delete static_cast<Stream*>(stream);
  --fake.streams;
  return CUDA_SUCCESS;
}
int cuStreamSynchronize(void* stream) {
  BEGIN(true, "wait");
  return flush(*static_cast<Stream*>(stream));
}
int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned, void* stream,
                   void** arguments, void**) {
  const std::string& name = *static_cast<const std::string*>(function);
  BEGIN(true, fmt::format("launch {} {}x{}x{} {}x{}x{}", name, grid_x, grid_y, grid_z, block_x,
                          block_y, block_z));
  if (!grid_x || !grid_y || !grid_z || grid_y > 65535 || grid_z > 65535 ||
      block_x * block_y * block_z > 1024)
    return invalid;
  if (const int failed = flush(*static_cast<Stream*>(stream))) return failed;
  if (fake.on_launch)
    fake.on_launch(name, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, arguments);
  return CUDA_SUCCESS;
}

} // namespace tsc
