// What looking up a key would give, and what stands closest to it.
#pragma once

#include "cache/key_fields.h"

#include <span>
#include <string>
#include <vector>

namespace tsc {

struct Explanation {
  bool hit = false;
  Miss reason = Miss::New;             // of a miss
  std::string nearest;                 // its key's 64 digits, or empty: nothing is like it
  std::vector<Difference> differences; // from the nearest
};

// "hit: ..." or "miss: ..." and a line for each difference, without a line's end behind the last.
std::string text(const Explanation& explanation);

// The first `most` differences, field by field; `a` and `b` say whose the values are.
std::string text(std::span<const Difference> differences, std::string_view a, std::string_view b,
                 size_t most);

} // namespace tsc
