#include "cache/nearest.h"

#include "cache/entry.h"
#include "cache/entry_name.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace tsc {

namespace {

// Enough for the fields before the graph, and for the start of a large graph.
constexpr uint64_t head_bytes = 64 << 10;

// The key's text as far as the entry's first bytes hold it.
std::string key_start(const Folder& folder, const std::string& name) {
  const std::string head = folder.read(name, head_bytes).value_or("");
  const auto start = entry_start(head);
  return start ? std::string(start->key_text) : "";
}

// What runs in a process and what goes into a library say nothing about each other.
bool same_kind(std::string_view a, std::string_view b) {
  return key_field(a, "kind") == key_field(b, "kind");
}

// The newest entries of `files`, at most `count`.
void keep_newest(std::vector<Folder::File>& files, size_t count) {
  std::erase_if(files, [](const auto& file) { return entry_key(file.name).empty(); });
  const size_t kept = std::min(count, files.size());
  std::partial_sort(files.begin(), files.begin() + static_cast<ptrdiff_t>(kept), files.end(),
                    [](const auto& a, const auto& b) {
                      return std::tie(b.status.modified, a.name) <
                             std::tie(a.status.modified, b.name);
                    });
  files.resize(kept);
}

std::vector<std::string> sorted_lines(std::string_view key_text) {
  std::vector<std::string> lines = graph_lines(key_graph(key_text));
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The lines that two graphs share, of the longer one's: from 0 to 1.
double likeness(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const size_t longer = std::max(a.size(), b.size());
  if (longer == 0) return 0;
  std::vector<std::string_view> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return static_cast<double>(common.size()) / static_cast<double>(longer);
}

} // namespace

std::optional<Neighbour> nearest_of_graph(const Folder& folder, const std::string& key_text) {
  constexpr size_t looked_at = 8;
  const std::string prefix = graph_prefix(key_text);
  std::vector<Folder::File> files = folder.files(prefix.substr(0, prefix.find('/')));
  std::erase_if(files, [&](const auto& file) { return !file.name.starts_with(prefix); });
  keep_newest(files, looked_at);
  std::optional<Neighbour> nearest;
  for (const Folder::File& file : files) {
    const std::string stored = key_start(folder, file.name);
    if (!same_kind(stored, key_text)) continue;
    Neighbour neighbour = {file.name, setting_differences(key_text, stored)};
    if (!nearest || neighbour.differing.size() < nearest->differing.size())
      nearest = std::move(neighbour);
  }
  return nearest;
}

std::optional<Neighbour> nearest_of_all(const Folder& folder, const std::string& key_text) {
  constexpr size_t looked_at = 2000;
  const std::vector<std::string> asked =
      sorted_lines(std::string_view(key_text).substr(0, head_bytes));
  std::vector<Folder::File> files = folder.files();
  keep_newest(files, looked_at);
  std::optional<Neighbour> nearest;
  double most = 0.5;
  for (const Folder::File& file : files) {
    const std::string stored = key_start(folder, file.name);
    if (!same_kind(stored, key_text)) continue;
    const double like = likeness(asked, sorted_lines(stored));
    if (like < most || like == 0) continue;
    std::vector<Difference> differing = setting_differences(key_text, stored);
    if (nearest && like == most && differing.size() >= nearest->differing.size()) continue;
    nearest = {file.name, std::move(differing)};
    most = like;
  }
  return nearest;
}

} // namespace tsc
