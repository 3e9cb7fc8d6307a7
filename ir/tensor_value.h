// A tensor's value on the host: dense, row-major bytes. What the interpreter computes with, and
// what tests compare. (The runtime's arrays know devices and strides; ir must not know the
// runtime.)
#pragma once

#include "ir/literal.h"
#include "support/dtype.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tsc {

struct TensorValue {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::string bytes; // count() items, little-endian, row-major

  // All items 0. Throws SizeOverflow where the sizes are too large.
  static TensorValue zeros(DType dtype, std::vector<int64_t> shape);

  // The items of a literal; a splat is repeated over `shape`.
  static TensorValue of(const Literal& literal, const std::vector<int64_t>& shape);

  // Items converted from `values` as the op cast converts (floats are rounded to nearest, integers
  // wrap). Requires as many values as the shape has places.
  static TensorValue of(DType dtype, std::vector<int64_t> shape, const std::vector<double>& values);
  static TensorValue of_ints(DType dtype, std::vector<int64_t> shape,
                             const std::vector<int64_t>& values);

  size_t rank() const { return shape.size(); }
  size_t count() const { return bytes.size() / size_of(dtype); }

  // One item as f64 (real part of a complex one), or as i64 for bool and integers (u64 wraps).
  double as_f64(size_t i = 0) const;
  int64_t as_i64(size_t i = 0) const;
  // Stores `value` rounded (floats) or wrapped (integers; set_f64 requires a value in range there).
  void set_f64(size_t i, double value);
  void set_i64(size_t i, int64_t value);

  std::vector<double> to_f64() const; // all items
  Literal literal() const;            // dense, or a splat for a scalar

  // Bit for bit: +0 and -0 differ; a NaN equals itself with the same payload only.
  bool operator==(const TensorValue&) const = default;
};

// As operator==, but every NaN equals every NaN. What "the same value" means where payloads are
// nobody's business.
bool same_value(const TensorValue& a, const TensorValue& b);

// The largest distance of two items in units in the last place of their dtype: 0 for equal values,
// +0 and -0, and two NaNs; infinity where one is NaN, where infinities differ or meet a number, and
// where integers differ. `scale` > 0 is a magnitude that the results were computed from: one unit
// is then at least that of a number of this size (for sums that cancel). Requires equal dtypes and
// shapes.
double max_ulp(const TensorValue& a, const TensorValue& b, double scale = 0);

// "f32[2, 3] {1, 2, 3, ...}", at most `limit` items.
std::string text(const TensorValue& value, size_t limit = 16);

// Distance from one item to the next in the innermost sense: strides in items of a row-major array.
std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape);

} // namespace tsc
