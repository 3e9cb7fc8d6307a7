#include "frontend/execute.h"

#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/interpret.h"

namespace tsc::frontend {

namespace {

// Stabilised as every program is, then node by node with the reference arithmetic.
class Interpreted : public Execution {
public:
  explicit Interpreted(const Graph& graph) : graph_(optimised(graph, {.optimise = false})) {}

  std::vector<Array> run(std::span<const Array> arguments) const override {
    std::vector<TensorValue> values;
    for (const Array& argument : arguments)
      values.push_back(to_tensor_value(argument));
    const std::span<const TensorValue> all = values;
    const size_t inputs = graph_.inputs().size();
    std::vector<Array> results;
    for (const TensorValue& result : interpret(graph_, all.first(inputs), all.subspan(inputs)))
      results.push_back(to_array(result));
    return results;
  }

private:
  const Graph graph_;
};

// Compiled. An Executable returns the next values of updated states only, in the order of updates.
class Native : public Execution {
public:
  Native(const Graph& graph, const FunctionOptions& options)
      : executable_(compile(graph, {.device = options.device, .strict = options.strict})),
        inputs_(graph.inputs().size()), outputs_(graph.outputs.size()),
        states_(graph.states().size()) {
    for (const Update& update : graph.updates)
      for (size_t state = 0; state < states_; ++state)
        if (graph.states()[state] == update.state) updated_.push_back(state);
  }

  std::vector<Array> run(std::span<const Array> arguments) const override {
    std::vector<Array> results = executable_->run(arguments);
    if (states_ == 0) return results;
    std::vector<Array> next(arguments.begin() + static_cast<ptrdiff_t>(inputs_), arguments.end());
    for (size_t u = 0; u < updated_.size(); ++u)
      next[updated_[u]] = std::move(results[outputs_ + u]);
    results.resize(outputs_);
    results.insert(results.end(), next.begin(), next.end());
    return results;
  }

private:
  const std::shared_ptr<const Executable> executable_;
  const size_t inputs_, outputs_, states_;
  std::vector<size_t> updated_; // the state that each update is of
};

} // namespace

Prepared prepare(const Graph& graph, const FunctionOptions& options) {
  switch (options.mode) {
  case Mode::Auto:
    try {
      return {std::make_shared<Native>(graph, options), ""};
    } catch (const NoExecutableMemory& error) {
      return {std::make_shared<Interpreted>(graph), interpreted_instead(error)};
    }
  case Mode::Compile:
    return {std::make_shared<Native>(graph, options), ""};
  case Mode::Interpret:
    return {std::make_shared<Interpreted>(graph), ""};
  }
  throw InternalError("bad mode");
}

} // namespace tsc::frontend
