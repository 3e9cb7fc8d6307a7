// Graph files as the functions of a library.
#pragma once

#include "compiler/library.h"

#include <deque>
#include <string>

namespace tsc::cli {

// The file's name without folder and ending, other bytes than C allows in a name being '_'.
std::string function_name(const std::string& path);

// Graphs that were read, and what a library makes of them.
class LoadedFunctions {
public:
  // `name`: the function's, or "" for the file's. Throws BadName before the graph is read.
  void add(const std::string& path, const std::string& name = "");
  const std::vector<LibraryFunction>& functions() const { return functions_; }
  // All files that were read, each once: graphs, and data beside them.
  const std::vector<std::string>& files() const { return paths_; }

private:
  void note(const std::string& path);

  std::deque<GraphFile> graphs_; // which functions point to
  std::vector<LibraryFunction> functions_;
  std::vector<std::string> paths_;
};

} // namespace tsc::cli
