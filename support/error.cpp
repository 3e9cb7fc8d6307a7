#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <set>

namespace tsc {

Loc Loc::in_file(std::string_view file, uint32_t line, uint32_t column) {
  static std::mutex mutex;
  static auto* names = new std::set<std::string, std::less<>>; // node-based: addresses stay
  std::lock_guard lock(mutex);
  auto it = names->find(file);
  if (it == names->end()) it = names->emplace(file).first;
  return {it->c_str(), line, column};
}

std::string Loc::text() const {
  if (!known()) return "";
  if (line == 0) return file;
  return column ? fmt::format("{}:{}:{}", file, line, column) : fmt::format("{}:{}", file, line);
}

const std::vector<DiagRow>& all_diagnostics() {
  static const std::vector<DiagRow> rows = {
#define DIAG(code, id, slug, summary, advice) {Diag::id, #code, slug, summary, advice},
#include "support/diagnostics.def"
#undef DIAG
  };
  return rows;
}

const DiagRow& row(Diag diag) { return all_diagnostics()[static_cast<size_t>(diag)]; }

Error::Error(Diag diag, std::string message) : diag_(diag), message_(std::move(message)) {
  render();
}

Error& Error::at(Loc loc) & {
  if (!loc_.known()) loc_ = loc;
  render();
  return *this;
}

Error& Error::note(std::string label, std::string text) & {
  notes_.emplace_back(std::move(label), std::move(text));
  render();
  return *this;
}

Error& Error::hint(std::string text) & {
  hint_ = std::move(text);
  render();
  return *this;
}

namespace {

// Source text as a terminal may show it on one line.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 200))
    out += c == '\t' ? ' ' : c;
  return printable(out, SIZE_MAX);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Bytes of a long line shown before the marked place, and from it on.
constexpr size_t shown_before = 60, shown_from = 60;

} // namespace

Error& Error::excerpt(std::string_view source_line, uint32_t column, uint32_t length) & {
  if (!marks_.empty()) return *this;
  const size_t at = std::min<size_t>(column > 0 ? column - 1 : 0, source_line.size());
  const size_t first = at > shown_before ? at - shown_before : 0;
  const std::string before = (first ? "..." : "") + shown(source_line.substr(first, at - first));
  std::string_view rest = source_line.substr(at, shown_from);
  const std::string marked = shown(rest.substr(0, length));
  rest.remove_prefix(std::min<size_t>(length, rest.size()));
  excerpt_ = before + marked + shown(rest);
  if (source_line.size() > at + shown_from) excerpt_ += "...";
  marks_ = std::string(characters(before), ' ') + "^" +
           std::string(std::max<size_t>(characters(marked), 1) - 1, '~');
  render();
  return *this;
}

void Error::render() {
  const DiagRow& r = row(diag_);
  text_ = fmt::format("error[{}] {}: {}", r.code, r.slug, message_);
  if (loc_.known()) text_ += fmt::format("\n  --> {}", loc_.text());
  if (!marks_.empty()) {
    const std::string number = std::to_string(loc_.line);
    text_ += fmt::format("\n  {} | {}\n  {:{}} | {}", number, excerpt_, "", number.size(), marks_);
  }
  size_t width = 0;
  for (const auto& [label, text] : notes_)
    width = std::max(width, label.size());
  for (const auto& [label, text] : notes_)
    text_ += fmt::format("\n  {:<{}}  {}", label, width, text);
  if (!hint_.empty()) text_ += "\n  hint: " + hint_;
}

InternalError::InternalError(std::string message, const char* file, int line)
    : text_("internal error in tsc (please report): " + std::move(message)) {
  if (file) text_ += fmt::format(" [{}:{}]", file, line);
}

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

} // namespace

size_t printable_length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const unsigned char b = byte(0);
  if (b < 0x80) return b >= 0x20 && b != 0x7F;
  const size_t n = b >= 0xC2 && b < 0xE0   ? 2
                   : b >= 0xE0 && b < 0xF0 ? 3
                   : b >= 0xF0 && b < 0xF5 ? 4
                                           : 0;
  if (n == 0) return 0;
  uint32_t code = b & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800,
                                0x10000}; // longer forms than needed are not UTF-8
  const bool scalar = code >= least[n] && code < 0x110000 && !(code >= 0xD800 && code < 0xE000);
  const bool control =
      code < 0xA0 || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return scalar && !control ? n : 0;
}

std::string printable(std::string_view text, size_t limit) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= limit) return out + "...";
    const size_t n = printable_length(text);
    if (n == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
    } else {
      out += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return out;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > 64) return "";
  std::string_view best;
  if (word.size() < 2) return ""; // any other letter would be near
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > 64) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view found = nearest(word, candidates);
  return found.empty() ? "" : fmt::format("; did you mean '{}'?", found);
}

} // namespace tsc
