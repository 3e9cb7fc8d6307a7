// What a graph is called in C: the names of its function, parameters, sizes and states.
#pragma once

#include "ir/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace tsc {

// int32_t NAME(sizes..., inputs..., struct NAME_state*, results..., const struct tsc_options*)
struct CFunction {
  std::string name;                 // of the typed function
  std::vector<std::string> sizes;   // of parameters, as many as the plan has symbols
  std::vector<std::string> inputs;  // of parameters; of states: members of struct NAME_state
  std::vector<std::string> results; // of parameters; next states are none
  std::vector<bool> updated;        // for each state: has it a next value?
  std::vector<size_t> updates;      // for each next value, in the plan's order, the input it is for

  std::vector<bool> state_sizes; // for each symbol: do shapes of states name it?

  size_t states() const { return updated.size(); }
  size_t arguments() const { return inputs.size() - states(); } // inputs that are no states
};

// Throws Error(BadName) when `name` cannot be a C and C++ function: not an identifier of at most 64
// letters, a keyword, or reserved.
void check_function_name(const std::string& name);

// `next[i]` is the output that is the next value of state i, if it has an update. Names are the
// user's where they can be names in C, else minted.
CFunction c_function(const Plan& plan, std::string name,
                     const std::vector<std::optional<size_t>>& next);

// The type of an array's elements: "float"; complex numbers are pairs, halves their bits.
const char* c_type(DType dtype);

} // namespace tsc
