// Short forms for tests of values: tensors written as lists, and one-expression graphs evaluated.
#pragma once

#include "ir/build.h"
#include "ir/interpret.h"
#include "tests/catch.h"

#include <functional>
#include <limits>

namespace tsc {

inline constexpr double Inf = std::numeric_limits<double>::infinity();
inline constexpr double NaN = std::numeric_limits<double>::quiet_NaN();

inline TensorValue f32(std::vector<int64_t> shape, const std::vector<double>& items) {
  return TensorValue::of(DType::F32, std::move(shape), items);
}
inline TensorValue f64(std::vector<int64_t> shape, const std::vector<double>& items) {
  return TensorValue::of(DType::F64, std::move(shape), items);
}
inline TensorValue f16(std::vector<int64_t> shape, const std::vector<double>& items) {
  return TensorValue::of(DType::F16, std::move(shape), items);
}
inline TensorValue ints(DType dtype, std::vector<int64_t> shape,
                        const std::vector<int64_t>& items) {
  return TensorValue::of_ints(dtype, std::move(shape), items);
}
inline TensorValue i32(std::vector<int64_t> shape, const std::vector<int64_t>& items) {
  return ints(DType::I32, std::move(shape), items);
}
inline TensorValue i64(std::vector<int64_t> shape, const std::vector<int64_t>& items) {
  return ints(DType::I64, std::move(shape), items);
}
inline TensorValue bools(std::vector<int64_t> shape, const std::vector<int64_t>& items) {
  return ints(DType::Bool, std::move(shape), items);
}

// The value of f(inputs), as a graph over inputs of exactly these shapes.
inline TensorValue evaluated(const std::vector<TensorValue>& inputs,
                             const std::function<Value(const std::vector<Value>&)>& f) {
  Graph graph;
  std::vector<Value> values;
  for (const TensorValue& input : inputs) {
    Type type{input.dtype, Shape(input.shape.begin(), input.shape.end())};
    values.push_back({&graph, graph.input("x" + std::to_string(values.size()), type)});
  }
  const Value result = values.empty() ? f({Value{&graph, NodeId()}}) : f(values);
  graph.outputs.push_back({"out", result.id});
  return interpret(graph, inputs)[0];
}

inline TensorValue evaluated(const TensorValue& x, Value (*f)(Value)) {
  return evaluated({x}, [&](const std::vector<Value>& v) { return f(v[0]); });
}
inline TensorValue evaluated(const TensorValue& x, const TensorValue& y, Value (*f)(Value, Value)) {
  return evaluated({x, y}, [&](const std::vector<Value>& v) { return f(v[0], v[1]); });
}

} // namespace tsc

// Exact comparison that shows both sides when it fails.
#define CHECK_VALUE(got, wanted)                                                                   \
  do {                                                                                             \
    const ::tsc::TensorValue got_ = (got), wanted_ = (wanted);                                     \
    INFO("got    " << text(got_) << "\nwanted " << text(wanted_));                                 \
    CHECK(same_value(got_, wanted_));                                                              \
  } while (false)
