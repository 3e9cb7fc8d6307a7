// The on-disk kernel cache: compiled objects under the digest of all that can change them. It may
// be slow, full, damaged or missing, but it is never wrong and never in the way: `get` and `put`
// throw nothing, wait for nobody, and give only entries whose checksum and whole key text fit.
//
//   ROOT/CACHEDIR.TAG            tells backup programs to skip ROOT
//   ROOT/v1/ab/abcdef....tsce    one entry (cache/entry.h); the name is the SHA-256 of its key text
//   ROOT/v1/ab/....tmp           one being written, or left by a writer that was killed
//   ROOT/v1/hits, misses         counters (cache/folder.h)
//   ROOT/v1/prunes               a counter too; its time is that of the last eviction
//
// A Store holds no open file and no lock: threads may share one, children may use one after fork().
#pragma once

#include "cache/entry.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tsc {

class Folder;

enum class CacheMode {
  Off,
  On,
  Read,   // writes nothing at all: no entry, counter, time or directory
  Verify, // as On; the compiler recompiles on each hit and compares
};

// The value of TSC_CACHE; throws BadCacheMode.
CacheMode cache_mode(std::string_view text);

// TSC_CACHE_DIR, else $XDG_CACHE_HOME/tsc, else ~/.cache/tsc; empty when none of them is given.
std::filesystem::path cache_directory();

struct CacheLimits {
  uint64_t bytes = uint64_t{2} << 30; // one entry may have a quarter of them
  uint64_t entries = 20'000;
  int64_t prune_seconds = 60; // least time between two evictions, over all processes
};

struct EntryInfo {
  std::string key; // 64 hexadecimal digits
  uint64_t bytes;
  int64_t last_used;    // seconds since 1970, exact to an hour
  std::string metadata; // as stored; the checksum is not looked at
};

struct Stats {
  uint64_t hits = 0, misses = 0; // lookups since the directory was made
  uint64_t entries = 0, bytes = 0;
};

struct Removed {
  uint64_t entries = 0, bytes = 0;
};

class Store {
public:
  // From the settings TSC_CACHE and TSC_CACHE_DIR. A directory that cannot be used gives a store
  // that is off and says why in `problem()`; only an unknown mode throws (BadCacheMode).
  static Store open();

  explicit Store(std::filesystem::path root, CacheMode mode, CacheLimits limits = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  CacheMode mode() const { return mode_; }
  const std::filesystem::path& directory() const { return root_; }
  const CacheLimits& limits() const { return limits_; }

  std::optional<Entry> get(const std::string& key_text);
  void put(const Entry& entry);

  Stats stats();
  std::vector<EntryInfo> list(); // the last used first

  // Removes all entries, and temporaries whose writer is gone; the counters and files of others
  // stay.
  Removed clear();

  // What first went wrong, in one line, for the caller to report once. Work goes on without it.
  std::optional<std::string> problem() const;

private:
  bool writes() const { return mode_ == CacheMode::On || mode_ == CacheMode::Verify; }
  template <class Action>
  void attempt(Action action);
  std::optional<Entry> load(const Folder& folder, const std::string& key_text) const;
  void prune_if_due(const Folder& folder) const;

  std::filesystem::path root_;
  CacheMode mode_;
  CacheLimits limits_;
  std::atomic<const std::string*> problem_ = nullptr; // set once; no mutex, so that fork() is safe
};

} // namespace tsc
