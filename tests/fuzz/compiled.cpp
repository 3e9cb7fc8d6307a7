#include "tests/fuzz/compiled.h"

#include "compiler/compile.h"

#include <cstring>

namespace tsc::fuzz {

namespace {

Array array_of(const TensorValue& value) {
  Array array = Array::empty(value.dtype, std::span<const int64_t>(value.shape));
  std::memcpy(array.mutable_data(), value.bytes.data(), value.bytes.size());
  return array;
}

TensorValue value_of(const Array& array) {
  TensorValue value =
      TensorValue::zeros(array.dtype(), {array.shape().begin(), array.shape().end()});
  std::memcpy(value.bytes.data(), array.data(), value.bytes.size());
  return value;
}

} // namespace

std::vector<TensorValue> compiled_results(const Case& c, bool optimise) {
  CompileOptions options;
  options.optimise = optimise;
  options.cache = false;
  const auto executable = compile(c.graph, options);
  std::vector<Array> arguments;
  for (const auto* list : {&c.inputs, &c.states})
    for (const TensorValue& value : *list)
      arguments.push_back(array_of(value));
  std::vector<TensorValue> results;
  for (const Array& result : executable->run(arguments))
    results.push_back(value_of(result));
  return results;
}

std::vector<TensorValue> expected_results(const Case& c) {
  const std::vector<TensorValue> all = c.results(); // outputs, then a next value of every state
  std::vector<TensorValue> wanted(all.begin(),
                                  all.begin() + static_cast<ptrdiff_t>(c.graph.outputs.size()));
  for (const Update& update : c.graph.updates)
    for (size_t s = 0; s < c.graph.states().size(); ++s)
      if (c.graph.states()[s] == update.state) wanted.push_back(all[c.graph.outputs.size() + s]);
  return wanted;
}

} // namespace tsc::fuzz
