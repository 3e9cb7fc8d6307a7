// --dump DIR: what a graph is behind each step of its compilation, a file each.
#pragma once

#include "compiler/compile.h"

#include <filesystem>

namespace tsc::cli {

// Writes 000-graph.tsc, 010-stabilise.tsc, ..., the plan, the source, the object, and index.txt,
// which says what they are. A pass that changed nothing gives no file. A step that throws leaves
// the files of those before it. Replaces an earlier dump; throws CannotWrite where the directory
// holds anything else.
void dump(const Graph& graph, const CompileOptions& options,
          const std::filesystem::path& directory);

} // namespace tsc::cli
