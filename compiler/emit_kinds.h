// What a graph is at each stage of the pipeline, as the bytes of a file: `tsc compile --emit=NAME`.
// Stage names are type names.
#pragma once

#include "compiler/library.h"

#include <string>
#include <vector>

namespace tsc {

struct EmitKind {
  const char* name;
  const char* doc;
  bool text;    // else bytes that no terminal should see
  bool several; // may hold more than one graph's function
  std::string (*make)(Functions functions, const LibraryOptions& options);
};

const std::vector<EmitKind>& all_emit_kinds(); // in the order of the data flow
const EmitKind* emit_kind_named(std::string_view name);

} // namespace tsc
