#include "cache/store.h"

#include "cache/folder.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/settings.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <memory>
#include <sys/auxv.h>
#include <tuple>

namespace tsc {

namespace {

constexpr std::string_view entry_suffix = ".tsce";
constexpr int64_t hour = 3600;

std::string entry_name(const Digest& digest) {
  const std::string hex = digest.hex();
  return fmt::format("{}/{}{}", hex.substr(0, 2), hex, entry_suffix);
}

// The digits in an entry's name; empty when `name` ("ab/...") is no entry's.
std::string_view key_of(std::string_view name) {
  const std::string_view digits = Folder::hex_name(name, 64, entry_suffix);
  return digits.starts_with(name.substr(0, 2)) ? digits : std::string_view{};
}

int64_t now() { return std::time(nullptr); }

// Also for times ahead of the clock: it may have been set back by years.
bool is_old(int64_t time, int64_t seconds) { return std::abs(now() - time) >= seconds; }

bool is_entry(const Folder::File& file) { return !key_of(file.name).empty(); }

// A writer needs seconds; what is older was left by one that was killed.
void remove_stale_temporaries(const Folder& folder, const std::vector<Folder::File>& files) {
  for (const auto& file : files)
    if (Folder::is_temporary(file.name) && is_old(file.status.modified, hour))
      folder.remove(file.name);
}

std::string metadata_of(const Folder& folder, const Folder::File& file) {
  constexpr uint64_t block = 4096;
  std::string start = folder.read(file.name, block).value_or("");
  const auto extent = metadata_extent(start);
  if (!extent || extent->size > file.status.bytes) return "";
  const uint64_t end = extent->begin + extent->size;
  if (end > start.size()) start = folder.read(file.name, end).value_or("");
  return end > start.size() ? "" : start.substr(extent->begin, extent->size);
}

// A time ahead of the clock tells that the clock was set back, but not when the file was last used.
// Such files count as the oldest, or they would never be evicted.
void distrust_future_times(std::vector<Folder::File>& files) {
  const int64_t latest = now() + hour;
  for (auto& file : files)
    if (file.status.modified > latest) file.status.modified = 0;
}

// Evicts the least recently used down to nine tenths, so that the next puts need not evict again.
void prune(const Folder& folder, const CacheLimits& limits) {
  std::vector<Folder::File> files = folder.files();
  remove_stale_temporaries(folder, files);
  std::erase_if(files, [](const auto& file) { return !is_entry(file); });
  uint64_t count = files.size(), bytes = 0;
  for (const auto& file : files)
    bytes += file.status.bytes;
  if (bytes <= limits.bytes && count <= limits.entries) return;
  distrust_future_times(files);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::tie(a.status.modified, a.name) < std::tie(b.status.modified, b.name);
  });
  for (const auto& file : files) {
    if (bytes <= limits.bytes - limits.bytes / 10 && count <= limits.entries - limits.entries / 10)
      return;
    folder.remove(file.name);
    bytes -= file.status.bytes, --count;
  }
}

// `path` as an absolute one without a trailing "/" or "/.": either would make the system follow a
// symbolic link that must be refused.
std::filesystem::path plain(const std::filesystem::path& path) {
  std::filesystem::path out = std::filesystem::absolute(path);
  while (out.has_relative_path() && (!out.has_filename() || out.filename() == "."))
    out = out.parent_path();
  return out;
}

const char* variable(const char* name) {
  const char* text = ::secure_getenv(name);
  return text ? text : "";
}

} // namespace

CacheMode cache_mode(std::string_view text) {
  if (text == "off") return CacheMode::Off;
  if (text == "on") return CacheMode::On;
  if (text == "read") return CacheMode::Read;
  if (text == "verify") return CacheMode::Verify;
  throw Error(Diag::BadCacheMode,
              fmt::format("TSC_CACHE='{}' is not off, on, read or verify", printable(text)));
}

std::filesystem::path cache_directory() {
  if (const std::string given = value(Setting::CacheDir); !given.empty()) return given;
  // The XDG specification wants relative paths ignored.
  if (const std::filesystem::path xdg = variable("XDG_CACHE_HOME"); xdg.is_absolute())
    return xdg / "tsc";
  if (const std::filesystem::path home = variable("HOME"); home.is_absolute())
    return home / ".cache" / "tsc";
  return {};
}

Store Store::open() {
  const CacheMode mode = cache_mode(value(Setting::Cache));
  return Store(cache_directory(), mode);
}

