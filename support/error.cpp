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
#define DIAG(code, id, slug, summary) {Diag::id, #code, slug, summary},
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

void Error::render() {
  const DiagRow& r = row(diag_);
  text_ = fmt::format("error[{}] {}: {}", r.code, r.slug, message_);
  if (loc_.known()) text_ += fmt::format("\n  --> {}", loc_.text());
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

// Length of the well-formed UTF-8 sequence that starts `text`, or 0.
size_t utf8_length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t n = byte(0) < 0x80                      ? 1
             : byte(0) >= 0xC2 && byte(0) < 0xE0 ? 2
             : byte(0) >= 0xE0 && byte(0) < 0xF0 ? 3
             : byte(0) >= 0xF0 && byte(0) < 0xF5 ? 4
                                                 : 0;
  if (n == 0 || n > text.size()) return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return n;
}

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

std::string printable(std::string_view text, size_t limit) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= limit) return out + "...";
    const size_t n = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (n == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
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
