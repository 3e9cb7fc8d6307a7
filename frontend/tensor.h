// Tensor: a value of a computation that is not computed yet. A cheap, immutable handle on a node of
// an expression; copying copies a pointer. Expressions are typed and checked as they are written,
// so that an error names the line which wrote it. Tensors may be shared and used by several
// threads.
//
//   auto x = matrix<float>("x");
//   auto h = tanh(matmul(x, w) + b);      // a Tensor; nothing is computed
#pragma once

#include "frontend/index.h"
#include "ir/type.h"
#include "support/error.h"

#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

class Array;

namespace frontend {
struct Node;
using NodePtr = std::shared_ptr<const Node>;
} // namespace frontend

class Tensor {
public:
  const Type& type() const;
  DType dtype() const { return type().dtype; }
  const Shape& shape() const { return type().shape; } // sizes: numbers or expressions of symbols
  size_t rank() const { return type().rank(); }

  const std::string& name() const; // "" when it has none
  Loc where() const;               // the line that wrote it
  std::string text() const;        // "f32[n, 10]  'h'  model.cpp:41"

  // The same value under a name, for messages and printed graphs. Throws BadName for inputs and
  // shared variables, which have theirs from birth.
  Tensor named(std::string name) const;

  // NumPy's x[a, b, ...]; see frontend/index.h. Axes that no index speaks of stay whole.
  Tensor operator()(const Subscript& a) const;
  Tensor operator()(const Subscript& a, const Subscript& b) const;
  Tensor operator()(const Subscript& a, const Subscript& b, const Subscript& c) const;
  Tensor operator()(const Subscript& a, const Subscript& b, const Subscript& c,
                    const Subscript& d) const;

  // x.T() reverses the axes.
  Tensor T(std::source_location where = std::source_location::current()) const;

  // Comparing handles is a mistake more often than not: write equal(a, b) for a value.
  bool operator==(const Tensor&) const = delete;
  bool same_node(const Tensor& other) const { return node_ == other.node_; }

  explicit Tensor(frontend::NodePtr node) : node_(std::move(node)) {} // for frontend/ only
  const frontend::Node& node() const { return *node_; }

protected:
  frontend::NodePtr node_;
};

// A constant: an array known when the expression is written, or one number of T's dtype.
Tensor constant(const Array& value, std::source_location where = std::source_location::current());
template <class T>
  requires std::is_arithmetic_v<T>
Tensor constant(T value, std::source_location where = std::source_location::current());

// What functions of tensors take: a Tensor, an Array (then a constant) or a C++ number. Made
// implicitly where the function is called, and so knows that line. A number is weak: it takes the
// dtype of the tensors it meets (0.5 * w has w's dtype), but a fraction makes integers floating,
// and an integer that does not fit is an error (NumberRange).
class Operand {
public:
  Operand(const Tensor& tensor, std::source_location where = std::source_location::current())
      : value_(tensor), where_(where) {}
  Operand(const Array& array, std::source_location where = std::source_location::current())
      : value_(constant(array, where)), where_(where) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  Operand(T number, std::source_location where = std::source_location::current())
      : value_(number_of(number)), where_(where) {}

  bool is_number() const { return !std::holds_alternative<Tensor>(value_); }
  // The tensor; of a number, a constant of its own dtype (f32, f64, i64 or bool).
  Tensor tensor() const;
  // The tensor; of a number, a constant of the dtype it takes beside values of `other`.
  Tensor tensor_beside(DType other) const;
  // A number as a constant of this type; NumberRange when it does not fit.
  Tensor filled(const Type& type) const;

  std::source_location where() const { return where_; }
  Loc loc() const { return {where_.file_name(), where_.line(), 0}; }

private:
  using Number = std::variant<Tensor, bool, int64_t, float, double>;
  template <class T>
  static Number number_of(T number) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, float>)
      return number;
    else if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(number);
    else
      return checked_integer(number < 0, static_cast<uint64_t>(number));
  }
  static int64_t checked_integer(bool negative, uint64_t bits);

  Number value_;
  std::source_location where_;
};

template <class T>
  requires std::is_arithmetic_v<T>
Tensor constant(T value, std::source_location where) {
  return Operand(value, where).filled({dtype_of<T>::value, {}});
}

} // namespace tsc
