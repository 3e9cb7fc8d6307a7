// A size of a loaded program, which knows no symbolic algebra: postfix code over the values of its
// symbols in a call.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tsc {

struct SizeCode {
  enum class Do : uint8_t {
    Number,   // push `value`
    Symbol,   // push the symbol with the number `value`
    Add,      // replace two values by their sum
    Multiply, // ... their product
    Quotient, // ... the quotient, rounded down; 0 where the divisor is 0 (such a size belongs to an
              // empty array)
  };
  struct Step {
    Do what = Do::Number;
    int64_t value = 0;
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;

  static SizeCode number(int64_t value) { return {{{Do::Number, value}}}; }
  bool operator==(const SizeCode&) const = default;
};

// Throws SizeOverflow where a value does not fit 64 bits, InternalError for code that makes no
// sense.
int64_t evaluate(const SizeCode& code, std::span<const int64_t> symbols);

// a / b as SizeCode has it.
int64_t size_quotient(int64_t a, int64_t b);

} // namespace tsc
