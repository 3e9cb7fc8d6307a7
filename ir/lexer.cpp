#include "ir/lexer.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tsc {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c) || c == '.'; }

// Longest first, so that "**" is not read as two "*".
constexpr std::array<std::string_view, 30> signs = {
    "**", "//", "==", "!=", "<=", ">=", "<<", ">>", "+", "-", "*", "/", "%", "&", "|",
    "^",  "~",  "<",  ">",  "=",  "(",  ")",  "[",  "]", ",", ":", ";", "!", "{", "}"};

constexpr std::array<std::string_view, 11> reserved = {
    "tsc", "input", "state", "const", "require", "update", "output", "true", "false", "inf", "nan"};

} // namespace

bool is_reserved(std::string_view name) {
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= Limits{}.name_bytes && starts_name(name[0]) &&
         std::all_of(name.begin(), name.end(), continues_name) && !is_reserved(name);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string unquote(std::string_view token_text) {
  std::string out;
  for (size_t i = 1; i + 1 < token_text.size(); ++i) {
    if (token_text[i] == '\\') ++i;
    out += token_text[i];
  }
  return out;
}

std::string describe(const Token& token) {
  switch (token.kind) {
  case TokenKind::Newline:
    return "the end of the line";
  case TokenKind::End:
    return "the end of the file";
  case TokenKind::Name:
  case TokenKind::Number:
  case TokenKind::String:
  case TokenKind::File:
  case TokenKind::Sign:
    break;
  }
  return fmt::format("'{}'", printable(token.text, 40));
}

std::string_view Source::line(uint32_t number) const {
  size_t begin = 0;
  for (uint32_t n = 1; n < number && begin < text_.size(); ++n)
    begin = std::min(text_.find('\n', begin), text_.size() - 1) + 1;
  return text_.substr(begin, text_.find_first_of("\r\n", begin) - begin);
}

void Source::locate(Error& error, const Token& token) const {
  const Loc here = loc(token);
  error.at(here);
  const Loc where = error.where(); // its own, if it had one
  if (where.file != file_.file || where.line == 0) return;
  const auto length = where == here ? static_cast<uint32_t>(token.text.size()) : 1;
  error.excerpt(line(where.line), where.column, length);
}

Error Source::error(Diag diag, const Token& token, std::string message) const {
  Error error(diag, std::move(message));
  locate(error, token);
  return error;
}

Lexer::Lexer(const Source& source, const Limits& limits)
    : source_(source), limits_(limits), text_(source.text()) {
  current_ = scan();
  second_ = scan();
}

Token Lexer::next() {
  const Token token = current_;
  current_ = second_;
  if (second_.kind != TokenKind::End) second_ = scan();
  return token;
}

bool Lexer::accept(std::string_view sign) {
  if (!current_.is(sign)) return false;
  next();
  return true;
}

Token Lexer::expect(std::string_view sign) {
  if (!current_.is(sign)) fail_expecting(fmt::format("'{}'", sign));
  return next();
}

Token Lexer::expect(TokenKind kind, const char* what) {
  if (current_.kind != kind) fail_expecting(what);
  return next();
}

void Lexer::fail_expecting(std::string_view what) const {
  const bool ended = current_.kind == TokenKind::End;
  throw source_.error(ended ? Diag::UnexpectedEnd : Diag::BadSyntax, current_,
                      fmt::format("expected {}, found {}", what, describe(current_)));
}

void Lexer::fail(Diag diag, size_t length, std::string message) {
  throw source_.error(diag, make(TokenKind::Sign, length), std::move(message));
}

Token Lexer::make(TokenKind kind, size_t length) {
  const Token token{kind, text_.substr(at_, length), line_,
                    static_cast<uint32_t>(at_ - line_start_ + 1)};
  at_ += token.text.size();
  return token;
}

// A comment is text too: it may hide nothing from the reader.
void Lexer::skip_comment() {
  while (at_ < text_.size() && text_[at_] != '\n') {
    const bool blank = text_[at_] == '\t' || text_.substr(at_, 2) == "\r\n";
    const size_t n = blank ? 1 : printable_length(text_.substr(at_));
    if (n == 0) return; // scan() reports it
    at_ += n;
  }
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t')
      ++at_;
    else if (c == '\r' && text_.substr(at_, 2) == "\r\n")
      ++at_;
    else if (c == '#')
      skip_comment();
    else if (c == '\n' && open_brackets_ > 0)
      ++at_, ++line_, line_start_ = at_;
    else
      return;
  }
}

