#include "frontend/execute.h"

#include "compiler/compile.h"
#include "ir/interpret.h"

#include <cstring>

namespace tsc::frontend {

namespace {

TensorValue tensor_value(const Array& array) {
  TensorValue value{array.dtype(), {array.shape().begin(), array.shape().end()}, {}};
  value.bytes.resize(array.bytes());
  array.copy_to(value.bytes.data());
  return value;
}

Array array(const TensorValue& value) {
  Array array = Array::empty(value.dtype, std::span<const int64_t>(value.shape));
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

class Native : public Execution {
public:
  explicit Native(const Graph& graph) : executable_(compile(graph)) {}
  std::vector<Array> run(std::span<const Array> arguments) const override {
    return executable_->run(arguments);
  }

private:
  const std::shared_ptr<const Executable> executable_;
};

} // namespace

std::shared_ptr<const Execution> prepare(Graph graph, Mode mode) {
  switch (mode) {
  case Mode::Compile:
    return std::make_shared<Native>(graph);
  case Mode::Interpret:
    return std::make_shared<Interpreted>(std::move(graph));
  }
  throw InternalError("bad mode");
}

} // namespace tsc::frontend
