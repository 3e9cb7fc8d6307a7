// The cores that this process may use: the scheduler's affinity mask and the CPU quota of its
// cgroup, not those of the machine; and where its threads run.
#pragma once

#include <filesystem>
#include <optional>
#include <sched.h>
#include <string_view>
#include <sys/types.h>

namespace tsc {

// At least 1.
int usable_cores();

// Cores' worth of CPU time that the cgroups allow, none when unlimited. `membership` is the text of
// /proc/self/cgroup, `root` where the cgroup file systems are mounted: version 2 directly, the cpu
// controller of version 1 in its folder "cpu". The tightest limit between the process and the root
// counts.
std::optional<double> cgroup_cores(std::string_view membership, const std::filesystem::path& root);

// The cores that the calling thread may run on; none where there are more than 1,024.
cpu_set_t allowed_cores();

// The core that the calling thread runs on just now; -1 where the system does not say.
int current_core();

// Lets a thread of this process, by the number that the system gave it, run on all of `allowed` but
// `core`; does nothing where no core would be left.
void keep_off_core(pid_t thread, cpu_set_t allowed, int core);

} // namespace tsc
