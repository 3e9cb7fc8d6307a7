// Errors. `Error` is the user's (a bad graph, file, argument or device) and reads like a compiler
// diagnostic; `InternalError` is ours and means a bug in tsc. Library code throws one of the two
// and never prints or aborts.
//
//   error[E0204] shape-mismatch: matmul: inner sizes differ
//     --> model.tsc:12:5
//     12 | h = matmul(x, w)
//        |     ^~~~~~
//     left   f32[batch, 128]
//     right  f32[64, 10]
//     hint: left axis 1 is 128, right axis 0 is 64
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

// Where something the user wrote stands. `file` is null when unknown; else it is a string with
// static lifetime (a std::source_location name or one interned by `Loc::in_file`).
struct Loc {
  const char* file = nullptr;
  uint32_t line = 0; // 1-based; 0 when unknown
  uint32_t column = 0;

  // A location in a file whose name is not a literal. The name is kept once per process.
  static Loc in_file(std::string_view file, uint32_t line, uint32_t column = 0);
  bool known() const { return file != nullptr; }
  std::string text() const; // "model.tsc:12:7", or "" when unknown
  bool operator==(const Loc&) const = default;
};

// Every diagnostic tsc can raise; the rows stand in support/diagnostics.def.
enum class Diag : uint16_t {
#define DIAG(code, id, slug, summary, advice) id,
#include "support/diagnostics.def"
#undef DIAG
};

struct DiagRow {
  Diag diag;
  const char* code;    // "E0204"; never changes, never reused
  const char* slug;    // "shape-mismatch"
  const char* summary; // one sentence: what it means
  const char* advice;  // what to do, for `tsc explain`
};

const std::vector<DiagRow>& all_diagnostics();
const DiagRow& row(Diag diag);

class Error : public std::exception {
public:
  // `message` says what is wrong in one line, in the user's words.
  Error(Diag diag, std::string message);

  // Builders, to be chained: throw Error(...).at(loc).note("left", "f32[2]").hint("...");
  Error& at(Loc loc) &;
  Error& note(std::string label, std::string text) &;
  Error& hint(std::string text) &;
  // The source line that `at` points to, marked for `length` bytes from the 1-based byte `column`
  // on. Like a location, the first one given stays.
  Error& excerpt(std::string_view source_line, uint32_t column, uint32_t length) &;
  Error&& at(Loc loc) && { return std::move(at(loc)); }
  Error&& note(std::string label, std::string text) && {
    return std::move(note(std::move(label), std::move(text)));
  }
  Error&& hint(std::string text) && { return std::move(hint(std::move(text))); }
  Error&& excerpt(std::string_view source_line, uint32_t column, uint32_t length) && {
    return std::move(excerpt(source_line, column, length));
  }

  Diag diag() const { return diag_; }
  std::string_view code() const { return row(diag_).code; }
  const std::string& message() const { return message_; }
  Loc where() const { return loc_; }
  const char* what() const noexcept override { return text_.c_str(); } // the whole diagnostic

private:
  void render();

  Diag diag_;
  std::string message_;
  Loc loc_;
  std::string excerpt_, marks_;
  std::vector<std::pair<std::string, std::string>> notes_;
  std::string hint_;
  std::string text_;
};

class InternalError : public std::exception {
public:
  explicit InternalError(std::string message, const char* file = nullptr, int line = 0);
  const char* what() const noexcept override { return text_.c_str(); }

private:
  std::string text_;
};

// States an invariant of ours. Kept in release builds: a wrong answer is worse than an exception.
#define TSC_CHECK(condition)                                                                       \
  ((condition) ? void(0)                                                                           \
               : throw ::tsc::InternalError("broken invariant: " #condition, __FILE__, __LINE__))

// Length of the UTF-8 sequence of one printable character that starts `text` (not empty). 0 where
// there is none: bytes that are not UTF-8, control characters (C0, DEL, C1) and the bidirectional
// overrides, which make a terminal show other text than stands there.
size_t printable_length(std::string_view text);

// User text made safe to show: control characters and broken UTF-8 escaped, at most `limit` bytes.
std::string printable(std::string_view text, size_t limit = 80);

// The candidate nearest to `word` by edit distance, or "" when none is near enough to suggest.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "; did you mean 'x'?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

} // namespace tsc
