#include "runtime/cores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>
#include <thread>

namespace tsc {

namespace {

namespace fs = std::filesystem;

// Files of /proc and cgroups have no size, so they are read to their end.
std::string read_stream(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// "200000 100000" is two cores; "max 100000" and "-1 100000" are no limit.
std::optional<double> quota(const std::string& limit_and_period) {
  double limit = 0, period = 0;
  if (!(std::istringstream(limit_and_period) >> limit >> period) || limit <= 0 || period <= 0)
    return std::nullopt;
  return limit / period;
}

std::optional<double> quota_of(const fs::path& group) {
  if (auto found = quota(read_stream(group / "cpu.max"))) return found;
  return quota(read_stream(group / "cpu.cfs_quota_us") + " " +
               read_stream(group / "cpu.cfs_period_us"));
}

// A line of /proc/self/cgroup is "number:controllers:/path"; version 2 lists no controllers.
bool limits_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == "cpu") return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

int affinity_cores() {
  const cpu_set_t set = allowed_cores();
  const int cores = CPU_COUNT(&set);
  return cores > 0 ? cores : static_cast<int>(std::thread::hardware_concurrency());
}

} // namespace

cpu_set_t allowed_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) CPU_ZERO(&set);
  return set;
}

int current_core() { return sched_getcpu(); }

void keep_off_core(pid_t thread, cpu_set_t allowed, int core) {
  if (core < 0 || core >= CPU_SETSIZE) return;
  CPU_CLR(static_cast<size_t>(core), &allowed);
  if (CPU_COUNT(&allowed) > 0) sched_setaffinity(thread, sizeof allowed, &allowed);
}

std::optional<double> cgroup_cores(std::string_view membership, const fs::path& root) {
  std::optional<double> tightest;
  std::istringstream lines{std::string(membership)};
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !limits_cpu(controllers)) continue;
    const fs::path mount = controllers.empty() ? root : root / "cpu";
    // In a container the path may be the host's and the mount show its own group as root: missing
    // folders are passed over on the way up.
    for (fs::path group = fs::path(line.substr(second + 1)).relative_path();;
         group = group.parent_path()) {
      if (const auto cores = quota_of(mount / group))
        tightest = std::min(*cores, tightest.value_or(*cores));
      if (group.empty()) break;
    }
  }
  return tightest;
}

int usable_cores() {
  const int allowed = affinity_cores();
  const auto limit = cgroup_cores(read_stream("/proc/self/cgroup"), "/sys/fs/cgroup");
  const int cores = limit ? std::min(allowed, static_cast<int>(std::ceil(*limit))) : allowed;
  return std::max(1, cores);
}

} // namespace tsc
