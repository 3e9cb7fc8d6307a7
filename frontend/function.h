// Functions: expressions made callable.
//
//   auto train = function({x, y}, {loss}, {.updates = {{w, w - 0.5f * gw}, {b, b - 0.5f * gb}}});
//   float l = train(images, labels).scalar<float>();
#pragma once

#include "frontend/arrays.h"
#include "frontend/shared.h"
#include "frontend/tensor.h"
#include "runtime/device.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

enum class Mode : uint8_t {
  Auto,      // Compile; Interpret where the system lets no memory become executable, with a warning
  Compile,   // optimised and compiled; NoBackend where that cannot be
  Interpret, // only stabilised, and run by the reference interpreter: slow, nothing to compile
};

// `target` stands for, or becomes, `value`. A number takes the target's dtype and shape.
struct Assignment {
  Tensor target;
  Operand value;
};

struct FunctionOptions {
  // New values of shared variables after each call, computed from the old values of all of them; so
  // are the outputs. Throws BadUpdate: not a shared variable, listed twice, another dtype;
  // ShapeMismatch.
  std::vector<Assignment> updates = {};
  // Values that stand in for inputs or intermediate values in this function only, all at once.
  std::vector<Assignment> givens = {};
  // What inputs are when a call does not give them.
  std::vector<std::pair<Tensor, Operand>> defaults = {};
  // Inputs that no output or update needs are an error (UnusedInput) unless this is set.
  bool allow_unused = false;
  // Keep what infinities and NaNs give: otherwise x - x is 0 whatever x is.
  bool strict = false;
  Mode mode = Mode::Auto;
  // Where compiled functions run; arguments and results are the host's either way. Throws NoDevice.
  Device device = Device::cpu();
};

// The outputs of a function: tensors, with names or without. Unnamed ones have their tensor's name,
// or else that of their place: "0", "1", ...
class OutputList {
public:
  struct Item {
    Item(const Tensor& tensor) : tensor(tensor) {}
    Item(std::string name, const Tensor& tensor) : name(std::move(name)), tensor(tensor) {}
    std::string name;
    Tensor tensor;
  };
  OutputList() = default;
  OutputList(const Tensor& one) : items_{Item(one)} {}
  OutputList(std::initializer_list<Item> items) : items_(items) {}
  OutputList(const std::vector<Tensor>& tensors) : items_(tensors.begin(), tensors.end()) {}
  OutputList(std::vector<Item> items) : items_(std::move(items)) {}
  const std::vector<Item>& items() const { return items_; }

private:
  std::vector<Item> items_;
};

// What a call takes for an input: an Array of its dtype, a vector, or a number, which must fit the
// input's dtype. With a name it is for the input of that name: f(33, arg("y", 0)).
class CallArgument {
public:
  CallArgument(const Array& array) : array_(array) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  CallArgument(T number) : array_(Array::scalar(number)), is_number_(true) {}
  template <Element T>
  CallArgument(const std::vector<T>& values) : array_(Array::from(values)) {}
  CallArgument(std::string name, const CallArgument& value)
      : name_(std::move(name)), array_(value.array_), is_number_(value.is_number_) {}

  const std::string& name() const { return name_; } // "": by place
  const Array& array() const { return array_; }
  bool is_number() const { return is_number_; }

private:
  std::string name_;
  Array array_;
  bool is_number_ = false;
};

namespace frontend {
struct Compiled;
}

// What a call returns: an array for each output, by place or by name.
class Results {
public:
  size_t size() const { return arrays_.size(); }
  const Array& operator[](size_t place) const;          // IndexRange
  const Array& operator[](std::string_view name) const; // UnknownName
  const Array& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  const Array& operator[](int place) const { return (*this)[static_cast<size_t>(place)]; }
  auto begin() const { return arrays_.begin(); }
  auto end() const { return arrays_.end(); }

  // The only output. ArgumentCount when there are more; DataMismatch unless it has one item of T.
  const Array& array() const;
  template <Element T>
  T scalar() const {
    return array().scalar<T>();
  }

private:
  friend class Function;
  Results(std::shared_ptr<const frontend::Compiled> function, std::vector<Array> arrays)
      : function_(std::move(function)), arrays_(std::move(arrays)) {}
  std::shared_ptr<const frontend::Compiled> function_; // for the names
  std::vector<Array> arrays_;
};

// A handle; copies share the compiled code. May be called by several threads at once: calls that
// update the same shared variable run one after the other, and each call sees the shared variables
// as they were at one moment.
class Function {
public:
  // Arguments in the order of the inputs, then by name. Throws ArgumentCount, ArgumentType,
  // ArgumentShape, MissingInput, UnknownName; IndexRange from indices in the data.
  template <class... A>
    requires(std::convertible_to<const A&, CallArgument> && ...)
  Results operator()(const A&... arguments) const {
    return call(std::vector<CallArgument>{CallArgument(arguments)...});
  }
  Results call(std::span<const CallArgument> arguments) const;

  // This function on other shared variables of the same types: each `first` becomes `second`. No
  // recompilation. Throws NotInGraph, DataMismatch.
  Function swap(const std::vector<std::pair<Shared, Shared>>& variables) const;
  // This function without its updates.
  Function without_updates() const;

  std::vector<std::string> inputs() const;
  std::vector<std::string> outputs() const;

  // One line for the user where calls will be slow: with Mode::Auto the function is interpreted,
  // because this process may not make memory executable. Else "". Nothing prints it.
  const std::string& warning() const;

private:
  friend Function function(const std::vector<Tensor>&, const OutputList&, const FunctionOptions&,
                           std::source_location);
  explicit Function(std::shared_ptr<const frontend::Compiled> compiled)
      : compiled_(std::move(compiled)) {}
  std::shared_ptr<const frontend::Compiled> compiled_;
};

// A named argument of a call: f(33, arg("y", 0)).
inline CallArgument arg(std::string name, const CallArgument& value) {
  return CallArgument(std::move(name), value);
}

// Compiles. Shared variables need not be listed. Throws NoOutputs, DuplicateName, BadName,
// MissingInput, UnusedInput, BadUpdate, and what the options say.
Function function(const std::vector<Tensor>& inputs, const OutputList& outputs,
                  const FunctionOptions& options = {},
                  std::source_location where = std::source_location::current());

// The value of `tensor` where inputs have the given values: a function made, interpreted and
// forgotten. eval(z, {{x, 16.3}, {y, 12.1}}).
Array eval(const Tensor& tensor, const std::vector<std::pair<Tensor, CallArgument>>& inputs = {},
           std::source_location where = std::source_location::current());

} // namespace tsc
