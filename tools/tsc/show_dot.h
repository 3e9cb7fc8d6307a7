// A graph as Graphviz text: `tsc show --dot`.
#pragma once

#include "passes/fuse.h"

#include <string>

namespace tsc::cli {

// Operands above their users. With `fusion`, nodes that are computed together stand in one cluster.
std::string dot(const Graph& graph, const Fusion* fusion = nullptr);

} // namespace tsc::cli