Token Lexer::scan() {
  skip_blanks();
  if (at_ == text_.size()) return make(TokenKind::End, 0);
  const char c = text_[at_];
  if (c == '\n') {
    const Token token = make(TokenKind::Newline, 0);
    ++at_, ++line_, line_start_ = at_;
    return token;
  }
  if (starts_name(c)) {
    size_t n = 1;
    while (at_ + n < text_.size() && continues_name(text_[at_ + n]))
      ++n;
    if (n > limits_.name_bytes)
      fail(Diag::NameLimit, 1,
           fmt::format("a name has {} bytes; the limit is {}", n, limits_.name_bytes));
    return make(TokenKind::Name, n);
  }
  if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
    return scan_number();
  if (c == '"') return scan_string();
  if (c == '@') return scan_file();
  for (std::string_view sign : signs) {
    if (!text_.substr(at_).starts_with(sign)) continue;
    if (sign == "(" || sign == "[") ++open_brackets_;
    if ((sign == ")" || sign == "]") && open_brackets_ > 0) --open_brackets_;
    return make(TokenKind::Sign, sign.size());
  }
  const size_t n = printable_length(text_.substr(at_));
  if (n == 0)
    fail(Diag::BadCharacter, 1,
         fmt::format("a control character or broken UTF-8 (byte 0x{:02x})",
                     static_cast<unsigned char>(c)));
  fail(Diag::BadCharacter, n,
       fmt::format("'{}' can stand only in comments and between quotes", text_.substr(at_, n)));
}

Token Lexer::scan_string() {
  size_t n = 1;
  while (at_ + n < text_.size() && text_[at_ + n] != '"') {
    if (text_[at_ + n] == '\n') break;
    if (text_[at_ + n] == '\\') {
      const char c = at_ + n + 1 < text_.size() ? text_[at_ + n + 1] : '\n';
      if (c != '"' && c != '\\')
        fail(Diag::BadSyntax, n + 1, "between quotes, '\\' stands before '\"' or '\\' only");
      ++n;
    }
    const size_t length = printable_length(text_.substr(at_ + n));
    if (length == 0) {
      at_ += n;
      fail(Diag::BadCharacter, 1, "a control character or broken UTF-8 between quotes");
    }
    n += length;
    if (n > limits_.name_bytes + 2)
      fail(Diag::NameLimit, 1,
           fmt::format("a quoted text has more than {} bytes", limits_.name_bytes));
  }
  if (at_ + n >= text_.size()) fail(Diag::UnexpectedEnd, n, "the closing '\"' is missing");
  if (text_[at_ + n] == '\n') fail(Diag::BadSyntax, n, "the closing '\"' is missing");
  return make(TokenKind::String, n + 1);
}

Token Lexer::scan_file() {
  size_t n = 1;
  while (at_ + n < text_.size()) {
    const std::string_view rest = text_.substr(at_ + n);
    const size_t length = printable_length(rest);
    if (length == 0 || std::string_view(" #\"").find(rest[0]) != std::string_view::npos) break;
    n += length;
    if (n > limits_.name_bytes)
      fail(Diag::NameLimit, 1,
           fmt::format("a file name has more than {} bytes", limits_.name_bytes));
  }
  if (n == 1) fail(Diag::BadSyntax, 1, "'@' stands before the name of a file");
  return make(TokenKind::File, n);
}

Token Lexer::scan_number() {
  const bool hex = text_[at_] == '0' && at_ + 1 < text_.size() && (text_[at_ + 1] | 32) == 'x';
  size_t n = hex ? 2 : 0;
  const auto more = [&] {
    if (at_ + n >= text_.size()) return false;
    const char c = text_[at_ + n];
    if (is_digit(c) || starts_name(c) || c == '.') return true;
    const char before = n > 0 ? static_cast<char>(text_[at_ + n - 1] | 32) : '\0';
    return (c == '+' || c == '-') && before == (hex ? 'p' : 'e'); // an exponent's sign
  };
  while (more())
    ++n;
  if (n > limits_.name_bytes)
    fail(Diag::NameLimit, 1,
         fmt::format("a number has {} characters; the limit is {}", n, limits_.name_bytes));
  return make(TokenKind::Number, n);
}

} // namespace tsc
