// What the cache key needs to know of the toolchain, without starting it: Clang and LLVM take
// longer to start than all else that a program from the cache needs. So what they said is noted in
// the cache's directory, and holds while their files, and whatever decides which files those are,
// stay as they were.
#pragma once

#include "compiler/toolchain.h"

#include <optional>

namespace tsc {

struct ToolchainFacts {
  std::string identity; // toolchain_identity()
  CpuTarget host;       // host_target()
};

// Noted before, if `noted` allows it and the settings do (TSC_CACHE=on or read); else the toolchain
// is asked. Asked or read once in a process. Throws as host_target() does.
const ToolchainFacts& toolchain_facts(bool noted);

// Only if they were noted: nothing is asked, started or written.
std::optional<ToolchainFacts> noted_toolchain_facts();

} // namespace tsc
