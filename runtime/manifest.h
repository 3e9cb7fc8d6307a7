// What a loaded program needs to be called: its inputs and outputs, and the words for what can go
// wrong. Stored beside the object as JSON; a loaded program knows no graph.
#pragma once

#include "support/dtype.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsc {

struct Port {
  std::string name;
  DType dtype = DType::F32;
  int rank = 0;
  std::string type;  // "f32[n, 64]", as errors show it
  std::string where; // the user's source line, "model.cpp:17", or ""
  bool operator==(const Port&) const = default;
};

// A run-time check of the program: tsc_report::check counts into these.
struct Check {
  std::string diag;    // "E0503", "E0504"
  std::string message; // {0} to {3} stand for tsc_report::values, here and in notes and hint
  std::string where;   // as in Port
  std::vector<std::pair<std::string, std::string>> notes; // label, text
  std::string hint;
  bool operator==(const Check&) const = default;
};

struct Manifest {
  std::vector<Port> inputs;  // the arguments, then the states
  std::vector<Port> outputs; // the results, then the next values of updated states
  size_t states = 0;         // how many inputs are states
  size_t updates = 0;        // how many outputs are next states
  size_t sizes = 0;          // numbers that tsc_bind computes for tsc_run
  size_t constants = 0;
  std::vector<Check> checks;
  std::vector<std::string> libraries; // sonames that the object needs, such as "libopenblas.so.0"
  bool operator==(const Manifest&) const = default;
};

// Deterministic, one line.
std::string to_json(const Manifest& manifest);

// The inverse. Strict: what to_json does not write (other fields, other types, unknown dtypes or
// diagnostics, more states than ports) throws InternalError, since only we write manifests.
Manifest manifest_from_json(std::string_view json);

} // namespace tsc
