#include "codegen/cpu_features.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace tsc {

std::vector<CpuFeature> needed_features(std::span<const std::string> features) {
  static constexpr CpuFeature known[] = {
#define CPU_FEATURE(name, leaf, subleaf, word, bit, state) {name, leaf, subleaf, word, bit, state},
#include "codegen/cpu_features.def"
#undef CPU_FEATURE
  };
  std::vector<CpuFeature> needed;
  for (const CpuFeature& f : known)
    if (std::find(features.begin(), features.end(), std::string("+") + f.name) != features.end())
      needed.push_back(f);
  std::sort(needed.begin(), needed.end(), [](const CpuFeature& a, const CpuFeature& b) {
    return std::tuple(a.leaf, a.subleaf, std::string_view(a.name)) <
           std::tuple(b.leaf, b.subleaf, std::string_view(b.name));
  });
  return needed;
}

} // namespace tsc
