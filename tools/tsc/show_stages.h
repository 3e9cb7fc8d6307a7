// What a graph becomes on its way to a program, kept stage by stage for `tsc show`.
#pragma once

#include "compiler/compile.h"
#include "ir/parse.h"
#include "passes/lower_trace.h"

#include <optional>

namespace tsc::cli {

// The name of the last stage: the graph as it is lowered, with its groups.
inline constexpr const char* fuse_stage = "fuse";

struct ShownStage {
  std::string name; // a pass, or "read"
  std::string doc;
  bool changed = true;
  Graph graph; // empty where nothing changed: it is the one before
};

struct Shown {
  std::vector<ShownStage> stages; // as read, then after each pass
  std::optional<Plan> plan;       // none where `problem` says why
  LowerTrace trace;               // of the plan
  Source source;
  std::string problem; // an Error's text
};

// Runs the whole compiler but for the toolchain. A graph that cannot become a program is shown as
// far as it got.
Shown shown(const Graph& graph, const CompileOptions& options);

// The graph as it is lowered, and its groups. Throws Error where it cannot be.
LowerTrace fused(const Graph& graph, const CompileOptions& options);

} // namespace tsc::cli
