// What the instruction counts in counts.txt are of: calls, and the way from a graph to its source,
// each done once to warm up and once more to be counted. Prints their names, in order.
// tests/e2e/test_counts.cpp runs it under callgrind, which counts what happens inside of `counted`.
// Clang compiles on a thread of its own, and is not counted.
#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"

#include <cstdio>
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

void count_calls(const std::string& graph, std::vector<std::vector<int64_t>> shapes) {
  const auto executable = compile(parse(graph, "call.tsc").graph, options);
  std::vector<Array> inputs, outputs;
  for (const auto& shape : shapes)
    inputs.push_back(to_array(TensorValue::zeros(DType::F32, shape)));
  outputs = executable->run(inputs);
  const auto call = [&] { executable->run_into(inputs, outputs); };
  call();
  counted(call);
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

int main() {
  for (const Row& row : rows) {
    row.count();
    std::puts(row.name);
  }
}
