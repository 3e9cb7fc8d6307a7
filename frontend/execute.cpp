#include "frontend/execute.h"

#include "ir/interpret.h"

namespace tsc::frontend {

namespace {

TensorValue tensor_value(const Array& array) {
  TensorValue value{array.dtype(), {array.shape().begin(), array.shape().end()}, {}};
  value.bytes.resize(array.bytes());
  array.copy_to(value.bytes.data());
  return value;
}

Array array(const TensorValue& value) {
  Array array = Array::empty(value.dtype, value.shape);
  std::memcpy(array.mutable_data(), value.bytes.data(), value.bytes.size());
  return array;
}

// Node by node, with the reference arithmetic.
class Interpreted : public Execution {
public:
  explicit Interpreted(Graph graph) : graph_(std::move(graph)) {}

  std::vector<Array> run(std::span<const Array> arguments) const override {
    std::vector<TensorValue> values;
    for (const Array& argument : arguments)
      values.push_back(tensor_value(argument));
    const std::span<const TensorValue> all = values;
    const size_t inputs = graph_.inputs().size();
    std::vector<Array> results;
    for (const TensorValue& result : interpret(graph_, all.first(inputs), all.subspan(inputs)))
      results.push_back(array(result));
    return results;
  }

private:
  const Graph graph_;
};

} // namespace

std::shared_ptr<const Execution> prepare(Graph graph, Mode mode) {
  switch (mode) {
  case Mode::Compile: // until compiler/compile.h stands
  case Mode::Interpret:
    return std::make_shared<Interpreted>(std::move(graph));
  }
  throw InternalError("bad mode");
}

} // namespace tsc::frontend
