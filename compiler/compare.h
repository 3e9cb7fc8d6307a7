// Compiled programs against the reference interpreter, on random and special inputs (NaN,
// infinities, -0, subnormals): what `tsc verify` does.
#pragma once

#include "compiler/compile.h"

#include <map>
#include <string>
#include <vector>

namespace tsc {

struct CompareOptions {
  size_t seeds = 8;                     // each with ordinary and with special inputs
  std::map<std::string, int64_t> sizes; // of symbols; the others vary
  Device device = Device::cpu();
  std::string cpu = "native";
  bool strict = false; // as of CompileOptions
};

// Distances in units in the last place, the largest over all calls. Where sums cancel, digits are
// lost on both sides: `relative` takes one unit to be at least that of the largest term, and below
// a product of matrices that of sqrt(n) times the largest sum of the magnitudes of its n terms.
struct Distance {
  double ulp = 0;
  double relative = 0;
};

struct ComparedOutput {
  std::string name; // of the output, or "next NAME" of a state
  std::string type;
  Distance plain, optimised; // only what is needed to run, and everything
};

struct Comparison {
  std::vector<ComparedOutput> outputs;
  size_t calls = 0;   // that returned values
  size_t refused = 0; // that both sides refused with the same error
};

// Each program is compared with the interpreter on the graph that it was emitted from; passes and
// lowering are held to the values of what they were given by check_same_values. Throws VerifyFailed
// where a pass or lowering changed a value or just one side refuses a call, and ArgumentShape where
// no sizes fit.
Comparison compare_with_interpreter(const Graph& graph, const CompareOptions& options = {});

} // namespace tsc
