// Values known when the graph is built. A splat holds one item for every position (and then fits
// any shape); else the items are dense and row-major.
#pragma once

#include "support/dtype.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace tsc {

class Literal {
public:
  Literal() = default;
  // `bytes` holds one item, little-endian.
  static Literal splat(DType dtype, std::string bytes);
  // Of rank 0 this is the splat: a value has one form.
  static Literal dense(DType dtype, std::vector<int64_t> shape, std::string bytes);
  // `value` converted to `dtype` (rounded to nearest; integers must hold it exactly).
  static Literal number(DType dtype, double value);
  static Literal integer(DType dtype, int64_t value);
  template <class T>
  static Literal of(T value) {
    return splat(dtype_of<T>::value,
                 std::string(reinterpret_cast<const char*>(&value), sizeof value));
  }

  DType dtype() const { return dtype_; }
  bool is_splat() const { return splat_; }
  const std::vector<int64_t>& shape() const { return shape_; } // of a dense literal
  const std::string& bytes() const { return *bytes_; }

  // Item `i` (0 for a splat) as f64, or as i64 for integers and bool; u64 wraps into i64.
  double as_f64(size_t i = 0) const;
  int64_t as_i64(size_t i = 0) const;

  // Bitwise: +0 and -0 differ, a NaN equals itself.
  bool operator==(const Literal& other) const;

private:
  DType dtype_ = DType::F32;
  bool splat_ = true;
  std::vector<int64_t> shape_;
  std::shared_ptr<const std::string> bytes_ = std::make_shared<const std::string>(4, '\0');
};

} // namespace tsc
