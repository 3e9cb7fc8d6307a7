#include "cache/key_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace tsc {

namespace {

constexpr std::string_view graph_tag = "graph";

// Which part of the key a field belongs to; all others are options.
constexpr std::array<std::pair<std::string_view, Miss>, 10> parts = {{{graph_tag, Miss::New},
                                                                      {"kind", Miss::New},
                                                                      {"source", Miss::New},
                                                                      {"generation", Miss::Tool},
                                                                      {"prelude", Miss::Tool},
                                                                      {"toolchain", Miss::Tool},
                                                                      {"triple", Miss::Target},
                                                                      {"cpu", Miss::Target},
                                                                      {"feature", Miss::Target},
                                                                      {"salt", Miss::Salt}}};

Miss part_of(std::string_view field) {
  for (const auto& [tag, part] : parts)
    if (field == tag) return part;
  return field.starts_with(graph_tag) ? Miss::New : Miss::Options;
}

// "TAG LENGTH:VALUE\n" at the start of `text`; its bytes, or 0 when that does not stand there.
size_t read_field(std::string_view text, KeyField& out) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return 0;
  const size_t space = text.rfind(' ', colon);
  if (space == std::string_view::npos) return 0;
  size_t length = 0;
  const char* end = text.data() + colon;
  const auto [stop, error] = std::from_chars(text.data() + space + 1, end, length);
  if (error != std::errc() || stop != end || length >= text.size() - colon - 1) return 0;
  out = {text.substr(0, space), text.substr(colon + 1, length)};
  const size_t size = colon + 1 + length + 1;
  return text[size - 1] == '\n' ? size : 0;
}

// Fields up to the graph, each tag with its values in order: a feature each is a field.
using Settings = std::vector<std::pair<std::string_view, std::vector<std::string_view>>>;

Settings settings_of(std::string_view key) {
  Settings out;
  for (const KeyField& field : key_fields(key)) {
    if (field.tag == graph_tag) break;
    if (out.empty() || out.back().first != field.tag) out.push_back({field.tag, {}});
    out.back().second.push_back(field.value);
  }
  return out;
}

const std::vector<std::string_view>& values(const Settings& settings, std::string_view tag) {
  static const std::vector<std::string_view> none;
  for (const auto& [t, list] : settings)
    if (t == tag) return list;
  return none;
}

void compare(std::string_view tag, std::vector<std::string_view> asked,
             std::vector<std::string_view> stored, std::vector<Difference>& out) {
  if (asked.size() <= 1 && stored.size() <= 1) { // one value each
    if (asked != stored)
      out.push_back({std::string(tag), std::string(asked.empty() ? "" : asked[0]),
                     std::string(stored.empty() ? "" : stored[0])});
    return;
  }
  const auto lacking = [](const auto& in, std::string_view value) {
    return std::find(in.begin(), in.end(), value) == in.end();
  };
  for (std::string_view value : asked)
    if (lacking(stored, value)) out.push_back({std::string(tag), std::string(value), ""});
  for (std::string_view value : stored)
    if (lacking(asked, value)) out.push_back({std::string(tag), "", std::string(value)});
}

using Lines = std::vector<std::string>;

// The table of longest common subsequences of the ends of two lists; empty when it would be large.
std::vector<uint32_t> common_table(const Lines& a, const Lines& b) {
  constexpr size_t max_cells = 4'000'000;
  if ((a.size() + 1) * (b.size() + 1) > max_cells) return {};
  const size_t width = b.size() + 1;
  std::vector<uint32_t> table((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      table[i * width + j] = a[i] == b[j]
                                 ? table[(i + 1) * width + j + 1] + 1
                                 : std::max(table[(i + 1) * width + j], table[i * width + j + 1]);
  return table;
}

// Lines of `a` and `b` that have no partner; those at one place are shown side by side. `before`
// lines stand before both.
void compare_lines(const Lines& a, const Lines& b, size_t before, std::vector<Difference>& out) {
  const std::vector<uint32_t> table = common_table(a, b);
  const auto common = [&](size_t i, size_t j) {
    return table.empty() ? 0 : table[i * (b.size() + 1) + j];
  };
  const auto line = [&](size_t i) { return fmt::format("graph line {}", before + i + 1); };
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const uint32_t rest = common(i, j);
    if (i < a.size() && j < b.size() && a[i] == b[j] && rest == common(i + 1, j + 1) + 1) {
      ++i, ++j;
    } else if (i < a.size() && j < b.size() && common(i + 1, j + 1) == rest) {
      out.push_back({line(i), a[i], b[j]});
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || common(i + 1, j) == rest)) {
      out.push_back({line(i), a[i], ""});
      ++i;
    } else {
      out.push_back({line(i), "", b[j]});
      ++j;
    }
  }
}

