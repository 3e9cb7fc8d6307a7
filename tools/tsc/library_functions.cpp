#include "tools/tsc/library_functions.h"

#include "codegen/c_function.h"
#include "tools/tsc/graph_limits.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace tsc::cli {

std::string function_name(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0]))) name = "f" + name;
  return name;
}

void LoadedFunctions::add(const std::string& path, const std::string& name) {
  const std::string chosen = name.empty() ? function_name(path) : name;
  check_function_name(chosen);
  graphs_.push_back(load_within_limits(path));
  const GraphFile& file = graphs_.back();
  functions_.push_back({chosen, &file.graph, file.states});
  note(path);
  for (const std::string& beside : file.data_files)
    note((std::filesystem::path(path).parent_path() / beside).string());
}

void LoadedFunctions::note(const std::string& path) {
  if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) paths_.push_back(path);
}

} // namespace tsc::cli
