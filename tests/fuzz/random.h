// A small generator of random numbers that gives the same sequence on every machine (the standard
// distributions do not), and random tensor values made of ordinary, special and extreme items.
#pragma once

#include "ir/tensor_value.h"

#include <cstdint>
#include <vector>

namespace tsc::fuzz {

class Random {
public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // The first numbers are made of four bytes each: whoever chooses the bytes chooses the numbers.
  explicit Random(std::string_view bytes) : state_(0), bytes_(bytes) {}

  uint64_t next(); // 64 random bits
  // In [0, n) for n > 0, and in [low, high].
  int64_t below(int64_t n) {
    return static_cast<int64_t>(next() >> 1) % n; // the bias does not matter here
  }
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(below(static_cast<int64_t>(from.size())))];
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (size_t i = list.size(); i > 1; --i)
      std::swap(list[i - 1], list[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
  }

private:
  uint64_t state_;
  std::string bytes_;
  size_t used_ = 0;
};

// A dtype of the set; the set must not be empty.
DType random_dtype(Random& random, DTypes set);

// Items of all sorts: small numbers (with short and long mantissas), the samples of op rows, NaN,
// infinities, zeros of both signs, subnormal and extreme numbers, any bits. `finite`: small numbers
// only.
TensorValue random_value(Random& random, DType dtype, const std::vector<int64_t>& shape,
                         bool finite);

} // namespace tsc::fuzz
