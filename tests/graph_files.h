// The graph files of goldens and examples, sorted.
#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tsc::test {

inline std::vector<std::filesystem::path> graph_files() {
  namespace fs = std::filesystem;
  std::vector<fs::path> found;
  for (const char* folder : {"tests/golden", "examples"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TSC_SOURCE_DIR) / folder))
      if (entry.path().extension() == ".tsc") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace tsc::test
