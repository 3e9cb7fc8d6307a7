// What the instruction counts in counts.txt are of: calls, and the way from a graph to its source,
// each done once to warm up and once more to be counted. Prints their names, in order.
// tests/e2e/test_counts.cpp runs it under callgrind, which counts what happens inside of `counted`.
// Clang compiles on a thread of its own, and is not counted.
//
// For bench/test_variations.py, of graph files:
//   counts plans GRAPH...          compiles into the kernel cache; prints the key of each program,
//   and
//                                  how many kernels, matrix products and buffers of its own it has
//   counts calls GRAPH SIZES...    calls each once; SIZES are of all axes of all inputs, "1000,3"
#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/key.h"
#include "ir/parse.h"
#include "support/files.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <functional>

using namespace tsc;

// Not inlined, and found by its name.
extern "C" [[gnu::noinline, gnu::visibility("default")]] void
counted(const std::function<void()>& f) {
  f();
  asm volatile(""); // no tail call
}

namespace {

// Not this machine's: the same instructions everywhere, and such as callgrind knows.
const CompileOptions options = {.cpu = "x86-64-v3", .cache = false};

Graph chain(int ops) {
  std::string text = "tsc 1\ninput x: f32[n]\ny0 = x\n";
  for (int i = 1; i <= ops; ++i)
    text += fmt::format("y{} = y{} {} x\n", i, i - 1, i % 2 ? "*" : "+");
  return parse(text + fmt::format("output y{}\n", ops), "chain.tsc").graph;
}

void count_calls(const Executable& executable, const std::vector<Array>& inputs) {
  std::vector<Array> outputs = executable.run(inputs);
  const auto call = [&] { executable.run_into(inputs, outputs); };
  call();
  counted(call);
}

void count_calls(const std::string& graph, std::vector<std::vector<int64_t>> shapes) {
  std::vector<Array> inputs;
  for (const auto& shape : shapes)
    inputs.push_back(to_array(TensorValue::zeros(DType::F32, shape)));
  count_calls(*compile(parse(graph, "call.tsc").graph, options), inputs);
}

// Numbers from 1 to 2: no function leaves its ordinary way for them.
TensorValue sample(DType dtype, const char*& sizes, size_t rank) {
  std::vector<int64_t> shape;
  for (char* end = nullptr; shape.size() < rank; sizes = end + (*end == ','))
    shape.push_back(std::strtoll(sizes, &end, 10));
  TensorValue value = TensorValue::zeros(dtype, shape);
  for (size_t i = 0; i < value.count(); ++i)
    value.set_f64(i, 1 + static_cast<double>(i % 61) / 61);
  return value;
}

// Through the kernel cache.
std::shared_ptr<const Executable> compiled(const char* file, CompileReport* report = nullptr) {
  CompileOptions cached = options;
  cached.cache = true;
  return compile(parse(read_file(file), file).graph, cached, report);
}

void print_plan(const char* file) {
  CompileReport report;
  compiled(file, &report);
  const Graph graph = with_key_sizes(canonical(parse(read_file(file), file).graph));
  const Plan plan = planned(optimised(graph, options), options);
  const auto own = std::count_if(plan.buffers.begin(), plan.buffers.end(),
                                 [](const Buffer& b) { return b.home == Home::Workspace; });
  fmt::print("{} {} {} {}\n", report.key, plan.kernels.size(),
             plan.steps.size() - plan.kernels.size(), own);
}

void count_file(const char* file, const char* sizes) {
  const auto executable = compiled(file);
  std::vector<Array> inputs;
  for (const Port& port : executable->manifest().inputs)
    inputs.push_back(to_array(sample(port.dtype, sizes, static_cast<size_t>(port.rank))));
  count_calls(*executable, inputs);
}

void count_lowering(int ops) {
  const Graph graph = chain(ops);
  const auto lowered = [&] { emitted(planned(optimised(graph, options), options)); };
  lowered();
  counted(lowered);
}

struct Row {
  const char* name;
  std::function<void()> count;
};
const Row rows[] = {
    {"call-add-1", [] { count_calls("tsc 1\ninput x: f32[n]\noutput y = x + x\n", {{1}}); }},
    {"call-chain-10000",
     [] { count_calls("tsc 1\ninput x: f32[n]\ny = (x * 2 + 1) * x - x\noutput y\n", {{10000}}); }},
    {"call-softmax-64x100",
     [] {
       count_calls("tsc 1\ninput x: f32[n, m]\noutput y = softmax(x, axes=[1])\n", {{64, 100}});
     }},
    {"call-sum-outer-100x200",
     [] { count_calls("tsc 1\ninput x: f32[n, m]\noutput y = sum(x, axes=[0])\n", {{100, 200}}); }},
    {"call-transpose-100x200",
     [] { count_calls("tsc 1\ninput x: f32[n, m]\noutput y = transpose(x)\n", {{100, 200}}); }},
    {"lower-chain-10", [] { count_lowering(10); }},
    {"lower-chain-1000", [] { count_lowering(1000); }},
};

} // namespace

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "plans")
    std::for_each(arguments + 2, arguments + count, print_plan);
  else if (what == "calls")
    for (int i = 2; i + 1 < count; i += 2)
      count_file(arguments[i], arguments[i + 1]);
  else
    for (const Row& row : rows) {
      row.count();
      std::puts(row.name);
    }
}
