// The one notation for what an op means, its derivative, and both sides of a rewrite rule: a small
// tree of ops over variables, built at compile time by ordinary arithmetic.
//
//   constexpr Expr softplus_spec = log(1 + exp(x));
//
// Variables: x, y, z are operands; g is the incoming derivative; r is the op's own result. In rules
// the variables bind to any value. A reduction such as sum_(e) runs over "the axes" at hand (the
// op's own or the ones that the rule's match bound) and its result spreads back over them where it
// meets full shapes.
#pragma once

#include "ir/opcode.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace tsc {

class Expr {
public:
  enum class Tag : uint8_t { Var, Constant, Apply };
  struct Node {
    Tag tag = Tag::Constant;
    char var = 0;                  // 'x', 'y', 'z', 'g', 'r'
    Op op = Op{};                  // of Apply
    uint8_t arity = 0;             // of Apply
    std::array<uint8_t, 3> args{}; // earlier nodes
    double constant = 0;
  };

  constexpr Expr() = default; // empty: "none"
  constexpr Expr(double constant) { push({Tag::Constant, 0, Op{}, 0, {}, constant}); }
  constexpr Expr(int constant) : Expr(static_cast<double>(constant)) {}

  static constexpr Expr variable(char name) {
    Expr e;
    e.push({Tag::Var, name, Op{}, 0, {}, 0});
    return e;
  }

  template <class... Args>
  static constexpr Expr apply(Op op, const Args&... args) {
    Expr e;
    Node node{Tag::Apply, 0, op, sizeof...(args), {}, 0};
    size_t i = 0;
    ((node.args[i++] = e.append(args)), ...);
    e.push(node);
    return e;
  }

  constexpr bool empty() const { return size_ == 0; }
  constexpr size_t size() const { return size_; }
  constexpr const Node& operator[](size_t i) const { return nodes_[i]; }
  constexpr const Node& root() const { return nodes_[size_ - 1]; }
  constexpr uint8_t root_index() const { return static_cast<uint8_t>(size_ - 1); }

  std::string text() const; // "log(1 + exp(x))"

private:
  static constexpr size_t capacity = 48;

  // Copies `e`'s nodes behind ours and returns the place of its root. Out of capacity does not
  // compile.
  constexpr uint8_t append(const Expr& e) {
    const size_t base = size_;
    for (size_t i = 0; i < e.size_; ++i) {
      Node node = e.nodes_[i];
      for (auto& arg : node.args)
        arg = static_cast<uint8_t>(arg + base);
      push(node);
    }
    return static_cast<uint8_t>(size_ - 1);
  }
  constexpr void push(const Node& node) { nodes_.at(size_++) = node; }

  std::array<Node, capacity> nodes_{};
  uint8_t size_ = 0;
};

// Names usable inside rows and rules: variables, one function per op, and operators.
namespace expr {

inline constexpr Expr x = Expr::variable('x');
inline constexpr Expr y = Expr::variable('y');
inline constexpr Expr z = Expr::variable('z');
inline constexpr Expr g = Expr::variable('g');
inline constexpr Expr r = Expr::variable('r');
inline constexpr Expr infinity = std::numeric_limits<double>::infinity();

#define UNARY(op, ...)                                                                             \
  constexpr Expr op(const Expr& a) { return Expr::apply(Op::op, a); }
#define BINARY(op, ...)                                                                            \
  constexpr Expr op(const Expr& a, const Expr& b) { return Expr::apply(Op::op, a, b); }
#define TERNARY(op, ...)                                                                           \
  constexpr Expr op(const Expr& a, const Expr& b, const Expr& c) {                                 \
    return Expr::apply(Op::op, a, b, c);                                                           \
  }
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY

// Reductions over the axes at hand, and the ops that run along them.
#define REDUCE(op, ...)                                                                            \
  constexpr Expr op##_(const Expr& a) { return Expr::apply(Op::op, a); }
#define ROWWISE(op, ...)                                                                           \
  constexpr Expr op##_(const Expr& a) { return Expr::apply(Op::op, a); }
#include "ir/ops/reduce.def"
#undef REDUCE
#undef ROWWISE

constexpr Expr operator+(const Expr& a, const Expr& b) { return add(a, b); }
constexpr Expr operator-(const Expr& a, const Expr& b) { return sub(a, b); }
constexpr Expr operator*(const Expr& a, const Expr& b) { return mul(a, b); }
constexpr Expr operator/(const Expr& a, const Expr& b) { return div(a, b); }
constexpr Expr operator-(const Expr& a) { return neg(a); }

} // namespace expr
} // namespace tsc