Store::Store(std::filesystem::path root, CacheMode mode, CacheLimits limits)
    : mode_(mode), limits_(limits) {
  if (mode == CacheMode::Off) return;
  attempt([&] {
    if (::getauxval(AT_SECURE)) // its caller must not choose the code that it runs
      throw Error(Diag::BadCacheDir, "programs that run with another user's rights use no cache");
    if (root.empty())
      throw Error(Diag::BadCacheDir, "no cache directory: neither TSC_CACHE_DIR nor HOME is set");
    root_ = plain(root);
    Folder::open(root_, writes());
  });
  if (problem()) mode_ = CacheMode::Off;
}

Store::~Store() { delete problem_.load(); }

std::optional<std::string> Store::problem() const {
  const std::string* text = problem_.load();
  return text ? std::optional(*text) : std::nullopt;
}

// Runs `action`; keeps the message of the first failure of all.
template <class Action>
void Store::attempt(Action action) {
  std::string message;
  try {
    return action();
  } catch (const Error& error) {
    message = error.message();
  } catch (const std::exception& error) {
    message = error.what();
  }
  const std::string* none = nullptr;
  auto text = std::make_unique<const std::string>(std::move(message));
  if (problem_.compare_exchange_strong(none, text.get())) text.release();
}

std::optional<Entry> Store::load(const Folder& folder, const std::string& key_text) const {
  const std::string name = entry_name(sha256(key_text));
  const auto bytes = folder.read(name, limits_.bytes / 4);
  if (!bytes) return std::nullopt;
  std::optional<Entry> entry = decode(*bytes);
  if (!entry || entry->key_text != key_text) { // damaged, or moved here from another name
    if (writes()) folder.remove(name);
    return std::nullopt;
  }
  const auto status = folder.status(name);
  if (writes() && status && is_old(status->modified, hour)) folder.set_modified_now(name);
  return entry;
}

std::optional<Entry> Store::get(const std::string& key_text) {
  std::optional<Entry> found;
  if (mode_ == CacheMode::Off) return found;
  attempt([&] {
    const auto folder = Folder::open(root_, writes());
    if (!folder) return;
    attempt([&] { found = load(*folder, key_text); }); // unreadable is a miss like any other
    if (writes()) folder->count(found ? "hits" : "misses");
  });
  return found;
}

void Store::put(const Entry& entry) {
  if (!writes()) return;
  attempt([&] {
    const std::string bytes = encode(entry);
    if (bytes.size() > limits_.bytes / 4)
      throw Error(Diag::BadCacheDir,
                  fmt::format("an entry of {} bytes is not cached: the limit is {}", bytes.size(),
                              limits_.bytes / 4));
    const auto folder = Folder::open(root_, true);
    if (!folder) return; // removed as soon as it was made
    folder->write(entry_name(sha256(entry.key_text)), bytes);
    prune_if_due(*folder);
  });
}

void Store::prune_if_due(const Folder& folder) const {
  const auto last = folder.status("prunes");
  if (last && !is_old(last->modified, limits_.prune_seconds)) return;
  folder.count("prunes"); // first, so that others who look now leave it to us
  prune(folder, limits_);
}

Stats Store::stats() {
  Stats stats;
  if (mode_ == CacheMode::Off) return stats;
  attempt([&] {
    const auto folder = Folder::open(root_, false);
    if (!folder) return;
    stats.hits = folder->counted("hits");
    stats.misses = folder->counted("misses");
    for (const auto& file : folder->files())
      if (is_entry(file)) ++stats.entries, stats.bytes += file.status.bytes;
  });
  return stats;
}

std::vector<EntryInfo> Store::list() {
  std::vector<EntryInfo> out;
  if (mode_ == CacheMode::Off) return out;
  attempt([&] {
    const auto folder = Folder::open(root_, false);
    if (!folder) return;
    for (const auto& file : folder->files())
      if (is_entry(file))
        out.push_back({std::string(key_of(file.name)), file.status.bytes, file.status.modified,
                       metadata_of(*folder, file)});
  });
  std::sort(out.begin(), out.end(), [](const EntryInfo& a, const EntryInfo& b) {
    return std::tie(b.last_used, a.key) < std::tie(a.last_used, b.key);
  });
  return out;
}

Removed Store::clear() {
  Removed removed;
  if (!writes()) return removed;
  attempt([&] {
    const auto folder = Folder::open(root_, false);
    if (!folder) return;
    const auto files = folder->files();
    remove_stale_temporaries(*folder, files); // not the fresh ones: a build may be running
    for (const auto& file : files) {
      if (!is_entry(file)) continue;
      folder->remove(file.name);
      ++removed.entries, removed.bytes += file.status.bytes;
    }
  });
  return removed;
}

} // namespace tsc
