// Recursive descent. Each recursion passes a Nested, so that depth is bounded by Limits::nesting
// and the stack by a few hundred small frames.
#include "ir/syntax.h"

#include <fmt/format.h>

namespace tsc {

using Tag = Syntax::Tag;

class ExpressionParser::Nested {
public:
  explicit Nested(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.depth_ > parser_.lexer_.limits().nesting) too_deep();
  }
  ~Nested() { --parser_.depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

private:
  [[noreturn]] void too_deep() {
    Lexer& lexer = parser_.lexer_;
    parser_.depth_ = 0;
    throw lexer.source()
        .error(Diag::NestingLimit, lexer.peek(),
               fmt::format("an expression is nested more than {} deep", lexer.limits().nesting))
        .hint("give parts of it a name");
  }

  ExpressionParser& parser_;
};

const Infix* infix_of(const Token& token) {
  if (token.kind != TokenKind::Sign) return nullptr;
  for (const Infix& row : infixes)
    if (row.sign == token.text) return &row;
  return nullptr;
}

// Operators of `level` and above. Chains such as a + b + c are read by the loop, left to right.
SyntaxId ExpressionParser::binary(int level) {
  const Nested nested(*this);
  SyntaxId left = unary();
  const Infix* row = infix_of(lexer_.peek());
  while (row && row->level >= level && row->level < power_level) {
    const Token sign = lexer_.next();
    const SyntaxId right = binary(row->level + 1);
    left = tree_.add(Tag::Binary, sign, std::array{left, right});
    const Infix* following = infix_of(lexer_.peek());
    if (following && following->level == comparison_level && row->level == comparison_level)
      throw lexer_.source()
          .error(Diag::BadSyntax, lexer_.peek(), "comparisons cannot be chained")
          .hint("write (a < b) & (b < c)");
    row = following;
  }
  return left;
}

SyntaxId ExpressionParser::unary() {
  const Token& token = lexer_.peek();
  if (!token.is("-") && !token.is("+") && !token.is("~")) return power();
  const Nested nested(*this);
  const Token sign = lexer_.next();
  const SyntaxId operand = unary();
  return tree_.add(Tag::Unary, sign, std::array{operand});
}

// As in Python, -x ** 2 is -(x ** 2), and x ** -2 needs no parentheses.
SyntaxId ExpressionParser::power() {
  const SyntaxId base = postfix();
  if (!lexer_.peek().is("**")) return base;
  const Nested nested(*this);
  const Token sign = lexer_.next();
  const SyntaxId exponent = unary();
  return tree_.add(Tag::Binary, sign, std::array{base, exponent});
}

SyntaxId ExpressionParser::postfix() {
  SyntaxId value = primary();
  while (lexer_.peek().is("["))
    value = index(value, lexer_.next());
  return value;
}

SyntaxId ExpressionParser::primary() {
  const Token& token = lexer_.peek();
  switch (token.kind) {
  case TokenKind::Number:
    return tree_.add(Tag::Number, lexer_.next());
  case TokenKind::String:
    return tree_.add(Tag::String, lexer_.next());
  case TokenKind::Name: {
    const Token name = lexer_.next();
    return lexer_.peek().is("(") ? call(name) : tree_.add(Tag::Name, name);
  }
  case TokenKind::Sign:
    if (token.is("(")) return parenthesised();
    if (token.is("[")) return list(lexer_.next());
    break;
  case TokenKind::File:
  case TokenKind::Newline:
  case TokenKind::End:
    break;
  }
  lexer_.fail_expecting("an expression");
}

// After an item: true when another follows. Reads "," or the closing bracket.
bool ExpressionParser::more_items(const Token& open, std::string_view close) {
  if (lexer_.accept(close)) return false;
  if (lexer_.accept(",")) return !lexer_.accept(close); // a comma may stand behind the last item
  try {
    lexer_.fail_expecting(fmt::format("',' or '{}'", close));
  } catch (Error& e) {
    e.note(fmt::format("'{}' stands at", open.text), lexer_.source().loc(open).text());
    throw;
  }
}

SyntaxId ExpressionParser::list(const Token& open) {
  std::vector<SyntaxId> items;
  if (!lexer_.accept("]")) do
      items.push_back(expression());
    while (more_items(open, "]"));
  return tree_.add(Tag::List, open, items);
}

SyntaxId ExpressionParser::parenthesised() {
  const Token open = lexer_.next();
  std::vector<SyntaxId> items;
  do
    items.push_back(expression());
  while (more_items(open, ")"));
  return items.size() == 1 ? items[0] : tree_.add(Tag::Tuple, open, items);
}

SyntaxId ExpressionParser::call(const Token& name) {
  const Token open = lexer_.next();
  std::vector<SyntaxId> arguments;
  if (!lexer_.accept(")")) do {
      if (lexer_.peek().kind == TokenKind::Name && lexer_.peek_second().is("=")) {
        const Token key = lexer_.next();
        lexer_.next();
        const SyntaxId value = expression();
        arguments.push_back(tree_.add(Tag::Keyword, key, std::array{value}));
      } else {
        if (!arguments.empty() && tree_[arguments.back()].tag == Tag::Keyword)
          lexer_.fail_expecting("name=value, as for the argument before");
        arguments.push_back(expression());
      }
    } while (more_items(open, ")"));
  return tree_.add(Tag::Call, name, arguments);
}

SyntaxId ExpressionParser::index(SyntaxId base, const Token& open) {
  std::vector<SyntaxId> children = {base};
  do
    children.push_back(position());
  while (more_items(open, "]"));
  return tree_.add(Tag::Index, open, children);
}

// One axis of an index: "3", or "start:stop:step" with any part left out.
SyntaxId ExpressionParser::position() {
  const auto part = [&] {
    const Token& token = lexer_.peek();
    const bool absent = token.is(":") || token.is(",") || token.is("]");
    return absent ? tree_.add(Tag::Absent, token) : expression();
  };
  const SyntaxId start = lexer_.peek().is(":") ? part() : expression();
  if (!lexer_.peek().is(":")) return start;
  const Token colon = lexer_.next();
  const SyntaxId stop = part();
  const SyntaxId step = lexer_.accept(":") ? part() : tree_.add(Tag::Absent, lexer_.peek());
  return tree_.add(Tag::Slice, colon, std::array{start, stop, step});
}

} // namespace tsc
