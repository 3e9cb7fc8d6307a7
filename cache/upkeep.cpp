#include "cache/upkeep.h"

#include "cache/entry_name.h"
#include "cache/store.h"

#include <algorithm>
#include <ctime>
#include <tuple>

namespace tsc {

namespace {

using Files = std::vector<Folder::File>;

int64_t now() { return std::time(nullptr); }

// A writer needs seconds; what is older was left by one that was killed.
void remove_stale_temporaries(const Folder& folder, const Files& files) {
  constexpr int64_t hour = 3600;
  for (const auto& file : files)
    if (Folder::is_temporary(file.name) && is_old(file.status.modified, hour))
      folder.remove(file.name);
}

void keep_entries(Files& files) {
  std::erase_if(files, [](const auto& file) { return entry_key(file.name).empty(); });
}

// The least recently used first. A time ahead of the clock tells that the clock was set back, but
// not when the file was last used: such files count as the oldest, or they would never be evicted.
void sort_by_age(Files& files) {
  const int64_t latest = now() + 3600;
  for (auto& file : files)
    if (file.status.modified > latest) file.status.modified = 0;
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::tie(a.status.modified, a.name) < std::tie(b.status.modified, b.name);
  });
}

uint64_t bytes_of(const Files& files) {
  uint64_t bytes = 0;
  for (const auto& file : files)
    bytes += file.status.bytes;
  return bytes;
}

Removed evict(const Folder& folder, Files& files, const PruneLimits& limits) {
  sort_by_age(files);
  uint64_t bytes = bytes_of(files), count = files.size();
  Removed removed;
  for (const auto& file : files) {
    const bool too_old = now() - file.status.modified > limits.older_than;
    if (bytes <= limits.bytes && count <= limits.entries && !too_old) break;
    if (!limits.dry_run) folder.remove(file.name);
    bytes -= file.status.bytes, --count;
    ++removed.entries, removed.bytes += file.status.bytes;
  }
  return removed;
}

} // namespace

bool is_old(int64_t time, int64_t seconds) { return std::abs(now() - time) >= seconds; }

void evict_beyond(const Folder& folder, const CacheLimits& limits) {
  Files files = folder.files();
  remove_stale_temporaries(folder, files);
  keep_entries(files);
  if (bytes_of(files) <= limits.bytes && files.size() <= limits.entries) return;
  evict(
      folder, files,
      {.bytes = limits.bytes - limits.bytes / 10, .entries = limits.entries - limits.entries / 10});
}

Removed Store::prune(const PruneLimits& limits) {
  Removed removed;
  if (!writes() && !limits.dry_run) return removed;
  with_folder([&](const Folder& folder) {
    Files files = folder.files();
    if (!limits.dry_run) remove_stale_temporaries(folder, files);
    keep_entries(files);
    removed = evict(folder, files, limits);
  });
  return removed;
}

Removed Store::clear() {
  Removed removed;
  if (!writes()) return removed;
  with_folder([&](const Folder& folder) {
    Files files = folder.files();
    remove_stale_temporaries(folder, files); // not the fresh ones: a build may be running
    keep_entries(files);
    for (const auto& file : files) {
      folder.remove(file.name);
      ++removed.entries, removed.bytes += file.status.bytes;
    }
  });
  return removed;
}

Checked Store::check(bool remove) {
  Checked out;
  with_folder([&](const Folder& folder) {
    Files files = folder.files();
    keep_entries(files);
    for (const auto& file : files) {
      std::optional<std::string> bytes;
      if (attempt([&] { bytes = folder.read(file.name, UINT64_MAX); }) && !bytes) continue; // gone
      const auto entry = decode(bytes.value_or(""));
      if (entry && entry_name(entry->key_text) == file.name) {
        ++out.entries, out.bytes += file.status.bytes;
        continue;
      }
      out.bad.push_back(file.name);
      if (remove && writes()) folder.remove(file.name);
    }
  });
  std::sort(out.bad.begin(), out.bad.end());
  return out;
}

} // namespace tsc
