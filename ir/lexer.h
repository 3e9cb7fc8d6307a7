// From the text of a graph file to tokens. Tokens are read one at a time and point into the text,
// so a file costs no memory beyond itself. Line ends inside brackets are no tokens.
#pragma once

#include "ir/limits.h"
#include "support/error.h"

#include <string>
#include <string_view>

namespace tsc {

enum class TokenKind : uint8_t {
  Name,    // [A-Za-z_][A-Za-z0-9_.]*
  Number,  // 12, 0x1f, 1.5e-3, 0x1.8p3
  String,  // "any text", with \" and \\ inside; the token's text includes the quotes
  File,    // @weights.npy; the token's text includes the @
  Sign,    // operators and punctuation
  Newline, // the end of a statement
  End,     // the end of the file
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  uint32_t line = 0, column = 0; // 1-based; columns count bytes

  bool is(std::string_view sign) const { return kind == TokenKind::Sign && text == sign; }
  bool is_name(std::string_view name) const { return kind == TokenKind::Name && text == name; }
  bool ends_statement() const { return kind == TokenKind::Newline || kind == TokenKind::End; }
};

// A text with a name: makes locations, and errors that show the line.
class Source {
public:
  Source(std::string_view text, std::string_view file_name)
      : text_(text), file_(Loc::in_file(printable(file_name, 4096), 0)) {}

  std::string_view text() const { return text_; }
  Loc loc(const Token& token) const { return {file_.file, token.line, token.column}; }
  // Gives the error the location of `token` unless it has one, and the excerpt there.
  void locate(Error& error, const Token& token) const;
  Error error(Diag diag, const Token& token, std::string message) const;

private:
  std::string_view line(uint32_t number) const;

  std::string_view text_;
  Loc file_;
};

class Lexer {
public:
  Lexer(const Source& source, const Limits& limits);

  const Token& peek() const { return current_; }
  const Token& peek_second() const { return second_; }
  Token next(); // returns peek() and moves on

  // The next token if it is `sign`.
  bool accept(std::string_view sign);
  // The next token, which must be `sign` (or of `kind`): else BadSyntax or UnexpectedEnd saying
  // that `what` was expected.
  Token expect(std::string_view sign);
  Token expect(TokenKind kind, const char* what);
  [[noreturn]] void fail_expecting(std::string_view what) const;

  const Source& source() const { return source_; }
  const Limits& limits() const { return limits_; }

private:
  Token scan();
  void skip_blanks();
  void skip_comment();
  Token make(TokenKind kind, size_t length);
  Token scan_string();
  Token scan_file();
  Token scan_number();
  [[noreturn]] void fail(Diag diag, size_t length, std::string message);

  const Source& source_;
  const Limits& limits_;
  std::string_view text_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  size_t open_brackets_ = 0;
  Token current_, second_;
};

// Can `name` stand for a value without quotes? (An identifier of fair length, no word of the
// language.)
bool is_plain_name(std::string_view name);
bool is_reserved(std::string_view name);

// "text" with quotes, and back.
std::string quote(std::string_view text);
std::string unquote(std::string_view token_text);

// A token as messages show it: 'name', the end of the line.
std::string describe(const Token& token);

} // namespace tsc
