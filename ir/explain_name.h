// Why a name is unknown: it is misspelt, defined further down, or defined in terms of itself.
#pragma once

#include "ir/elaborate.h"

namespace tsc {

// UnknownName or CyclicDefinition for `use`, a name that `names` lacks. Reads the whole text again.
Error unknown_name(const Source& source, const Limits& limits, const Token& use, const Names& names,
                   const Graph& graph);

} // namespace tsc
