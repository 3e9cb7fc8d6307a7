// Inputs: the arguments of functions. Each constructor says dtype and rank; a size that is not said
// gets a symbol of its own, named after the input: matrix<float>("x") is f32[x.0, x.1]. Compiled
// code takes any size where a symbol stands; where two inputs share a symbol their sizes must
// agree.
//
// Broadcasting is decided when an expression is written: only a size that is the number 1 then
// stretches. `row`, `col` and sizes given as 1 are how an input declares that.
#pragma once

#include "frontend/tensor.h"
#include "runtime/element.h"

#include <complex>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

// A size of an input: a number, an expression (Dim), the name of a symbol, or -1 for a symbol of
// its own.
class InputSize {
public:
  InputSize(int size) : InputSize(static_cast<int64_t>(size)) {}
  InputSize(int64_t size) : dim_(size) {}
  InputSize(Dim dim) : dim_(std::move(dim)) {}
  InputSize(const char* symbol, std::source_location where = std::source_location::current());
  InputSize(const std::string& symbol, std::source_location where = std::source_location::current())
      : InputSize(symbol.c_str(), where) {}
  const Dim& dim() const { return dim_; }

private:
  Dim dim_;
};

// A symbolic size, the same wherever this name stands. Throws BadName.
Dim symbol(const std::string& name, std::source_location where = std::source_location::current());

// An input of any dtype and shape. Names are unique in a function, and are letters, digits, '_' and
// '.', not starting with a digit (BadName); "" makes one up. Throws BadDim, RankLimit.
Tensor input(std::string name, DType dtype, const std::vector<InputSize>& shape = {},
             std::source_location where = std::source_location::current());
template <Element T>
Tensor input(std::string name, const std::vector<InputSize>& shape = {},
             std::source_location where = std::source_location::current()) {
  return input(std::move(name), dtype_of<T>::value, shape, where);
}

// scalar<T>("x"), vector<T>, row<T> ([1, n]), col<T> ([n, 1]), matrix<T>, tensor3<T> ...
// tensor5<T>, and with Theano's letters for the dtype: bvector (i8), wvector (i16), ivector (i32),
// lvector (i64), fvector (f32), dvector (f64), cvector (c64), zvector (c128).
#define TSC_INPUT_LETTER(letter, type, kind)                                                       \
  inline Tensor letter##kind(std::string name = "",                                                \
                             std::source_location where = std::source_location::current()) {       \
    return kind<type>(std::move(name), where);                                                     \
  }
#define TSC_INPUT(kind, ...)                                                                       \
  template <Element T>                                                                             \
  Tensor kind(std::string name = "",                                                               \
              std::source_location where = std::source_location::current()) {                      \
    return input(std::move(name), dtype_of<T>::value, __VA_ARGS__, where);                         \
  }                                                                                                \
  TSC_INPUT_LETTER(b, int8_t, kind)                                                                \
  TSC_INPUT_LETTER(w, int16_t, kind)                                                               \
  TSC_INPUT_LETTER(i, int32_t, kind)                                                               \
  TSC_INPUT_LETTER(l, int64_t, kind)                                                               \
  TSC_INPUT_LETTER(f, float, kind)                                                                 \
  TSC_INPUT_LETTER(d, double, kind)                                                                \
  TSC_INPUT_LETTER(c, std::complex<float>, kind)                                                   \
  TSC_INPUT_LETTER(z, std::complex<double>, kind)
TSC_INPUT(scalar, {})
TSC_INPUT(vector, {-1})
TSC_INPUT(row, {1, -1})
TSC_INPUT(col, {-1, 1})
TSC_INPUT(matrix, {-1, -1})
TSC_INPUT(tensor3, {-1, -1, -1})
TSC_INPUT(tensor4, {-1, -1, -1, -1})
TSC_INPUT(tensor5, {-1, -1, -1, -1, -1})
#undef TSC_INPUT
#undef TSC_INPUT_LETTER

} // namespace tsc
