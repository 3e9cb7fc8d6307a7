// runtime/cuda_driver over a libcuda.so of ours (tests/gpu/fake_cuda.h): order of calls, errors,
// and what is left.
#include "runtime/cuda_driver.h"

#include "codegen/prelude/abi.h"
#include "runtime/device_executable.h"
#include "tests/catch.h"
#include "tests/gpu/open_fake_cuda.h"
#include "tests/message.h"
#include "tests/sanitized.h"

#include <algorithm>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace tsc;

#if TSC_CUDA

namespace {

FakeCuda& fresh() { return opened_fake_cuda() = FakeCuda(); }

std::shared_ptr<CudaDevice> device() { return CudaDriver(TSC_FAKE_CUDA).device(0); }

// y[n] = x + c, where the kernel is the test's.
Manifest manifest() {
  return {
      .inputs = {{"x", DType::F32, 1, "f32[n]", "model.cpp:17"}},
      .outputs = {{"y", DType::F32, 1, "f32[n]", "model.cpp:30"}},
      .constants = 1,
      .checks = {{"E0504", "index {0} is outside axis 0, which has {1}", "model.cpp:20", {}, ""}}};
}

DeviceProgram program(const std::string& kernel = "k0") {
  const SizeCode n = {{{SizeCode::Do::Symbol, 0}}};
  DeviceProgram p;
  p.symbols = {{0, SizeCode::number(0), SizeCode::number(1)}};
  p.output_axes = {n};
  p.slots = {SizeCode::number(100)};
  p.constants = {{true, ""}};
  p.buffers = {{DeviceHome::Input, 0}, {DeviceHome::Constant, 0}, {DeviceHome::Output, 0}};
  p.launches = {{.kernel = kernel,
                 .numbers = {n},
                 .buffers = {0, 1, 2},
                 .symbols = {0},
                 .reports = true,
                 .spread = Spread::Blocks,
                 .threads = {256, 1, 1},
                 .share = 256}};
  return p;
}

template <class T>
T argument(void** arguments, size_t i) {
  return *static_cast<T*>(arguments[i]);
}

void add(const std::string&, GridSize, GridSize, void** a) {
  const auto n = argument<int64_t>(a, 0);
  CHECK(argument<int64_t>(a, 4) == n);
  for (int64_t i = 0; i < n; ++i)
    argument<float*>(a, 3)[i] = argument<const float*>(a, 1)[i] + argument<const float*>(a, 2)[0];
  auto* report = argument<tsc_report*>(a, 5);
  CHECK(report->code == 0);
  if (n == 9) *report = {TSC_E_INDEX, 0, {9, 3, 0, 0}};
}

std::unique_ptr<DeviceExecutable> executable() {
  return std::make_unique<DeviceExecutable>(manifest(), program(), "code",
                                            std::vector{Array::of<float>({10})}, device());
}

const Array x = Array::of<float>({1, 2, 3});
const Array sum = Array::of<float>({11, 12, 13});

} // namespace

TEST_CASE("the CUDA driver tells of its devices") {
  fresh().devices = 2;
  const CudaDriver driver(TSC_FAKE_CUDA);
  CHECK(driver.version() == 13000);
  const auto devices = driver.devices();
  REQUIRE(devices.size() == 2);
  CHECK(devices[1].number == 1);
  CHECK(devices[1].name == "Fake GPU 1");
  CHECK(devices[1].architecture() == "sm_90");
  CHECK(devices[1].bytes == size_t{1} << 36);
  CHECK(driver.device(1)->limits().blocks == 64);
  {
    const auto held = driver.device(1);
    CHECK(driver.device(1) == held);
    CHECK(opened_fake_cuda().contexts == 1);
  }
  CHECK(opened_fake_cuda().alive() == 0);
}

