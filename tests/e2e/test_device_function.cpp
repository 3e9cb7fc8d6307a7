// Functions of the C++ API on a device: the driver is one of ours (tests/gpu/fake_cuda.h), which
// has the emulator run kernels.
#include "compiler/device_compile.h"
#include "compiler/nvrtc.h"
#include "ir/parse.h"
#include "runtime/device.h"
#include "tests/catch.h"
#include "tests/gpu/emulator.h"
#include "tests/gpu/open_fake_cuda.h"
#include "tests/jit.h"
#include "tests/message.h"

#include <cstdlib>
#include <tsc/tsc.h>

using namespace tsc;

TEST_CASE("devices have names") {
  CHECK(Device::parse("cpu") == Device::cpu());
  CHECK(Device::parse("cuda:3") == Device::cuda(3));
  CHECK(Device::cuda().text() == "cuda:0");
  CHECK(Device::cpu().text() == "cpu");
  CHECK(message_of([] { Device::parse("gpu"); }) ==
        "error[E0702] bad-target: no device is called 'gpu'\n"
        "  hint: devices are cpu, cuda:0, cuda:1, ...");
}

#if TSC_CUDA

namespace {

// Kernels of this graph are emulated from now on.
void emulate(const std::string& graph) {
  const auto module = std::make_shared<emulator::Module>(
      built_for_device(canonical(parse(graph, "test.tsc").graph)).source);
  opened_fake_cuda().on_launch = [module](const std::string& kernel, GridSize grid, GridSize block,
                                          void** arguments) {
    module->launch(kernel, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, arguments);
  };
}

} // namespace

TEST_CASE("functions of the C++ API run on a device") {
  NEEDS_JIT();
  const auto x = input<float>("x", {"n"});
  const auto i = input<int64_t>("i", {"m"});
  const auto total = shared("total", zeros<float>({}));
  const auto y = x * 3.0f;
  const auto make = [&](int number) {
    return function({x, i}, {{"y", take(y, i)}},
                    {.updates = {{total, total + sum(y)}}, .device = Device::cuda(number)});
  };
  ::setenv("TSC_CUDA_DRIVER", "no-libcuda.so", 1);
  CHECK(
      message_of([&] { make(0); }).starts_with("error[E0509] no-device: the CUDA driver 'no-lib"));
  ::setenv("TSC_CUDA_DRIVER", TSC_FAKE_CUDA, 1); // a driver that was not there is asked for again
  CHECK(message_of([&] {
          make(7);
        }).starts_with("error[E0509] no-device: there is no device cuda:7\n"));
  ::unsetenv("TSC_CUDA_DRIVER"); // the process keeps the one that it has
  if (known_gpus().empty()) {
    WARN("skipped: NVRTC is not installed");
    return;
  }
  emulate("tsc 1\ninput x: f32[n]\ninput i: i64[m]\nstate total: f32[]\ny = x * 3\n"
          "z = take(y, i)\noutput y = z\nupdate total = total + sum(y)\n");
  const auto f = make(0);
  CHECK(f(Array::of<float>({1, 2, 3}), Array::of<int64_t>({2, -3})).array() ==
        Array::of<float>({9, 3}));
  CHECK(f(Array::of<float>({5}), Array::of<int64_t>({0})).array() == Array::of<float>({15}));
  CHECK(total.get().scalar<float>() == 33);
  CHECK(message_of([&] {
          f(Array::of<float>({1}), Array::of<int64_t>({4}));
        }).starts_with("error[E0504] index-range: "));
  CHECK(total.get().scalar<float>() == 33);
  CHECK(opened_fake_cuda().misuse == "");
}

#endif
