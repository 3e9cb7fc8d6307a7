// From a Plan to source text. Only identifiers that are minted here and numbers that are formatted
// here reach the text: nothing a user wrote. The text is the same for the same plan, everywhere.
#pragma once

#include "codegen/dialect.h"
#include "ir/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace tsc {

// What a call of a kernel stores at least where its results stream past the caches
// (prelude/stream.h): as many bytes are read as a rule, and both together fill a usual last cache.
inline constexpr int64_t streamed_bytes = 16 << 20;

struct Source {
  std::vector<std::string_view> headers; // of the prelude, sorted
  std::string text;                      // the program without them
  bool calls_blas = false;
  // By kernel: where in `text` its functions stand, as (first byte, length).
  std::vector<std::pair<size_t, size_t>> kernels;

  std::string full() const; // what the toolchain compiles: prelude and program
};

Source emit(const Plan& plan, const Dialect& dialect);

// What a kernel takes after its range and its parameters: these symbols, by their numbers in order,
// and, where it reports errors, a tsc_report*.
std::vector<size_t> symbols_of(const Plan& plan, const Kernel& kernel, bool grid);
bool reports_errors(const Kernel& kernel);

} // namespace tsc
