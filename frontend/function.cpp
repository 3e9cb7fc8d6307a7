#include "frontend/function.h"

#include "frontend/execute.h"
#include "frontend/lower.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>

namespace tsc {

namespace frontend {

// What a Function is a handle on.
struct Compiled {
  struct Input {
    std::string name;
    Type type;
    std::string text; // type, name and line, for messages
    std::optional<Array> fallback;
  };
  std::vector<Input> inputs;
  std::vector<std::string> outputs;
  std::vector<std::shared_ptr<SharedValue>> shared; // in the order of the graph's states
  std::vector<bool> updated;                        // which of them a call changes
  std::shared_ptr<const Execution> execution;
  std::string warning;

  std::vector<Array> gather(std::span<const CallArgument> arguments) const;
  size_t input_named(const std::string& name) const;
  Error too_many(size_t given) const;
};

namespace {

// All of them, locked in one order for all functions, so that two never wait for each other.
std::deque<std::unique_lock<std::mutex>> locked(std::vector<std::mutex*> mutexes) {
  std::sort(mutexes.begin(), mutexes.end(), std::less<>());
  mutexes.erase(std::unique(mutexes.begin(), mutexes.end()), mutexes.end());
  std::deque<std::unique_lock<std::mutex>> locks;
  for (std::mutex* mutex : mutexes)
    locks.emplace_back(*mutex);
  return locks;
}

// An argument as an array of the input's dtype. Numbers convert where nothing is lost (a fraction
// may be rounded to a narrower float); arrays must fit.
Array converted(const CallArgument& argument, const Compiled::Input& input) {
  const Array& array = argument.array();
  const DType wanted = input.type.dtype, given = array.dtype();
  if (!argument.is_number() || given == wanted) return array;
  const Array result = array.astype(wanted);
  const bool rounds = in(given, Floats) && in(wanted, Floats | Complexes);
  const bool exact = rounds || result.astype(given) == array;
  if (!exact || (wanted == DType::Bool))
    throw Error(Diag::ArgumentType, fmt::format("input '{}' is {}; the number {} does not fit",
                                                input.name, text(input.type), array.text()));
  return result;
}

std::vector<std::mutex*> access_of(const Compiled& compiled) {
  std::vector<std::mutex*> mutexes;
  for (const auto& shared : compiled.shared)
    mutexes.push_back(&shared->access);
  return mutexes;
}

std::vector<Array> run(const Compiled& compiled, std::vector<Array> arguments) {
  // Calls that compute a variable's next value take turns: none is lost.
  std::vector<std::mutex*> updates;
  for (size_t i = 0; i < compiled.shared.size(); ++i)
    if (compiled.updated[i]) updates.push_back(&compiled.shared[i]->update);
  const auto turn = locked(std::move(updates));
  if (!compiled.shared.empty()) {
    const auto reading = locked(access_of(compiled));
    for (const auto& shared : compiled.shared)
      arguments.push_back(shared->value);
  }
  std::vector<Array> results = compiled.execution->run(arguments);
  if (!turn.empty()) {
    const auto writing = locked(access_of(compiled));
    for (size_t i = 0; i < compiled.shared.size(); ++i)
      if (compiled.updated[i]) compiled.shared[i]->value = results[compiled.outputs.size() + i];
  }
  results.resize(compiled.outputs.size());
  return results;
}

} // namespace

size_t Compiled::input_named(const std::string& name) const {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].name == name) return i;
    names.push_back(inputs[i].name);
  }
  throw Error(Diag::UnknownName,
              fmt::format("no input is named '{}'{}", printable(name), did_you_mean(name, names)));
}

Error Compiled::too_many(size_t given) const {
  Error e(Diag::ArgumentCount, fmt::format("the function takes {} argument{}, got {}",
                                           inputs.size(), inputs.size() == 1 ? "" : "s", given));
  for (const Input& input : inputs)
    e.note("input", input.text);
  return e;
}

