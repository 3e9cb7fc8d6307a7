// Whole functions for devices: compiled from graphs, run by the executable for devices over
// emulated CUDA, and compared with the interpreter.
#include "compiler/compile.h"
#include "compiler/device_compile.h"
#include "compiler/device_program.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"
#include "runtime/cuda_driver.h"
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"
#include "tests/gpu/emulated_device.h"
#include "tests/gpu/fake_cuda.h"
#include "tests/jit.h"
#include "tests/message.h"

#include <dlfcn.h>

using namespace tsc;
using namespace tsc::fuzz;
using emulator::EmulatedDevice;

namespace {

struct OnDevice {
  std::shared_ptr<EmulatedDevice> device;
  std::shared_ptr<const DeviceExecutable> executable;
};

OnDevice on_device(const Graph& graph, const DeviceLimits& limits) {
  const Canonical asked = canonical(graph);
  DeviceBuild build = built_for_device(asked);
  auto device = std::make_shared<EmulatedDevice>(limits);
  const std::string code = build.source; // what the emulator loads
  return {device, loaded(std::move(build), code, asked.graph, device)};
}

// The same through the CUDA driver, whose library is one of ours that has the emulator run kernels.
std::shared_ptr<const DeviceExecutable> on_fake_cuda(const Graph& graph) {
  static const auto fake = reinterpret_cast<FakeCuda* (*)()>(
      dlsym(dlopen(TSC_FAKE_CUDA, RTLD_NOW | RTLD_LOCAL), "fake_cuda"));
  const Canonical asked = canonical(graph);
  DeviceBuild build = built_for_device(asked);
  const auto module = std::make_shared<emulator::Module>(build.source);
  *fake() = FakeCuda();
  fake()->on_launch = [module](const std::string& kernel, GridSize grid, GridSize block,
                               void** arguments) {
    module->launch(kernel, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, arguments);
  };
  return loaded(std::move(build), "cubin", asked.graph, CudaDriver(TSC_FAKE_CUDA).device(0));
}

std::vector<Array> arrays(const Case& c) {
  std::vector<Array> all;
  for (const auto* values : {&c.inputs, &c.states})
    for (const TensorValue& value : *values)
      all.push_back(to_array(value));
  return all;
}

std::vector<TensorValue> values(std::span<const Array> arrays) {
  std::vector<TensorValue> all;
  for (const Array& array : arrays)
    all.push_back(to_tensor_value(array));
  return all;
}

std::optional<std::string> checked(const Case& c, const DeviceLimits& limits) {
  const Graph graph = optimised(c.graph);
  const Plan plan = lower(graph, for_grid);
  const OnDevice on = on_device(c.graph, limits);
  const std::vector<Array> inputs = arrays(c);
  std::vector<Array> results = on.executable->run(inputs);
  const auto wanted = plan_results(c, plan);
  if (auto wrong = difference_after(Phase::Emit, graph, wanted, values(results))) return wrong;
  for (Array& result : results)
    result = Array::zeros(result.dtype(), result.shape());
  on.executable->run_into(inputs, results);
  if (auto wrong = difference_after(Phase::Emit, graph, wanted, values(results))) return wrong;
  if (on.device->pieces > 1) return "memory is left";
  return std::nullopt;
}

// What a shrunk case may have lost is no fault.
std::optional<std::string> wrong_on_device(const Case& c, const DeviceLimits& limits) {
  try {
    return checked(c, limits);
  } catch (const Error& e) {
    return e.diag() == Diag::BadDim ? std::nullopt : std::optional<std::string>(e.what());
  } catch (const std::exception& e) {
    return e.what();
  }
}

void check_seed(uint64_t seed) {
  INFO("seed " << seed);
  Options options = options_of(seed);
  options.max_items = 1024;
  const DeviceLimits limits{
      .blocks = 1 + static_cast<unsigned>(seed % 4), .grid_y = 1, .grid_z = 2};
  const auto wrong = [&](const Case& s) { return wrong_on_device(s, limits); };
  if (const auto told = failure("device", seed, random_case(seed, options), wrong))
    FAIL_CHECK(*told);
}

} // namespace

TEST_CASE("random graphs compiled for a device give what the interpreter gives") {
  NEEDS_JIT();
  const Seeds range = seeds(60, 5'000);
  for (uint64_t seed = range.first; seed <= range.last; ++seed)
    check_seed(seed);
}

TEST_CASE("random graphs run through the CUDA driver's functions") {
  NEEDS_JIT();
  if (!TSC_CUDA) {
    WARN("skipped: this build has no CUDA");
    return;
  }
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const Case c = random_case(seed, {.ops = 6, .max_items = 256});
    const Graph graph = optimised(c.graph);
    const auto wanted = plan_results(c, lower(graph, for_grid));
    const auto executable = on_fake_cuda(c.graph);
    const auto results = results_of(*executable, c);
    CHECK(difference_after(Phase::Emit, graph, wanted, results).value_or("") == "");
  }
}