TEST_CASE("a call of a program on CUDA: what the driver is told, in order") {
  fresh().on_launch = add;
  {
    const auto e = executable();
    CHECK(opened_fake_cuda().calls ==
          std::vector<std::string>{"init", "retain", "make pool", "load", "make stream",
                                   "allocate 256 of pool", "upload 4", "wait"});
    opened_fake_cuda().calls.clear();
    CHECK(e->run({&x, 1})[0] == sum);
    CHECK(opened_fake_cuda().calls ==
          std::vector<std::string>{"allocate 1024 of pool", "set 40", "upload 12",
                                   "launch k0 1x1x1 256x1x1", "download 40", "download 12", "wait",
                                   "free to pool"});
    opened_fake_cuda().calls.clear();
    const Array none = Array::zeros(DType::F32, {0});
    CHECK(e->run({&none, 1})[0].type() == "f32[0]");
    CHECK(opened_fake_cuda().calls == std::vector<std::string>{"allocate 512 of pool", "set 40",
                                                               "download 40", "wait",
                                                               "free to pool"});
  }
  CHECK(opened_fake_cuda().alive() == 0);
  CHECK(opened_fake_cuda().misuse == "");
}

TEST_CASE("devices without pools of memory have plain memory") {
  fresh().pools = false;
  opened_fake_cuda().on_launch = add;
  CHECK(executable()->run({&x, 1})[0] == sum);
  CHECK(opened_fake_cuda().calls[3] == "make stream");
  CHECK(opened_fake_cuda().calls[4] == "allocate 256");
  CHECK(opened_fake_cuda().alive() == 0);
  CHECK(opened_fake_cuda().misuse == "");
}

TEST_CASE("a call on CUDA with a bad index throws what the CPU does, and the next one is right") {
  fresh().on_launch = add;
  const Array nine = Array::zeros(DType::F32, {9});
  for (const bool last : {false, true}) {
    const auto e = executable();
    CHECK(message_of([&] { e->run({&nine, 1}); }) ==
          "error[E0504] index-range: index 9 is outside axis 0, which has 3\n  --> model.cpp:20");
    if (!last) CHECK(e->run({&x, 1})[0] == sum);
  }
  CHECK(opened_fake_cuda().alive() == 0);
  CHECK(opened_fake_cuda().misuse == "");
}

TEST_CASE("whatever fails in the CUDA driver is told in its words, and leaves nothing behind") {
  fresh();
  const char* failing[] = {"cuCtxPushCurrent_v2",  "cuDeviceGetCount", "cuDevicePrimaryCtxRetain",
                           "cuLaunchKernel",       "cuMemPoolCreate",  "cuMemcpyDtoHAsync_v2",
                           "cuMemcpyHtoDAsync_v2", "cuMemsetD8Async",  "cuModuleLoadData",
                           "cuModuleGetFunction",  "cuStreamCreate",   "cuStreamSynchronize"};
  for (const char* function : failing)
    for (int after = 0; after < 2; ++after) {
      INFO(function << " after " << after);
      fresh().on_launch = add;
      opened_fake_cuda().fails = function;
      opened_fake_cuda().result = 700;
      opened_fake_cuda().after = after;
      const std::string message = message_of([] {
        const auto e = executable();
        e->run({&x, 1});
        e->run({&x, 1});
      });
      // What a program does once does not fail the second time.
      if (after == 0 || message != "no error") {
        CHECK(message.starts_with("error[E0510] device-failed: cannot "));
        CHECK(
            message.find("CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered") !=
            std::string::npos);
      }
      CHECK(opened_fake_cuda().alive() == 0);
      CHECK(opened_fake_cuda().misuse == "");
    }
}

TEST_CASE("a device without memory for a call says so") {
  fresh().on_launch = add;
  const auto e = executable();
  opened_fake_cuda().fails = "cuMemAllocFromPoolAsync";
  opened_fake_cuda().result = 2;
  CHECK(message_of([&] { e->run({&x, 1}); }) ==
        "error[E0507] out-of-memory: the device has not enough memory to allocate 1024 bytes");
  CHECK(e->run({&x, 1})[0] == sum);
}