std::vector<Array> Compiled::gather(std::span<const CallArgument> arguments) const {
  std::vector<std::optional<Array>> given(inputs.size());
  size_t place = 0;
  for (const CallArgument& argument : arguments) {
    if (argument.name().empty() && place == inputs.size()) throw too_many(arguments.size());
    const size_t i = argument.name().empty() ? place++ : input_named(argument.name());
    if (given[i])
      throw Error(Diag::ArgumentCount, fmt::format("input '{}' is given twice", inputs[i].name));
    given[i] = converted(argument, inputs[i]);
  }
  std::vector<Array> arrays;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!given[i] && !inputs[i].fallback)
      throw Error(Diag::MissingInput,
                  fmt::format("input '{}' is not given and has no default", inputs[i].name))
          .note("input", inputs[i].text);
    arrays.push_back(given[i] ? *given[i] : *inputs[i].fallback);
  }
  return arrays;
}

} // namespace frontend

using frontend::Compiled;

const Array& Results::operator[](size_t place) const {
  if (place >= arrays_.size())
    throw Error(Diag::IndexRange,
                fmt::format("result {} of a function with {}", place, arrays_.size()));
  return arrays_[place];
}

const Array& Results::operator[](std::string_view name) const {
  const auto& names = function_->outputs;
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) {
    Error e(Diag::UnknownName, fmt::format("no output is named '{}'{}", printable(name),
                                           did_you_mean(name, {names.begin(), names.end()})));
    for (const std::string& n : names)
      e.note("output", printable(n));
    throw e;
  }
  return arrays_[static_cast<size_t>(it - names.begin())];
}

const Array& Results::array() const {
  if (arrays_.size() != 1)
    throw Error(Diag::ArgumentCount,
                fmt::format("the function has {} outputs; say which is meant", arrays_.size()));
  return arrays_[0];
}

Results Function::call(std::span<const CallArgument> arguments) const {
  return Results(compiled_, frontend::run(*compiled_, compiled_->gather(arguments)));
}

Function Function::swap(const std::vector<std::pair<Shared, Shared>>& variables) const {
  auto copy = std::make_shared<Compiled>(*compiled_);
  for (const auto& [old, now] : variables) {
    const auto it =
        std::find(compiled_->shared.begin(), compiled_->shared.end(), old.node().shared);
    if (it == compiled_->shared.end())
      throw Error(Diag::NotInGraph,
                  fmt::format("swap: the function does not use '{}'", printable(old.name())))
          .note("variable", old.text());
    if (old.type() != now.type())
      throw Error(Diag::DataMismatch, "swap: the variables have different types")
          .note("old", old.text())
          .note("new", now.text());
    copy->shared[static_cast<size_t>(it - compiled_->shared.begin())] = now.node().shared;
  }
  return Function(std::move(copy));
}

Function Function::without_updates() const {
  auto copy = std::make_shared<Compiled>(*compiled_);
  copy->updated.assign(copy->updated.size(), false);
  return Function(std::move(copy));
}

std::vector<std::string> Function::inputs() const {
  std::vector<std::string> names;
  for (const Compiled::Input& input : compiled_->inputs)
    names.push_back(input.name);
  return names;
}

const std::string& Function::warning() const { return compiled_->warning; }

std::vector<std::string> Function::outputs() const { return compiled_->outputs; }

namespace {

// The graph of one function() call, from its parts.
class Maker {
public:
  Maker(const std::vector<Tensor>& inputs, const OutputList& outputs,
        const FunctionOptions& options)
      : inputs_(inputs), outputs_(outputs), options_(options) {}

  std::shared_ptr<const Compiled> make() {
    for (const Tensor& input : inputs_)
      lowering_.declare(input);
    for (const Assignment& given : options_.givens)
      lowering_.substitute(given.target, as_tensor(given.value, given.target.type()));
    outputs();
    updates();
    check_unused();
    describe_inputs();
    compiled_.shared = lowering_.shared();
    for (NodeId state : lowering_.graph().states())
      compiled_.updated.push_back(is_updated(state));
    auto [execution, warning] = frontend::prepare(lowering_.graph(), options_);
    compiled_.execution = std::move(execution);
    compiled_.warning = std::move(warning);
    return std::make_shared<const Compiled>(std::move(compiled_));
  }

private:
  static Tensor as_tensor(const Operand& value, const Type& type) {
    return value.is_number() ? value.filled(type) : value.tensor();
  }

