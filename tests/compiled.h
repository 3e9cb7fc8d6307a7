// Compiled functions, and what they give for arguments, beside what the interpreter gives.
#pragma once

#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"

namespace tsc::test {

inline std::shared_ptr<const Executable> program_of(const Graph& graph) {
  CompileOptions options;
  options.cache = false;
  return compile(graph, options);
}

// `text`: a graph file without its first line.
inline std::shared_ptr<const Executable> program_of(const std::string& text) {
  return program_of(parse("tsc 1\n" + text, "test.tsc").graph);
}

inline std::vector<TensorValue> compiled(const Graph& graph,
                                         const std::vector<TensorValue>& arguments) {
  std::vector<Array> arrays;
  for (const TensorValue& value : arguments)
    arrays.push_back(to_array(value));
  std::vector<TensorValue> results;
  for (const Array& result : program_of(graph)->run(arrays))
    results.push_back(to_tensor_value(result));
  return results;
}

} // namespace tsc::test
