// What the environment says of the cache: its mode, its directories, its limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace tsc {

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

// The directories of TSC_CACHE_LAYERS, in order.
std::vector<std::filesystem::path> cache_layers();

struct CacheLimits {
  uint64_t bytes = uint64_t{2} << 30; // one entry may have a quarter of them
  uint64_t entries = 20'000;
  int64_t prune_seconds = 60; // least time between two evictions, over all processes
};

// As TSC_CACHE_SIZE and TSC_CACHE_FILES say; throws BadSetting.
CacheLimits cache_limits();

// "2G", "500M", "64K" or bytes; nothing when it is no such text.
std::optional<uint64_t> byte_count(std::string_view text);

} // namespace tsc
