// What libtsc-clang has for libtsc: the functions of compiler/toolchain.h.
#pragma once

#include "compiler/toolchain.h"

#define TSC_TOOLCHAIN_FUNCTIONS(F)                                                                 \
  F(host_target)                                                                                   \
  F(target_named)                                                                                  \
  F(known_cpus)                                                                                    \
  F(compile_cpp)                                                                                   \
  F(data_object)                                                                                   \
  F(link_shared)                                                                                   \
  F(link_object)                                                                                   \
  F(archive)                                                                                       \
  F(toolchain_identity)

namespace tsc {

struct ToolchainTable {
#define MEMBER(name) decltype(&tsc::name) name;
  TSC_TOOLCHAIN_FUNCTIONS(MEMBER)
#undef MEMBER
};

} // namespace tsc

// The only name that libtsc-clang shows. Who opens it is of the same version: that is in its file's
// name.
extern "C" [[gnu::visibility("default")]] const tsc::ToolchainTable tsc_toolchain;
