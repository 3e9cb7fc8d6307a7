// --time-limit and --mem-limit: the command runs in a child, which ends when a limit is reached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tsc::cli {

struct Limits {
  std::string time;   // "30s", "500ms", "2m", "1h"; empty: none
  std::string memory; // "4G", "512M"; empty: none
  bool any() const { return !time.empty() || !memory.empty(); }
};

// Milliseconds of "30s", bytes of "4G". Throw UsageError.
int64_t milliseconds_of(const std::string& text);
uint64_t bytes_of(const std::string& text);

// Forks. Gives nothing in the child, which goes on under the limits; in the parent, once the child
// has ended, its exit code. Throws TimeLimit or MemoryLimit in the parent; where a signal ended the
// child, it ends the parent too. To be called while the process has no other thread of its own.
std::optional<int> fork_limited(const Limits& limits);

// Is this a child with a memory limit? What fails for lack of memory then is the limit's doing.
bool memory_is_limited();

} // namespace tsc::cli
