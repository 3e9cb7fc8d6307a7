#include "cache/store.h"

#include "cache/entry_name.h"
#include "cache/folder.h"
#include "cache/nearest.h"
#include "cache/upkeep.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/settings.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <sys/auxv.h>
#include <tuple>

namespace tsc {

namespace {

constexpr int64_t hour = 3600;

bool is_entry(const Folder::File& file) { return !entry_key(file.name).empty(); }

std::string miss_counter(Miss reason) { return fmt::format("misses-{}", row(reason).name); }

std::vector<std::string> all_counters() {
  std::vector<std::string> names = {"hits", "builds", "build-ms", "prunes"};
  for (const MissRow& miss : all_misses())
    names.push_back(miss_counter(miss.reason));
  return names;
}

Removed sum_of(const std::vector<Folder::File>& files) {
  Removed sum;
  for (const auto& file : files)
    if (is_entry(file)) ++sum.entries, sum.bytes += file.status.bytes;
  return sum;
}

// All entries, counted by their names, and as many bytes as they have by some of the shards: the
// system takes microseconds to tell a file's size. Names are digests, so each shard is a fair
// sample.
Removed rough_sum(const Folder& folder) {
  constexpr int sampled = Folder::shards / 8;
  const std::vector<std::string> names = folder.names();
  const auto is_entry_name = [](const std::string& name) { return !entry_key(name).empty(); };
  const auto count =
      static_cast<uint64_t>(std::count_if(names.begin(), names.end(), is_entry_name));
  const Removed sample = sum_of(folder.files(0, sampled));
  return {count, sample.entries ? sample.bytes * count / sample.entries : 0};
}

EntryInfo info_of(const Folder& folder, const Folder::File& file) {
  EntryInfo info = {.key = std::string(entry_key(file.name)),
                    .bytes = file.status.bytes,
                    .last_used = file.status.modified};
  constexpr uint64_t block = 8192; // holds the settings of most keys
  std::string head = folder.read(file.name, block).value_or("");
  auto start = entry_start(head);
  if (!start || start->metadata_bytes > info.bytes || start->key_bytes > info.bytes) return info;
  if (start->metadata.size() < start->metadata_bytes) {
    head = folder.read(file.name, entry_header_bytes + start->metadata_bytes + block).value_or("");
    start = entry_start(head);
    if (!start) return info; // replaced meanwhile
  }
  info.metadata = start->metadata;
  info.key_text = start->key_text;
  return info;
}

// `path` as an absolute one without a trailing "/" or "/.": either would make the system follow a
// symbolic link that must be refused.
std::filesystem::path plain(const std::filesystem::path& path) {
  std::filesystem::path out = std::filesystem::absolute(path);
  while (out.has_relative_path() && (!out.has_filename() || out.filename() == "."))
    out = out.parent_path();
  return out;
}

} // namespace

Store Store::open() {
  const CacheMode mode = cache_mode(value(Setting::Cache));
  return Store(cache_directory(), mode, cache_limits(), cache_layers());
}

Store::Store(std::filesystem::path root, CacheMode mode, CacheLimits limits,
             std::vector<std::filesystem::path> layers)
    : mode_(mode), limits_(limits), layers_(std::move(layers)) {
  if (mode == CacheMode::Off) return;
  attempt([&] {
    if (::getauxval(AT_SECURE)) { // its caller must not choose the code that it runs
      layers_.clear();
      throw Error(Diag::BadCacheDir, "programs that run with another user's rights use no cache");
    }
    for (auto& layer : layers_)
      layer = plain(layer);
    if (root.empty())
      throw Error(Diag::BadCacheDir, "no cache directory: neither TSC_CACHE_DIR nor HOME is set");
    root_ = plain(root);
    Folder::open(root_, writes() ? Folder::Use::Make : Folder::Use::Read);
  });
  if (!problem()) return;
  mode_ = layers_.empty() ? CacheMode::Off : CacheMode::Read;
  if (mode_ == CacheMode::Read) root_.clear();
}

Store::~Store() { delete problem_.load(); }

std::optional<std::string> Store::problem() const {
  const std::string* text = problem_.load();
  return text ? std::optional(*text) : std::nullopt;
}

// Runs `action`; keeps the message of the first failure of all. Whether it went well.
bool Store::attempt(const std::function<void()>& action) {
  std::string message;
  try {
    action();
    return true;
  } catch (const Error& error) {
    message = error.message();
  } catch (const std::exception& error) {
    message = error.what();
  }
  const std::string* none = nullptr;
  auto text = std::make_unique<const std::string>(std::move(message));
  if (problem_.compare_exchange_strong(none, text.get())) text.release();
  return false;
}

// The user's directory, if there is one; `action` may fail as it likes.
void Store::with_folder(const std::function<void(const Folder&)>& action) {
  if (mode_ == CacheMode::Off || root_.empty()) return;
  attempt([&] {
    const auto folder = Folder::open(root_, writes() ? Folder::Use::Change : Folder::Use::Read);
    if (folder) action(*folder);
  });
}

struct Store::Found {
  std::optional<Entry> entry;
  Miss why = Miss::New;
};

// What `folder` has under the key. Damaged is said in preference to absent.
void Store::look_up(const Folder& folder, const std::string& key_text, Found& found) const {
  const std::string name = entry_name(key_text);
  const auto bytes = folder.read(name, limits_.bytes / 4);
  if (!bytes) {
    if (found.why != Miss::New) return;
    if (const auto nearest = nearest_of_graph(folder, key_text))
      found.why = reason_of(nearest->differing);
    return;
  }
  found.entry = decode(*bytes);
  if (found.entry && found.entry->key_text == key_text) {
    const auto status = folder.status(name);
    if (folder.changes() && status && is_old(status->modified, hour)) folder.set_modified_now(name);
    return;
  }
  found.entry.reset(); // damaged, or moved here from another name
  found.why = Miss::Damaged;
  if (folder.changes()) folder.remove(name);
}

std::optional<Entry> Store::get(const std::string& key_text, Miss* why) {
  Found found;
  if (mode_ == CacheMode::Off) return std::nullopt;
  const auto search = [&](const Folder& folder) {
    if (!attempt([&] { look_up(folder, key_text, found); })) found.why = Miss::Unreadable;
  };
  const auto search_layers = [&] {
    for (size_t i = 0; i < layers_.size() && !found.entry; ++i)
      attempt([&] {
        if (const auto layer = Folder::open(layers_[i], Folder::Use::Read)) search(*layer);
      });
  };
  attempt([&] {
    const auto use = writes() ? Folder::Use::Make : Folder::Use::Read;
    const auto folder = root_.empty() ? std::nullopt : Folder::open(root_, use);
    if (folder) search(*folder);
    search_layers();
    if (folder && writes()) folder->count(found.entry ? "hits" : miss_counter(found.why));
  });
  if (why) *why = found.why;
  return std::move(found.entry);
}

void Store::put(const Entry& entry, double build_ms) {
  if (!writes()) return;
  attempt([&] {
    const std::string bytes = encode(entry);
    if (bytes.size() > limits_.bytes / 4)
      throw Error(Diag::BadCacheDir,
                  fmt::format("an entry of {} bytes is not cached: the limit is {}", bytes.size(),
                              limits_.bytes / 4));
    const auto folder = Folder::open(root_, Folder::Use::Make);
    if (!folder) return; // removed as soon as it was made
    folder->write(entry_name(entry.key_text), bytes);
    if (build_ms > 0) folder->count("builds");
    if (const long ms = std::lround(build_ms); ms > 0)
      folder->count("build-ms", static_cast<uint64_t>(ms));
    prune_if_due(*folder);
  });
}

void Store::prune_if_due(const Folder& folder) const {
  const auto last = folder.status("prunes");
  if (last && !is_old(last->modified, limits_.prune_seconds)) return;
  folder.count("prunes"); // first, so that others who look now leave it to us
  evict_beyond(folder, limits_);
}

namespace {

constexpr uint64_t max_note_bytes = 64 << 10;

std::string note_name(const std::string& question) {
  return fmt::format("notes/{}", sha256(question).hex()[0]);
}

} // namespace

std::optional<std::string> Store::note(const std::string& question) {
  std::optional<std::string> answer;
  with_folder([&](const Folder& folder) {
    const auto bytes = folder.read(note_name(question), max_note_bytes);
    if (auto entry = decode(bytes.value_or("")); entry && entry->key_text == question)
      answer = std::move(entry->metadata);
  });
  return answer;
}

void Store::keep_note(const std::string& question, const std::string& answer) {
  if (!writes()) return;
  with_folder([&](const Folder& folder) {
    folder.write(note_name(question), encode({question, answer, "", ""}));
  });
}

Explanation Store::explain(const std::string& key_text) {
  Explanation out;
  std::optional<Neighbour> nearest;
  std::string stored;
  // Fewest differing settings of the same graph in any directory; else the most like graph.
  const auto look = [&](const Folder& folder, auto nearest_in) {
    auto found = nearest_in(folder, key_text);
    if (!found || (nearest && nearest->differing.size() <= found->differing.size())) return;
    const auto entry = decode(folder.read(found->name, limits_.bytes / 4).value_or(""));
    if (!entry) return;
    nearest = std::move(found), stored = entry->key_text;
  };
  const auto in_each_folder = [&](const auto& action) {
    with_folder(action);
    for (const auto& layer : layers_)
      attempt([&] {
        if (const auto folder = Folder::open(layer, Folder::Use::Read)) action(*folder);
      });
  };
  in_each_folder([&](const Folder& folder) { look(folder, nearest_of_graph); });
  if (!nearest) in_each_folder([&](const Folder& folder) { look(folder, nearest_of_all); });
  if (!nearest) return out;
  out.nearest = entry_key(nearest->name);
  out.differences = differences(key_text, stored);
  out.hit = stored == key_text;
  out.reason = reason_of(out.differences);
  return out;
}

Stats Store::stats(uint64_t rough_above) {
  Stats stats;
  stats.misses_by.resize(all_misses().size());
  with_folder([&](const Folder& folder) {
    stats.hits = folder.counted("hits");
    for (const MissRow& miss : all_misses()) {
      const uint64_t count = folder.counted(miss_counter(miss.reason));
      stats.misses_by[static_cast<size_t>(miss.reason)] = count;
      stats.misses += count;
    }
    stats.builds = folder.counted("builds"), stats.build_ms = folder.counted("build-ms");
    stats.prunes = folder.counted("prunes");
    Removed now;
    if (rough_above < UINT64_MAX) now = rough_sum(folder);
    stats.estimated = now.entries > rough_above;
    if (!stats.estimated) now = sum_of(folder.files());
    stats.entries = now.entries, stats.bytes = now.bytes;
  });
  return stats;
}

std::vector<EntryInfo> Store::list() {
  std::vector<EntryInfo> out;
  with_folder([&](const Folder& folder) {
    for (const auto& file : folder.files())
      if (is_entry(file)) attempt([&] { out.push_back(info_of(folder, file)); });
  });
  std::sort(out.begin(), out.end(), [](const EntryInfo& a, const EntryInfo& b) {
    return std::tie(b.last_used, a.key) < std::tie(a.last_used, b.key);
  });
  return out;
}

std::vector<std::string> Store::keys(std::string_view prefix) {
  std::vector<std::string> out;
  with_folder([&](const Folder& folder) {
    for (const std::string& name : folder.names())
      if (const auto key = entry_key(name); !key.empty() && key.starts_with(prefix))
        out.emplace_back(key);
  });
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<Entry> Store::entry(const std::string& key) {
  std::optional<Entry> out;
  with_folder([&](const Folder& folder) {
    for (const std::string& name : folder.names())
      if (entry_key(name) == key) out = decode(folder.read(name, UINT64_MAX).value_or(""));
  });
  if (out && sha256(out->key_text).hex() != key) out.reset();
  return out;
}

void Store::reset_counters() {
  if (!writes()) return;
  with_folder([&](const Folder& folder) {
    for (const std::string& name : all_counters())
      folder.remove(name);
  });
}

} // namespace tsc