void compare_graphs(std::string_view asked, std::string_view stored, std::vector<Difference>& out) {
  if (asked == stored) return;
  Lines a = graph_lines(asked), b = graph_lines(stored);
  const auto [a_begin, b_begin] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same_start = static_cast<size_t>(a_begin - a.begin());
  a.erase(a.begin(), a_begin), b.erase(b.begin(), b_begin);
  while (!a.empty() && !b.empty() && a.back() == b.back())
    a.pop_back(), b.pop_back();
  compare_lines(a, b, same_start, out);
}

} // namespace

const std::vector<MissRow>& all_misses() {
  static const std::vector<MissRow> rows = {
#define MISS(id, name, meaning) {Miss::id, name, meaning},
#include "cache/miss.def"
#undef MISS
  };
  return rows;
}

const MissRow& row(Miss reason) { return all_misses()[static_cast<size_t>(reason)]; }

std::vector<KeyField> key_fields(std::string_view text) {
  std::vector<KeyField> fields;
  KeyField field;
  while (const size_t size = read_field(text, field)) {
    fields.push_back(field);
    text.remove_prefix(size);
  }
  return fields;
}

std::string_view key_field(std::string_view text, std::string_view tag) {
  KeyField field;
  while (const size_t size = read_field(text, field)) {
    if (field.tag == tag) return field.value;
    text.remove_prefix(size);
  }
  return {};
}

std::string_view key_settings(std::string_view text) {
  KeyField field;
  size_t end = 0;
  while (const size_t size = read_field(text.substr(end), field)) {
    if (field.tag == graph_tag) break;
    end += size;
  }
  return text.substr(0, end);
}

std::string_view key_graph(std::string_view text) {
  text.remove_prefix(key_settings(text).size());
  const size_t colon = text.find(':');
  if (!text.starts_with(graph_tag) || colon == std::string_view::npos) return {};
  KeyField whole;
  return read_field(text, whole) ? whole.value : text.substr(colon + 1);
}

std::vector<std::string> graph_lines(std::string_view graph) {
  constexpr std::array<std::string_view, 7> heads = {"graph-key", "inputs", "states", "node",
                                                     "output",    "update", "require"};
  std::vector<std::string> lines;
  for (const KeyField& field : key_fields(graph)) {
    const bool head = std::find(heads.begin(), heads.end(), field.tag) != heads.end();
    if (head || lines.empty()) lines.emplace_back();
    std::string& line = lines.back();
    line += fmt::format("{}{} {}", line.empty() ? "" : "  ", field.tag, field.value);
  }
  if (lines.empty() && !graph.empty()) lines.emplace_back(graph);
  return lines;
}

std::vector<Difference> setting_differences(std::string_view asked, std::string_view stored) {
  std::vector<Difference> out;
  const Settings a = settings_of(asked), b = settings_of(stored);
  for (const auto& [tag, list] : a)
    compare(tag, list, values(b, tag), out);
  for (const auto& [tag, list] : b)
    if (values(a, tag).empty()) compare(tag, {}, list, out);
  return out;
}

std::vector<Difference> differences(std::string_view asked, std::string_view stored) {
  std::vector<Difference> out = setting_differences(asked, stored);
  compare_graphs(key_graph(asked), key_graph(stored), out);
  return out;
}

Miss reason_of(const std::vector<Difference>& differences) {
  constexpr std::array order = {Miss::New, Miss::Tool, Miss::Target, Miss::Options, Miss::Salt};
  for (Miss reason : order)
    for (const Difference& d : differences)
      if (part_of(d.field) == reason) return reason;
  return Miss::New;
}

} // namespace tsc