TEST_CASE("sizes as postfix code are what they were") {
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  const std::vector<std::string> symbols = {"m", "n"};
  for (const Dim& size : {Dim(7), n, n * m * 3 - m + 2, floordiv(n * n - 5, m + 1) * n,
                          floordiv(floordiv(n, Dim(3)) - m, Dim(2))})
    for (int64_t a = 0; a < 6; ++a)
      for (int64_t b = 0; b < 6; ++b) {
        INFO(size.text() << " where m = " << a << ", n = " << b);
        const int64_t wanted =
            size.evaluate([&](const std::string& s) { return s == "m" ? a : b; });
        CHECK(evaluate(size_code(size, symbols), std::vector<int64_t>{a, b}) == wanted);
      }
}

TEST_CASE("a function on a device has the errors of one on the CPU") {
  NEEDS_JIT();
  const Graph graph = parse("tsc 1\ninput x: f32[n, 4]\ninput i: i64[m]\nstate s: f32[n, 4]\n"
                            "y = take(x, i, axis=0)\noutput y = y\nupdate s = s + x\n",
                            "model.tsc")
                          .graph;
  CompileOptions options;
  options.cache = false;
  const auto on_cpu = compile(graph, options);
  const OnDevice on = on_device(graph, {});
  CHECK(on.executable->manifest() == on_cpu->manifest());
  const Array x = Array::full<float>({3, 4}, 2), s = Array::full<float>({3, 4}, 1);
  const auto i = [](std::vector<int64_t> places) { return Array::from(places); };
  const std::vector<std::vector<Array>> calls = {
      {x, i({0, 2}), s},                          // right
      {x, i({}), s},                              // nothing to take
      {x, i({0, 3}), s},                          // out of range
      {x, i({-4}), s},                            //
      {x, i({0})},                                // too few
      {x, x, s},                                  // types
      {x, i({0}), i({0})},                        //
      {Array::full<float>({3, 5}, 2), i({0}), s}, // sizes
      {x, i({0}), Array::full<float>({2, 4}, 1)}, //
  };
  for (size_t c = 0; c < calls.size(); ++c) {
    INFO("call " << c);
    std::vector<Array> cpu, device;
    const std::string wanted = message_of([&] { cpu = on_cpu->run(calls[c]); });
    CHECK(message_of([&] { device = on.executable->run(calls[c]); }) == wanted);
    CHECK(cpu == device);
    CHECK((wanted == "no error") == (c < 2));
  }
  std::vector<Array> shared = {x.clone(), x.clone()};
  shared[1] = shared[0];
  for (std::vector<Array> outputs : {shared, {x}, {x, i({1})}, {s, s.clone()}}) {
    const std::string wanted = message_of([&] { on_cpu->run_into(calls[0], outputs); });
    CHECK(message_of([&] { on.executable->run_into(calls[0], outputs); }) == wanted);
    CHECK(wanted != "no error");
  }
}

TEST_CASE("a program on a device whose call failed takes its constants with it") {
  NEEDS_JIT();
  const Graph graph = parse("tsc 1\nconst c: f32[3] = [1, 2, 4]\ninput i: i64[m]\n"
                            "output y = take(c, i, axis=0)\n",
                            "model.tsc")
                          .graph;
  OnDevice on = on_device(graph, {});
  REQUIRE(on.device->pieces == 1);
  const Array bad = Array::of<int64_t>({7});
  CHECK(message_of([&] { on.executable->run({&bad, 1}); }).find("E0504") != std::string::npos);
  CHECK(on.device->pieces == 1);
  on.executable.reset();
  CHECK(on.device->pieces == 0);
}

TEST_CASE("products on a device go through every tile, however few blocks there are") {
  NEEDS_JIT();
  const Graph graph = parse("tsc 1\ninput a: f32[b, m, 70]\ninput c: f32[b, 70, 130]\n"
                            "output y = matmul(a, c)\n",
                            "model.tsc")
                          .graph;
  const OnDevice on = on_device(graph, {.blocks = 1, .grid_y = 1, .grid_z = 1});
  const DeviceProgram program = built_for_device(canonical(graph)).program;
  REQUIRE(program.launches[0].spread == Spread::Products);
  CompileOptions options;
  options.cache = false;
  Array a = Array::zeros(DType::F32, {2, 130, 70}), c = Array::zeros(DType::F32, {2, 70, 130});
  float at = 0;
  for (float& item : a.span<float>())
    item = static_cast<float>(static_cast<int>(at += 1) % 7);
  for (float& item : c.span<float>())
    item = static_cast<float>(static_cast<int>(at += 1) % 5);
  const std::vector<Array> inputs = {a, c};
  CHECK(on.executable->run(inputs) == compile(graph, options)->run(inputs));
}
