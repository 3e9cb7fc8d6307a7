// Changes bytes at random, as fuzzers do, the same way on every machine.
#pragma once

#include "tests/fuzz/random.h"

#include <string>
#include <vector>

namespace tsc::fuzz {

// One to eight changes of `bytes`: flips, other numbers, parts removed, doubled, moved in from
// `others`, words put in. At most `max_bytes` long.
std::string mutated(Random& random, std::string bytes, const std::vector<std::string>& others,
                    const std::vector<std::string>& words, size_t max_bytes);

} // namespace tsc::fuzz