#if !TSC_TSAN // which does not follow threads into a child
TEST_CASE("a child of fork() learns why it cannot use its parent's device") {
  fresh().on_launch = add;
  const auto e = executable();
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    opened_fake_cuda().fails = "cuCtxPushCurrent_v2"; // as NVIDIA's does
    opened_fake_cuda().result = 3;
    const std::string message = message_of([&] { e->run({&x, 1}); });
    _exit(write(ends[1], message.data(), message.size()) < 0);
  }
  close(ends[1]);
  std::string message(1000, ' ');
  message.resize(static_cast<size_t>(std::max<ssize_t>(0, read(ends[0], message.data(), 1000))));
  close(ends[0]);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(message ==
        "error[E0510] device-failed: cannot use the device's context: CUDA_ERROR_NOT_INITIALIZED: "
        "words of the driver\n"
        "  hint: a child of fork() cannot use CUDA once its parent does: start workers as programs "
        "of their own (spawn), or use no device before fork()");
  CHECK(e->run({&x, 1})[0] == sum);
}
#endif

TEST_CASE("a CUDA driver or device that is not there") {
  const std::string hint = "\n  hint: CUDA devices need NVIDIA's driver; TSC_CUDA_DRIVER names its "
                           "library where the system does not find it";
  CHECK(message_of([] { CudaDriver("libcuda-that-is-not-there.so"); }) ==
        "error[E0509] no-device: the CUDA driver 'libcuda-that-is-not-there.so' cannot be opened" +
            hint);
  CHECK(message_of([] { CudaDriver("libm.so.6"); }) ==
        "error[E0509] no-device: the CUDA driver 'libm.so.6' is too old: it lacks "
        "cuCtxPopCurrent_v2" +
            hint);
  fresh().fails = "cuInit";
  opened_fake_cuda().result = 100;
  CHECK(
      message_of([] { CudaDriver(TSC_FAKE_CUDA); }) ==
      "error[E0509] no-device: the CUDA driver does not start: CUDA_ERROR_NO_DEVICE: words of the "
      "driver" +
          hint);
  fresh();
  CHECK(message_of([] { CudaDriver(TSC_FAKE_CUDA).device(1); }) ==
        "error[E0509] no-device: there is no device cuda:1\n  hint: the last one is cuda:0");
  CHECK(message_of([] { CudaDriver(TSC_FAKE_CUDA).device(-1); }) ==
        "error[E0509] no-device: there is no device cuda:-1\n  hint: the last one is cuda:0");
  opened_fake_cuda().devices = 0;
  CHECK(CudaDriver(TSC_FAKE_CUDA).devices().empty());
  CHECK(message_of([] { CudaDriver(TSC_FAKE_CUDA).device(0); }) ==
        "error[E0509] no-device: there is no device cuda:0\n  hint: the driver sees no device; "
        "CUDA_VISIBLE_DEVICES may hide some");
}

TEST_CASE("code for a device that lacks a kernel is a bug of ours") {
  fresh();
  CHECK(message_of([] {
          DeviceExecutable(manifest(), program("missing"), "code", {Array::of<float>({10})},
                           device());
        }).find("the program has no kernel missing") != std::string::npos);
  CHECK(opened_fake_cuda().alive() == 0);
}

TEST_CASE("threads call one program on CUDA side by side") {
  fresh().on_launch = add;
  {
    const auto e = executable();
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int call = 0; call < 50; ++call)
          wrong += !(e->run({&x, 1})[0] == sum);
      });
    for (std::thread& thread : threads)
      thread.join();
    CHECK(wrong == 0);
    CHECK(opened_fake_cuda().streams <= 4);
  }
  CHECK(opened_fake_cuda().alive() == 0);
  CHECK(opened_fake_cuda().misuse == "");
}

#else

TEST_CASE("a build without CUDA says so") {
  CHECK(message_of([] { cuda_driver(); }) ==
        "error[E0701] no-backend: this build of tsc cannot run code on GPUs\n  hint: build with "
        "-DTSC_CUDA=ON");
}

#endif
