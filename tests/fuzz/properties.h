// What must hold for every graph: the list that the fuzzer checks. A new comparison (optimised,
// lowered, compiled) is one more row.
#pragma once

#include "tests/fuzz/random_graph.h"

#include <optional>
#include <string>
#include <vector>

namespace tsc::fuzz {

struct Property {
  const char* name;
  // What is wrong, or nullopt. Exceptions count as wrong, too.
  std::optional<std::string> (*check)(const Case& c);
};

const std::vector<Property>& all_properties();

// check(), with exceptions turned into words.
std::optional<std::string> violation(const Property& property, const Case& c);

// "result 1: f32[2] {1, 2} differs from f32[2] {1, 3}" for the first that differs by more than
// `ulp` units in the last place (0: as same_value has it).
std::optional<std::string> difference(const std::vector<TensorValue>& a,
                                      const std::vector<TensorValue>& b, double ulp = 0,
                                      double scale = 0);

} // namespace tsc::fuzz