  bool is_updated(NodeId state) {
    const auto& updates = lowering_.graph().updates;
    return std::any_of(updates.begin(), updates.end(),
                       [&](const Update& u) { return u.state == state; });
  }

  void outputs() {
    if (outputs_.items().empty() && options_.updates.empty())
      throw Error(Diag::NoOutputs, "function: neither outputs nor updates");
    for (const OutputList::Item& item : outputs_.items()) {
      const std::string& own = item.name.empty() ? item.tensor.name() : item.name;
      const bool taken = std::find(compiled_.outputs.begin(), compiled_.outputs.end(), own) !=
                         compiled_.outputs.end();
      if (taken && !item.name.empty())
        throw Error(Diag::DuplicateName,
                    fmt::format("function: two outputs are named '{}'", printable(own)))
            .note("second", item.tensor.text());
      compiled_.outputs.push_back(own.empty() || taken ? std::to_string(compiled_.outputs.size())
                                                       : own);
      const NodeId node = lowering_.lower(item.tensor);
      lowering_.graph().outputs.push_back({compiled_.outputs.back(), node});
    }
  }

  void updates() {
    Graph& graph = lowering_.graph();
    for (const Assignment& update : options_.updates) {
      const Tensor& target = update.target;
      const Tensor value = as_tensor(update.value, target.type());
      const auto refuse = [&](const std::string& what) {
        return Error(Diag::BadUpdate, what).at(update.value.loc()).note("target", target.text());
      };
      if (!target.node().shared) throw refuse("an update's target must be a shared variable");
      if (value.dtype() != target.dtype())
        throw refuse(fmt::format("update of '{}': the dtypes differ", target.name()))
            .note("value", value.text())
            .hint(fmt::format("cast the value to {}", tsc::name(target.dtype())));
      if (value.rank() != target.rank())
        throw refuse(fmt::format("update of '{}': the numbers of axes differ", target.name()))
            .note("value", value.text());
      const NodeId state = lowering_.lower(target);
      if (is_updated(state)) throw refuse(fmt::format("'{}' is updated twice", target.name()));
      for (size_t axis = 0; axis < target.rank(); ++axis)
        graph.require(target.shape()[axis], Requirement::Relation::Equal, value.shape()[axis],
                      fmt::format("update of '{}': sizes of axis {}", target.name(), axis),
                      graph.location(update.value.loc()));
      graph.updates.push_back({state, lowering_.lower(value)});
    }
  }

  void check_unused() {
    if (options_.allow_unused) return;
    for (const Tensor& input : inputs_)
      if (!lowering_.used(input))
        throw Error(Diag::UnusedInput,
                    fmt::format("function: no output or update needs the input '{}'", input.name()))
            .note("input", input.text())
            .hint("leave it out, or set the option allow_unused");
  }

  void describe_inputs() {
    for (const Tensor& input : inputs_)
      compiled_.inputs.push_back({input.name(), input.type(), input.text(), std::nullopt});
    for (const auto& [input, value] : options_.defaults) {
      const size_t i = compiled_.input_named(input.name());
      // A default is a value, so the expression must be a constant: its value is computed here.
      compiled_.inputs[i].fallback = eval(as_tensor(value, {input.dtype(), {}}));
    }
  }

  const std::vector<Tensor>& inputs_;
  const OutputList& outputs_;
  const FunctionOptions& options_;
  frontend::Lowering lowering_{frontend::Lowering::Leaves::Declared};
  Compiled compiled_;
};

} // namespace

Function function(const std::vector<Tensor>& inputs, const OutputList& outputs,
                  const FunctionOptions& options, std::source_location where) {
  try {
    return Function(Maker(inputs, outputs, options).make());
  } catch (Error& e) {
    if (!e.where().known()) e.at(frontend::loc_of(where));
    throw;
  }
}

Array eval(const Tensor& tensor, const std::vector<std::pair<Tensor, CallArgument>>& inputs,
           std::source_location where) {
  std::vector<Tensor> tensors;
  std::vector<CallArgument> values;
  for (const auto& [input, value] : inputs) {
    tensors.push_back(input);
    values.push_back(value);
  }
  const FunctionOptions options = {.allow_unused = true, .mode = Mode::Interpret};
  return function(tensors, tensor, options, where).call(values).array();
}

} // namespace tsc
