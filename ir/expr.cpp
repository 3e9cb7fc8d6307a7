#include "ir/expr.h"

#include "ir/op.h"

#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace tsc {

namespace {

// How tightly an expression's outermost operator binds.
enum Binding : int { Sum = 1, Product, Sign, Atom };

struct Text {
  std::string text;
  Binding binding;

  std::string inside(int least) const { return binding >= least ? text : "(" + text + ")"; }
};

Text application(const Expr::Node& n, const std::vector<Text>& parts) {
  const auto arg = [&](size_t i) -> const Text& { return parts[n.args[i]]; };
  // Subtraction and division bind their right operand more tightly.
  const auto infix = [&](const char* op, Binding binding, int right) {
    return Text{arg(0).inside(binding) + op + arg(1).inside(right), binding};
  };
  if (n.op == Op::add) return infix(" + ", Sum, Sum);
  if (n.op == Op::sub) return infix(" - ", Sum, Product);
  if (n.op == Op::mul) return infix(" * ", Product, Product);
  if (n.op == Op::div) return infix(" / ", Product, Sign);
  if (n.op == Op::neg) return {"-" + arg(0).inside(Atom), Sign};
  std::string list;
  for (size_t i = 0; i < n.arity; ++i)
    list += (i == 0 ? "" : ", ") + arg(i).text;
  return {fmt::format("{}({})", name(n.op), list), Atom};
}

} // namespace

std::string Expr::text() const {
  std::vector<Text> parts;
  for (size_t i = 0; i < size_; ++i) {
    const Node& n = nodes_[i];
    switch (n.tag) {
    case Tag::Var:
      parts.push_back({std::string(1, n.var), Atom});
      break;
    case Tag::Constant:
      parts.push_back({fmt::format("{}", n.constant), std::signbit(n.constant) ? Sign : Atom});
      break;
    case Tag::Apply:
      parts.push_back(application(n, parts));
      break;
    }
  }
  return parts.empty() ? "" : parts.back().text;
}

} // namespace tsc
