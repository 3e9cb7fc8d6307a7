// Long reductions to few results are split into blocks: against the interpreter, around the sizes
// of blocks.
#include "ir/interpret.h"
#include "ir/parse.h"
#include "ir/samples.h"
#include "tests/catch.h"
#include "tests/compiled.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <cmath>
#include <fmt/format.h>
#include <set>

using namespace tsc;

namespace {

void check(const Graph& graph, const std::vector<TensorValue>& arguments) {
  const auto wanted = interpret(graph, arguments), got = test::compiled(graph, arguments);
  REQUIRE(got.size() == wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].shape == wanted[i].shape);
    for (size_t at = 0; at < got[i].count(); ++at) {
      INFO("output " << graph.outputs[i].name << ", item " << at);
      const double a = got[i].as_f64(at), b = wanted[i].as_f64(at);
      if (!(std::isnan(a) && std::isnan(b)) && a != b) CHECK(a == Approx(b).epsilon(1e-6));
    }
  }
}

void check(const char* text, int64_t n, Sampling sampling) {
  INFO(text << "n = " << n);
  const Graph graph = parse(fmt::format("tsc 1\n{}", text), "long.tsc").graph;
  SampleSizes sizes(n, 0);
  Samples samples(sampling, static_cast<uint64_t>(n));
  check(graph, sample_values(graph, graph.inputs(), sizes, samples));
}

} // namespace

TEST_CASE("long reductions: whole arrays") {
  NEEDS_JIT();
  const char* text = "input x: f32[n]\ninput k: i32[n]\ninput b: bool[n]\n"
                     "s = sum(x * 2 + 1)\nm = mean(abs(x))\nw = sum(k)\ne = any(b)\na = all(b)\n"
                     "output s\noutput m\noutput w\noutput e\noutput a\n";
  for (int64_t n : {1, 32767, 32768, 32769, 100'000})
    check(text, n, Sampling::Moderate);
  check("input x: f32[n]\ns = sum(x)\np = prod(x)\noutput s\noutput p\n", 0, Sampling::Moderate);
}

TEST_CASE("long reductions: largest and where") {
  NEEDS_JIT();
  const char* text = "input x: f32[n]\ninput k: i64[n]\nh = max(x)\nl = min(x)\nph = argmax(x)\n"
                     "pl = argmin(x)\nkh = argmax(k)\nkl = min(k)\n"
                     "output h\noutput l\noutput ph\noutput pl\noutput kh\noutput kl\n";
  for (int64_t n : {1, 32769, 100'000}) {
    check(text, n, Sampling::Moderate); // many equal integers: the first place counts
    check(text, n, Sampling::Special);
  }
}

TEST_CASE("long reductions: few rows, few columns, two axes apart") {
  NEEDS_JIT();
  check("input x: f64[2, n]\ns = sum(x, axes=[1])\np = argmax(x, axes=[1])\noutput s\noutput p\n",
        70'000, Sampling::Moderate);
  check("input x: f32[n, 3]\ns = sum(x, axes=[0])\np = argmin(x, axes=[0])\noutput s\noutput p\n",
        70'000, Sampling::Moderate);
  check("input x: f32[n, 3, 40]\ns = mean(exp(-abs(x)), axes=[0, 2])\noutput s\n", 3'000,
        Sampling::Moderate);
  check("input x: i16[n]\ninput y: i16[n]\ns = matmul(x, y)\noutput s\n", 70'000,
        Sampling::Moderate);
}

TEST_CASE("a long reduction gives the same bits with any number of threads") {
  NEEDS_JIT();
  const std::string text = "input a: f32[1]\n"
                           "x = cast(iota([1000000]), dtype=f32) * a[0]\n"
                           "s = sum(sin(x))\nm = mean(x)\noutput s\noutput m\n";
  std::set<std::string> printed;
  for (const char* threads : {"1", "2", "7"}) {
    test::Place place;
    place.graph("sum.tsc", text);
    place.set(fmt::format("TSC_THREADS={}", threads));
    printed.insert(place.tsc({"run", "sum.tsc", "a=[0.001]"}).out);
  }
  CHECK(printed.size() == 1);
  CHECK(printed.begin()->starts_with("s"));
}

TEST_CASE("long reductions: columns of many rows") {
  NEEDS_JIT();
  const char* text = "input x: f32[n, 70]\ns = sum(x, axes=[0])\nh = max(x, axes=[0])\n"
                     "p = argmin(x, axes=[0])\noutput s\noutput h\noutput p\n";
  for (int64_t n : {1, 2048, 2049, 2304, 5000}) {
    check(text, n, Sampling::Moderate);
    check(text, n, Sampling::Special);
  }
  check("input x: f32[3000, n]\ns = mean(x * 2, axes=[0])\noutput s\n", 100, Sampling::Moderate);
  check("input x: f32[n, 70]\ns = sum(x, axes=[0])\noutput s\n", 0, Sampling::Moderate);
}
