// Bodies that are cut into pieces give what whole ones give.
#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"
#include "ir/samples.h"
#include "tests/catch.h"
#include "tests/jit.h"
#include "tests/small_stack.h"

#include <ctime>
#include <fmt/format.h>

using namespace tsc;

namespace {

struct LongBody {
  const char* name;
  const char* text; // after the version line
};

const LongBody bodies[] = {
    {"a chain of expensive ops",
     "input x: f32[n]\ny = exp(-abs(sin(tanh(log1p(exp(-x * x))))))\noutput y\n"},
    {"two axes, a broadcast and a number as operand",
     "input x: f64[n, m]\ninput b: f64[m]\ny = pow(abs(tanh(x + b)), 1.5) * erf(x)\noutput y\n"},
    {"reductions along rows", "input x: f32[n, m]\ny = sum(exp(sin(x)), axes=[1]) / tanh(x[:, 0])\n"
                              "z = softmax(cos(x), axes=[1])\noutput y\noutput z\n"},
    {"reductions along columns: lanes",
     "input x: f32[n, m]\ny = sum(tanh(x) * sin(x), axes=[0])\nz = argmax(cos(x), axes=[0])\n"
     "output y\noutput z\n"},
    {"a scalar", "input x: f64[]\ny = exp(sin(x)) + tanh(x)\noutput y\n"},
    {"halves, integers and bools",
     "input x: f16[n]\ninput k: i32[n]\ny = select(k // 3 > 1, tanh(x), sin(exp(-abs(x))))\n"
     "z = cast(k % 7, dtype=f32) * log1p(abs(cast(x, dtype=f32)))\noutput y\noutput z\n"},
    {"positions, slices, pads and taken rows",
     "input x: f32[n, 8]\ninput k: i64[5]\na = take(x, k % 2, axis=0)\n"
     "y = pad(sin(x[:, 1:5]), [0, 2], [0, 2]) * cast(iota([8]), dtype=f32)\n"
     "z = tanh(a) + exp(-abs(a))\noutput y\noutput z\n"},
};

std::vector<Array> results(const Graph& graph, const std::vector<Array>& arguments,
                           const BodyLimits& limits) {
  CompileOptions options;
  options.cache = false;
  options.lower.body = limits;
  return compile(graph, options)->run(arguments);
}

// Sums may be taken in another order; everything else is the same to the last bit.
void check_close(const Array& a, const Array& b) {
  const TensorValue x = to_tensor_value(a), y = to_tensor_value(b);
  REQUIRE(x.shape == y.shape);
  for (size_t i = 0; i < x.count(); ++i) {
    const double left = x.as_f64(i), right = y.as_f64(i);
    const bool both_nan = left != left && right != right;
    if (left != right && !both_nan) CHECK(left == Approx(right).epsilon(2e-7));
  }
}

void check_body(const LongBody& body, Sampling sampling, int64_t n) {
  const GraphFile file = parse(fmt::format("tsc 1\n{}", body.text), "long.tsc");
  SampleSizes sizes(n, 3);
  Samples samples(sampling, 17);
  std::vector<Array> arguments;
  for (const TensorValue& value : sample_values(file.graph, file.graph.inputs(), sizes, samples))
    arguments.push_back(to_array(value));
  const auto whole = results(file.graph, arguments, {1000, 1000});
  for (const BodyLimits& limits : {BodyLimits{0, 1000}, BodyLimits{0, 1}, BodyLimits{1000, 2}}) {
    INFO("at most " << limits.inlined << " inlined, pieces of " << limits.piece);
    const auto cut = results(file.graph, arguments, limits);
    REQUIRE(cut.size() == whole.size());
    for (size_t i = 0; i < cut.size(); ++i)
      check_close(cut[i], whole[i]);
  }
}

} // namespace

TEST_CASE("long bodies: pieces of every length give the same") {
  NEEDS_JIT();
  for (const LongBody& body : bodies)
    for (int64_t n : {2, 300}) {
      INFO(body.name << ", n " << n);
      check_body(body, Sampling::Moderate, n);
      check_body(body, Sampling::Special, n);
    }
}

namespace {

// t0 = x; t1 = OP(t0, y); ...
Graph chain(const char* format, size_t length) {
  std::string text = "tsc 1\ninput x: f32[n]\ninput y: f32[n]\nt0 = x\n";
  for (size_t i = 1; i <= length; ++i)
    text += fmt::format("t{} = ", i) + fmt::format(fmt::runtime(format), i - 1) + "\n";
  return parse(text + fmt::format("output t{}\n", length), "chain.tsc").graph;
}

double last_of(const Graph& graph, double x, double y) {
  CompileOptions options;
  options.cache = false;
  const auto pair = [](double v) { return to_array(TensorValue::of(DType::F32, {2}, {v, v})); };
  return to_tensor_value(compile(graph, options)->run(std::vector{pair(x), pair(y)})[0]).as_f64(1);
}

} // namespace

TEST_CASE("a chain of 1,000 expensive ops compiles in little time") {
  NEEDS_JIT();
  for (const char* op : {"sin(t{})", "tanh(t{})", "lgamma(abs(t{}) + y)"}) {
    INFO(op);
    const std::clock_t start = std::clock();
    const double last = last_of(chain(op, 1000), 0.5, 3);
    CHECK(last == last);
    CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 10); // about 0.3
  }
}

TEST_CASE("100,000 chained ops compile and run within a stack of 256 KiB") {
  NEEDS_JIT();
  test::with_small_stack([] { CHECK(last_of(chain("t{} + y", 100'000), 1, 0.5) == 50'001); });
}
