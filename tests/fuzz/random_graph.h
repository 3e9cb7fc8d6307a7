// Random valid graphs with arguments that fit them. Driven by the op rows: types, signatures,
// attributes and samples. Every node is evaluated as it is added, so that what depends on values
// (indices, finite results, sizes at a call) can be chosen to fit.
#pragma once

#include "ir/interpret.h"
#include "tests/fuzz/random.h"

#include <string>
#include <vector>

namespace tsc::fuzz {

// A graph and one call of it.
struct Case {
  Graph graph;
  std::vector<TensorValue> inputs, states;

  std::vector<TensorValue> results() const { return interpret(graph, inputs, states); }
};

struct Options {
  int ops = 12;             // nodes wanted, apart from inputs and constants
  bool finite = false;      // no NaN or infinity, in arguments or in any value
  bool symbols = true;      // symbolic sizes
  bool states = true;       // states and updates
  DTypes dtypes = AnyType;  // element types used
  int64_t max_items = 4096; // of any value
};

Case random_case(uint64_t seed, const Options& options = {});
Case random_case(Random random, const Options& options = {});

// The nodes and argument values, one a line: what a failure shows where graphs cannot be printed.
std::string listing(const Case& c);

} // namespace tsc::fuzz
