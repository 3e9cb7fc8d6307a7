// Size arithmetic that cannot wrap. The one place where products and sums of sizes are taken.
#pragma once

#include "support/error.h"

#include <cstdint>
#include <optional>
#include <span>

namespace [[gnu::visibility("default")]] tsc {

inline std::optional<int64_t> checked_add(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_add_overflow(a, b, &r) ? std::nullopt : std::optional(r);
}

inline std::optional<int64_t> checked_mul(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_mul_overflow(a, b, &r) ? std::nullopt : std::optional(r);
}

// The quotient rounded down. Requires b != 0, and not INT64_MIN / -1, which traps.
inline int64_t floor_quotient(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}

// Largest number of bytes an array may have: pointer differences stay exact with room to spare.
inline constexpr int64_t max_bytes = int64_t{1} << 48;

// Largest number of axes (RankLimit names it to users).
inline constexpr size_t max_rank = 16;

inline Error size_overflow(std::span<const int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return {Diag::SizeOverflow, "an array of [" + text + "] items exceeds 2^48 bytes"};
}

// Number of elements of an array with these sizes (>= 0) whose items have `item_bytes` bytes.
// Throws SizeOverflow when the bytes exceed `max_bytes`, also where another axis is 0.
inline int64_t checked_elements(std::span<const int64_t> sizes, int64_t item_bytes) {
  int64_t total = 1, nonzero = 1;
  for (int64_t size : sizes) {
    if (size < 0) throw Error(Diag::BadDim, "size " + std::to_string(size) + " is negative");
    auto product = checked_mul(nonzero, size == 0 ? 1 : size);
    if (!product || *product > max_bytes / item_bytes) throw size_overflow(sizes);
    nonzero = *product;
    total = size == 0 ? 0 : total * size;
  }
  return total;
}

} // namespace tsc
