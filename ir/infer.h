// The type of each op's result, by kind. The one place where shapes and dtypes are checked.
#pragma once

#include "ir/graph.h"

namespace tsc {

// The type of `node` (whose operands stand in `graph`). Throws Error for what cannot be, with a
// message in the user's terms; conditions that only the call can decide go into the graph's
// requirements.
Type infer_type(Graph& graph, const Node& node);

} // namespace tsc
