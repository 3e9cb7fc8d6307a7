// How many cores this process may use: the scheduler's affinity mask and the CPU quota of its
// cgroup, not the number of cores in the machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace tsc {

// At least 1.
int usable_cores();

// Cores' worth of CPU time that the cgroups allow, none when unlimited. `membership` is the text of
// /proc/self/cgroup, `root` where the cgroup file systems are mounted: version 2 directly, the cpu
// controller of version 1 in its folder "cpu". The tightest limit between the process and the root
// counts.
std::optional<double> cgroup_cores(std::string_view membership, const std::filesystem::path& root);

} // namespace tsc
