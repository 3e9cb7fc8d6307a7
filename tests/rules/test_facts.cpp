// passes/facts: what is inferred of an op's results holds of them.
#include "ir/build.h"
#include "ir/interpret.h"
#include "tests/catch.h"
#include "tests/rules/samples.h"

#include <fmt/format.h>

using namespace tsc;

namespace {

// All samples along one of three axes, so that each meets each; and values made of them of which
// something is known.
std::vector<Value> operands_of(Graph& graph, const OpRow& op, size_t place, DType dtype,
                               std::vector<TensorValue>& inputs) {
  TensorValue value = samples_of(dtype);
  std::vector<int64_t> shape(3, 1);
  shape[place] = static_cast<int64_t>(value.count());
  value.shape = shape;
  inputs.push_back(value);
  const Shape dims(shape.begin(), shape.end());
  const Value x{&graph, graph.input(std::string(1, "xyz"[place]), {dtype, dims})};
  if (op.signature == Signature::Select && place == 0)
    return {build::not_equal(x, build::like(x, 0))};
  if (!in(dtype, Floats)) return {x, build::like(x, 2)};
  return {x, build::maximum(x, build::like(x, -0.0)), build::exp(x), build::like(x, 2),
          build::like(x, -0.0)};
}

void check_facts(const Graph& graph, const std::vector<TensorValue>& inputs) {
  const std::vector<TensorValue> results = interpret(graph, inputs);
  FactTable facts(graph);
  for (size_t o = 0; o < results.size(); ++o)
    for (Known fact : {Known::NonNegative, Known::Positive, Known::NonZero, Known::Finite}) {
      if (!facts.has(graph.outputs[o].node, fact)) continue;
      size_t wrong = 0;
      for (size_t i = 0; i < results[o].count(); ++i) {
        const double v = results[o].as_f64(i);
        const bool underflow = fact == Known::Positive && v == 0 && !std::signbit(v);
        wrong += !is(fact, v) && !underflow;
      }
      INFO("output " << o << " is not always " << name(fact));
      CHECK(wrong == 0);
    }
}

} // namespace

TEST_CASE("rules: facts hold of what each op makes of all values of which as much is known") {
  for (const OpRow& op : all_ops())
    for (DType dtype : {DType::F64, DType::F16, DType::I8, DType::U8}) {
      const bool fits = op.kind == Kind::Elementwise && op.signature != Signature::Cast;
      if (!fits || !in(dtype, op.types)) continue;
      Graph graph;
      std::vector<TensorValue> inputs;
      std::vector<std::vector<Value>> calls{{}}; // all combinations of operands
      for (size_t place = 0; place < static_cast<size_t>(op.arity); ++place) {
        std::vector<std::vector<Value>> longer;
        for (const Value& x : operands_of(graph, op, place, dtype, inputs))
          for (std::vector<Value> call : calls) {
            call.push_back(x);
            longer.push_back(call);
          }
        calls = std::move(longer);
      }
      for (const std::vector<Value>& call : calls)
        graph.outputs.push_back(
            {fmt::format("o{}", graph.outputs.size()), build::elementwise(op.op, call).id});
      INFO(op.name << " of " << name(dtype));
      check_facts(graph, inputs);
    }
}
