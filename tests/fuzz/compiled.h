// A case run as compiled code, for comparing with the interpreter.
#pragma once

#include "tests/fuzz/random_graph.h"

namespace tsc::fuzz {

// Outputs, then the next value of each updated state. Compiled in process, without the kernel
// cache.
std::vector<TensorValue> compiled_results(const Case& c, bool optimise);

// What the interpreter gives in the same order.
std::vector<TensorValue> expected_results(const Case& c);

} // namespace tsc::fuzz
