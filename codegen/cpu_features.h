// The instruction sets that a library checks for before it runs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tsc {

struct CpuFeature {
  const char* name; // as LLVM has it, "avx2"
  uint32_t leaf, subleaf, word, bit, state;
};

// Of a target's features ("+avx2", "-sse4a") those that must be there and that a program can
// notice, in an order in which neighbours share a leaf. None for other CPUs than x86.
std::vector<CpuFeature> needed_features(std::span<const std::string> features);

} // namespace tsc
