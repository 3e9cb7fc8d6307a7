// The syntax of one statement's expressions: a tree in a vector, operands before what they are part
// of, so that meaning is given by loops and not by recursion.
#pragma once

#include "ir/lexer.h"
#include "ir/opcode.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace tsc {

using SyntaxId = uint32_t;

struct Syntax {
  enum class Tag : uint8_t {
    Number,  // the token is the number
    Name,    // the token is the name
    String,  // the token is the text with its quotes
    Unary,   // token: the sign; one child
    Binary,  // token: the sign; two children
    Call,    // token: the function's name; children: the arguments, those by name as Keyword
    Keyword, // token: the name; one child
    List,    // token: "["; children: the items
    Tuple,   // token: "("; two or more children
    Index,   // token: "["; children: what is indexed, then one for each axis: a Slice or a position
    Slice,   // token: ":"; children: start, stop, step, each possibly Absent
    Absent,
  };
  Tag tag = Tag::Absent;
  Token token;
  uint32_t first = 0, count = 0; // children, in SyntaxTree
};

class SyntaxTree {
public:
  SyntaxId add(Syntax::Tag tag, const Token& token, std::span<const SyntaxId> children = {}) {
    nodes_.push_back({tag, token, static_cast<uint32_t>(children_.size()),
                      static_cast<uint32_t>(children.size())});
    children_.insert(children_.end(), children.begin(), children.end());
    return static_cast<SyntaxId>(nodes_.size() - 1);
  }
  const Syntax& operator[](SyntaxId id) const { return nodes_[id]; }
  std::span<const SyntaxId> children(SyntaxId id) const {
    return std::span(children_).subspan(nodes_[id].first, nodes_[id].count);
  }
  SyntaxId child(SyntaxId id, size_t i) const { return children(id)[i]; }
  size_t size() const { return nodes_.size(); }
  void clear() {
    nodes_.clear();
    children_.clear();
  }

private:
  std::vector<Syntax> nodes_;
  std::vector<SyntaxId> children_;
};

// The signs between two operands, with Python's precedence: those of a higher level bind tighter.
struct Infix {
  std::string_view sign;
  int level;
  Op op;
  Op op_on_bools; // the same where booleans have an op of their own
};

inline constexpr int comparison_level = 1, power_level = 8;

inline constexpr std::array<Infix, 18> infixes = {{
    {"==", comparison_level, Op::equal, Op::equal},
    {"!=", comparison_level, Op::not_equal, Op::not_equal},
    {"<", comparison_level, Op::less, Op::less},
    {"<=", comparison_level, Op::less_equal, Op::less_equal},
    {">", comparison_level, Op::greater, Op::greater},
    {">=", comparison_level, Op::greater_equal, Op::greater_equal},
    {"|", 2, Op::bit_or, Op::logical_or},
    {"^", 3, Op::bit_xor, Op::logical_xor},
    {"&", 4, Op::bit_and, Op::logical_and},
    {"<<", 5, Op::shift_left, Op::shift_left},
    {">>", 5, Op::shift_right, Op::shift_right},
    {"+", 6, Op::add, Op::add},
    {"-", 6, Op::sub, Op::sub},
    {"*", 7, Op::mul, Op::mul},
    {"/", 7, Op::div, Op::div},
    {"//", 7, Op::floor_div, Op::floor_div},
    {"%", 7, Op::mod, Op::mod},
    {"**", power_level, Op::pow, Op::pow},
}};

// The row of an operator token; null for other tokens.
const Infix* infix_of(const Token& token);

// Reads expressions from `lexer` into `tree`.
class ExpressionParser {
public:
  ExpressionParser(Lexer& lexer, SyntaxTree& tree) : lexer_(lexer), tree_(tree) {}

  SyntaxId expression() { return binary(comparison_level); }
  // "[" was read: items up to "]".
  SyntaxId list(const Token& open);

private:
  SyntaxId binary(int level);
  SyntaxId unary();
  SyntaxId power();
  SyntaxId postfix();
  SyntaxId primary();
  SyntaxId parenthesised();
  SyntaxId call(const Token& name);
  SyntaxId index(SyntaxId base, const Token& open);
  SyntaxId position();
  bool more_items(const Token& open, std::string_view close);

  class Nested; // counts levels

  Lexer& lexer_;
  SyntaxTree& tree_;
  size_t depth_ = 0;
};

} // namespace tsc
