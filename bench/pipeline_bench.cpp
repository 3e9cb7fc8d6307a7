// Times of the whole pipeline: from a graph to loaded code (cold and from the cache), and of calls.
//
//   pipeline_bench
//
// Milliseconds are the least of several runs in a warm process; the kernel cache is one of its own.
#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"
#include "ir/samples.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

using namespace tsc;

namespace {

template <class F>
double fastest_ms(int repeats, F f) {
  double best = 1e30;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

// t1 = STEP of t0, t2 = STEP of t1, ...: `steps` in turn.
Graph chain(const std::vector<const char*>& steps, size_t length) {
  std::string text = "tsc 1\ninput x: f32[n]\ninput y: f32[n]\nt0 = x\n";
  for (size_t i = 1; i <= length; ++i)
    text +=
        fmt::format("t{} = ", i) + fmt::format(fmt::runtime(steps[i % steps.size()]), i - 1) + "\n";
  return parse(text + fmt::format("output t{}\n", length), "chain.tsc").graph;
}

void compile_row(const std::string& name, const Graph& graph, int repeats) {
  CompileOptions cold;
  cold.cache = false;
  CompileReport best, now;
  best.toolchain_ms = 1e30;
  const double all = fastest_ms(repeats, [&] {
    compile(graph, cold, &now);
    if (now.toolchain_ms < best.toolchain_ms) best = now;
  });
  compile(graph); // fills the cache
  const double warm = fastest_ms(20, [&] { compile(graph); });
  fmt::print("{:28} {:9.2f} {:9.2f} {:9.2f} {:9.2f} {:9.2f}\n", name, all, best.optimise_ms,
             best.lower_ms + best.emit_ms, best.toolchain_ms, warm);
}

void run_row(const std::string& name, const std::string& body, int64_t n, int64_t m) {
  const Graph graph = parse("tsc 1\n" + body, "bench.tsc").graph;
  SampleSizes sizes(n, m - n);
  Samples samples(Sampling::Moderate, 1);
  std::vector<Array> inputs;
  double items = 0;
  for (const TensorValue& value : sample_values(graph, graph.inputs(), sizes, samples)) {
    inputs.push_back(to_array(value));
    items = std::max(items, static_cast<double>(value.count()));
  }
  const auto executable = compile(graph);
  std::vector<Array> outputs = executable->run(inputs);
  const int calls = std::max(1, static_cast<int>(2e6 / items));
  const double ms = fastest_ms(20, [&] {
    for (int i = 0; i < calls; ++i)
      executable->run_into(inputs, outputs);
  });
  fmt::print("{:28} {:10.0f} {:12.3f} {:12.1f}\n", name, items, ms * 1e6 / calls / items,
             ms * 1e6 / calls);
}

} // namespace

int main() {
  const auto cache =
      std::filesystem::temp_directory_path() / fmt::format("pipeline_bench.{}", getpid());
  setenv("TSC_CACHE_DIR", cache.c_str(), 1);
  const std::vector<const char*> cheap = {"t{} * y", "t{} + x", "maximum(t{}, y)", "t{} - y"},
                                 mixed = {"t{} * y",         "t{} + x", "sin(t{})",
                                          "maximum(t{}, y)", "t{} - x", "exp(-t{})",
                                          "sqrt(abs(t{}))"},
                                 sines = {"sin(t{})"};
  fmt::print("{:28} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "compile, ms", "cold", "optimise", "lower",
             "clang", "cached");
  for (size_t length : {1, 10, 100, 1000}) {
    const int repeats = length < 1000 ? 10 : 3;
    compile_row(fmt::format("{} cheap ops", length), chain(cheap, length), repeats);
    compile_row(fmt::format("{} mixed ops", length), chain(mixed, length), repeats);
    compile_row(fmt::format("{} sin", length), chain(sines, length), repeats);
  }
  fmt::print("\n{:28} {:>10} {:>12} {:>12}\n", "run", "items", "ns an item", "ns a call");
  run_row("x + y", "input x: f32[n]\ninput y: f32[n]\noutput z = x + y\n", 1, 1);
  for (int64_t n : {4'096, 4'000'000}) {
    run_row("x * 2 + y", "input x: f32[n]\ninput y: f32[n]\noutput z = x * 2 + y\n", n, n);
    run_row("sum", "input x: f32[n]\noutput z = sum(x)\n", n, n);
    run_row("exp", "input x: f32[n]\noutput z = exp(x)\n", n, n);
  }
  for (int64_t m : {128, 1'000}) {
    run_row(fmt::format("softmax, 1000 rows of {}", m),
            "input x: f32[n, m]\noutput z = softmax(x, axes=[1])\n", 1000, m);
    run_row(fmt::format("layer_norm, 1000 rows of {}", m),
            "input x: f32[n, m]\ninput s: f32[m]\ninput b: f32[m]\n"
            "output z = layer_norm(x, s, b)\n",
            1000, m);
  }
  std::filesystem::remove_all(cache);
}
