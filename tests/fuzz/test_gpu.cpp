// What needs a GPU: kernels on it against the interpreters. Skipped, visibly, where there is none.
#include "compiler/compare.h"
#include "compiler/nvrtc.h"
#include "ir/parse.h"
#include "runtime/cuda_driver.h"
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"
#include "tests/graph_files.h"
#include "tests/message.h"

#include <filesystem>
#include <thread>

using namespace tsc;
using namespace tsc::fuzz;
namespace fs = std::filesystem;

namespace {

bool has_gpu() {
  try {
    return !cuda_driver().devices().empty() && !known_gpus().empty();
  } catch (const Error&) { // no driver
    return false;
  }
}

#define NEEDS_GPU()                                                                                \
  do {                                                                                             \
    if (has_gpu()) break;                                                                          \
    WARN("skipped: no GPU, or no NVRTC");                                                          \
    return;                                                                                        \
  } while (false)

// In units of the largest term: a sum of 784 products (layer.tsc) that is taken in f32 loses 227.
constexpr double allowed_of_sums = 1024;

const CompileOptions on_gpu = {.device = Device::cuda(), .cache = false};

std::shared_ptr<const Executable> compiled(const std::string& text) {
  return compile(parse("tsc 1\n" + text, "test.tsc").graph, on_gpu);
}

} // namespace

TEST_CASE("a GPU computes what the interpreter does, for goldens and examples", "[gpu]") {
  NEEDS_GPU();
  for (const fs::path& path : test::graph_files()) {
    INFO(path.filename().string());
    const Comparison found =
        compare_with_interpreter(load_graph(path).graph, {.seeds = 3, .device = Device::cuda()});
    CHECK(found.calls > 0);
    for (const ComparedOutput& output : found.outputs) {
      INFO(output.name);
      CHECK(std::min(output.plain.ulp, output.plain.relative) <= allowed_of_sums);
      CHECK(std::min(output.optimised.ulp, output.optimised.relative) <= allowed_of_sums);
    }
  }
}

TEST_CASE("random graphs give on a GPU what their plans give", "[gpu]") {
  NEEDS_GPU();
  const Seeds range = seeds(150, 5'000);
  for (uint64_t seed = range.first; seed <= range.last; ++seed) {
    INFO("seed " << seed);
    const Case c = random_case(seed, options_of(seed));
    const auto got = results_of(*compile(c.graph, on_gpu), c);
    const Graph graph = optimised(c.graph);
    const auto wrong =
        difference_after(Phase::Emit, graph, plan_results(c, lower(graph, for_grid)), got);
    CHECK(wrong.value_or("") == "");
  }
}

TEST_CASE("sizes beyond what a grid has at once are right on a GPU", "[gpu]") {
  NEEDS_GPU();
  const int64_t n = 5'000'011;
  std::vector<float> values(static_cast<size_t>(n));
  double sum = 0;
  for (int64_t i = 0; i < n; ++i)
    sum += values[static_cast<size_t>(i)] = static_cast<float>(i % 1009) / 1009;
  const Array x = Array::from(values);
  const auto out =
      compiled("input x: f32[n]\noutput y = x * 2 + 1\noutput s = sum(x)\n")->run(std::vector{x});
  CHECK(out[0].at<float>({n - 1}) == values.back() * 2 + 1);
  CHECK(out[1].scalar<float>() == Approx(sum).epsilon(1e-6));
  // More rows than a grid has blocks below each other.
  const Array tall = Array::from(std::span<const float>(values).first(5'000'000), {5'000'000, 1});
  const auto product = compiled("input a: f32[m, k]\ninput b: f32[k, p]\noutput c = matmul(a, b)\n")
                           ->run(std::vector{tall, Array::of<float>({{3, 4}})})[0];
  CHECK(product.at<float>({4'999'999, 1}) == values[4'999'999] * 4);
}

TEST_CASE("an index out of range on a GPU is the CPU's error", "[gpu]") {
  NEEDS_GPU();
  const auto e = compiled("input x: f32[n]\ninput i: i64[k]\noutput y = take(x, i)\n");
  const Array x = Array::of<float>({1, 2, 3});
  const auto call = [&](int64_t i) {
    return message_of([&] { e->run(std::vector{x, Array::from(std::vector<int64_t>{i})}); });
  };
  CHECK(call(3).find("error[E0504] index-range") == 0);
  CHECK(call(-3) == "no error");
}

TEST_CASE("calls from many threads share a GPU", "[gpu]") {
  NEEDS_GPU();
  const auto e = compiled("input x: f32[n, m]\noutput y = softmax(x, axes=[1])\n");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int64_t t = 1; t <= 8; ++t)
    threads.emplace_back([&, t] {
      for (int64_t k = 0; k < 20; ++k) {
        const int64_t columns = t * 100 + k;
        const Array y = e->run(std::vector{Array::zeros(DType::F32, {64, columns})})[0];
        wrong += !allclose(y, Array::full(DType::F32, {64, columns}, 1.0 / double(columns)), 1e-5);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}
