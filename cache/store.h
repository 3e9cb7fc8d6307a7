// The on-disk kernel cache: compiled objects under the digest of all that can change them. It may
// be slow, full, damaged or missing, but it is never wrong and never in the way: `get` and `put`
// throw nothing, wait for nobody, and give only entries whose checksum and whole key text fit.
//
//   ROOT/CACHEDIR.TAG            tells backup programs to skip ROOT
//   ROOT/v2/ab/abcd...-KEY.tsce  one entry (cache/entry.h, cache/entry_name.h)
//   ROOT/v2/ab/....tmp           one being written, or left by a writer that was killed
//   ROOT/v2/notes/3              what was noted of other things (Store::note)
//   ROOT/v2/hits, misses-new ... counters (cache/folder.h)
//   ROOT/v2/builds, build-ms     how many programs were stored, and how long compiling them took
//   ROOT/v2/prunes               a counter too; its time is that of the last eviction
//
// Below the user's directory there may be layers: directories that are searched and never written.
// A Store holds no open file and no lock: threads may share one, children may use one after fork().
#pragma once

#include "cache/entry.h"
#include "cache/explanation.h"
#include "cache/settings.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tsc {

class Folder;

struct EntryInfo {
  std::string key; // 64 hexadecimal digits
  uint64_t bytes;
  int64_t last_used;    // seconds since 1970, exact to an hour
  std::string metadata; // as stored; the checksum is not looked at
  std::string key_text; // its first KiB, as stored
};

// Counted since the directory was made.
struct Stats {
  uint64_t hits = 0, misses = 0;
  std::vector<uint64_t> misses_by; // for each of all_misses()
  uint64_t builds = 0, build_ms = 0;
  uint64_t prunes = 0;
  uint64_t entries = 0, bytes = 0; // now
  bool estimated = false;          // `bytes` is, from a sample of the entries

  // What the hits spared, had each taken as long to compile as the stored programs on average.
  uint64_t saved_ms() const { return builds ? build_ms * hits / builds : 0; }
};

// A number of entries: of those removed, or of all.
struct Removed {
  uint64_t entries = 0, bytes = 0;
};

struct PruneLimits {
  uint64_t bytes, entries;
  int64_t older_than = INT64_MAX; // seconds since the last use
  bool dry_run = false;           // only count
};

struct Checked {
  uint64_t entries = 0, bytes = 0; // that are whole
  std::vector<std::string> bad;    // names of the others, below the format's folder
};

class Store {
public:
  // From the settings TSC_CACHE... . A directory that cannot be used gives a store that is off (or
  // has the layers alone) and says why in `problem()`; only settings that make no sense throw
  // (BadCacheMode, BadSetting).
  static Store open();

  explicit Store(std::filesystem::path root, CacheMode mode, CacheLimits limits = {},
                 std::vector<std::filesystem::path> layers = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  CacheMode mode() const { return mode_; }
  const std::filesystem::path& directory() const { return root_; }
  const std::vector<std::filesystem::path>& layers() const { return layers_; }
  const CacheLimits& limits() const { return limits_; }

  // The entry under this key, the user's before those of layers; else `why` says why not.
  std::optional<Entry> get(const std::string& key_text, Miss* why = nullptr);
  // `build_ms`, where it is known, is how long compiling took: for the statistics alone.
  void put(const Entry& entry, double build_ms = 0);

  // What was noted in answer to `question`, a KeyText. Notes are few (a new one may take the place
  // of any other) and small, and no entries: nothing counts or lists them.
  std::optional<std::string> note(const std::string& question);
  void keep_note(const std::string& question, const std::string& answer);

  // As `get`, but counts and changes nothing, and looks for the nearest entry.
  Explanation explain(const std::string& key_text);

  // Beyond `rough_above` entries their bytes are estimated, which takes a third of the time.
  Stats stats(uint64_t rough_above = UINT64_MAX);
  std::vector<EntryInfo> list(); // the last used first

  // The keys that start with these hexadecimal digits, sorted; and the entry under one of them, or
  // nothing when it is gone or damaged.
  std::vector<std::string> keys(std::string_view prefix);
  std::optional<Entry> entry(const std::string& key);

  // Removes all entries, and temporaries whose writer is gone; the counters and files of others
  // stay.
  Removed clear();
  // Evicts what is older, then the least recently used until the rest is within the limits.
  Removed prune(const PruneLimits& limits);
  // Reads every entry and checks it as a hit would; removes bad ones if `remove`.
  Checked check(bool remove);
  // Removes the counters, so that they start again.
  void reset_counters();

  // What first went wrong, in one line, for the caller to report once. Work goes on without it.
  std::optional<std::string> problem() const;

private:
  struct Found;

  bool writes() const { return mode_ == CacheMode::On || mode_ == CacheMode::Verify; }
  bool attempt(const std::function<void()>& action);
  void with_folder(const std::function<void(const Folder&)>& action);
  void look_up(const Folder& folder, const std::string& key_text, Found& found) const;
  void prune_if_due(const Folder& folder) const;

  std::filesystem::path root_; // empty: only the layers can be used
  CacheMode mode_;
  CacheLimits limits_;
  std::vector<std::filesystem::path> layers_;
  std::atomic<const std::string*> problem_ = nullptr; // set once; no mutex, so that fork() is safe
};

} // namespace tsc
