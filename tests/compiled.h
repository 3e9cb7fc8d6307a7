// What compiled functions give for a graph and arguments, beside what the interpreter gives.
#pragma once

#include "compiler/compile.h"
#include "compiler/tensor_array.h"

namespace tsc::test {

inline std::vector<TensorValue> compiled(const Graph& graph,
                                         const std::vector<TensorValue>& arguments) {
  CompileOptions options;
  options.cache = false;
  std::vector<Array> arrays;
  for (const TensorValue& value : arguments)
    arrays.push_back(to_array(value));
  std::vector<TensorValue> results;
  for (const Array& result : compile(graph, options)->run(arrays))
    results.push_back(to_tensor_value(result));
  return results;
}

} // namespace tsc::test
