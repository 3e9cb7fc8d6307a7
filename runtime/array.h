// Array: the values that programs take and give. A handle on elements in memory, with dtype, sizes
// and element strides.
//
// Ownership: copies of an Array share the elements, as NumPy's views do, and cost no allocation;
// `clone()` copies the elements. Memory that tsc allocates starts at a multiple of 64 bytes and
// lives as long as the last handle. An Array made by `view` refers to the caller's memory, which
// must outlive it. An Array that was moved from may be assigned or destroyed only.
//
// Threads: handles may be copied and read concurrently. Elements are plain memory: while one thread
// writes them no other may touch them, through whichever handle.
//
// Errors are tsc::Error: DataMismatch (another dtype, shape or layout than asked for), BadDim,
// RankLimit, SizeOverflow, OutOfMemory, IndexRange, and those of support/npy.h for files.
#pragma once

#include "runtime/element.h"
#include "support/checked.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

// A list of sizes, strides or indices as a parameter: braces, a vector, an array or a span. Refers
// to what it was made from; not to be stored.
class Sizes : public std::span<const int64_t> {
public:
  using std::span<const int64_t>::span;
  Sizes(std::initializer_list<int64_t> list) : span(list.begin(), list.size()) {}
  Sizes(std::span<const int64_t> list) : span(list) {}
};

// Nested braces for Array::of: a number or a list. Lives only in the expression that it is written
// in.
template <Element T>
class Nested {
public:
  Nested(T value) : value_(value) {}
  Nested(std::initializer_list<Nested> list) : list_(list), is_list_(true) {}

  bool is_list() const { return is_list_; }
  T value() const { return value_; }
  std::initializer_list<Nested> list() const { return list_; }

private:
  T value_{};
  std::initializer_list<Nested> list_;
  bool is_list_ = false;
};

// What std::mdspan and its look-alikes have (strided layouts).
template <class M>
concept MdspanLike = requires(const M& m, size_t axis) {
  { m.rank() } -> std::convertible_to<size_t>;
  { m.extent(axis) } -> std::convertible_to<int64_t>;
  { m.stride(axis) } -> std::convertible_to<int64_t>;
  { *m.data_handle() };
};

struct TextStyle {
  // Digits after the decimal point at most, as in NumPy; -1 for all that the value needs to be read
  // back unchanged.
  int precision = 8;
  // NumPy's layout: columns aligned, a line per row, wrapped at 75 characters. Otherwise everything
  // stands on one line, elements one space apart: "[[0.5 0.73105858] [0.26894142 0.11920292]]".
  bool aligned = true;
  // With more elements than this just the three outermost of each axis are shown. 0: never cut.
  int64_t summarise_above = 1000;
};

class Array {
public:
  // f32[0].
  Array();

  // ---- Making arrays ----

  static Array empty(DType dtype, Sizes shape); // elements uninitialised
  static Array zeros(DType dtype, Sizes shape);
  static Array full(DType dtype, Sizes shape, double value); // converted as `astype` does
  template <Element T>
  static Array full(Sizes shape, T value);

  // Copies of C++ values. `from(values, shape)` takes row-major elements; DataMismatch unless their
  // number is that of the shape.
  template <Element T>
  static Array scalar(T value);
  template <Element T>
  static Array from(const std::vector<T>& values);
  template <Element T>
  static Array from(std::span<const T> values, Sizes shape);
  // Array::of<float>({{1, 2}, {3, 4}}); DataMismatch when the lists are ragged. Elements that are
  // not numbers of C++ need their type: Array::of<std::complex<float>>({C(1, 2), C(3)}).
  template <Element T>
  static Array of(Nested<T> values);

  // The caller's memory, not copied: row-major, or with strides counted in elements (0 and negative
  // ones allowed; `data` points at index 0, ..., 0). From const memory the array is read-only.
  template <Element T>
  static Array view(T* data, Sizes shape);
  template <Element T>
  static Array view(const T* data, Sizes shape);
  template <Element T>
  static Array view(T* data, Sizes shape, Sizes strides);
  template <Element T>
  static Array view(const T* data, Sizes shape, Sizes strides);
  template <MdspanLike M>
  static Array view(const M& m);

  // Files; see support/npy.h.
  static Array from_npy(const std::filesystem::path& path);
  void to_npy(const std::filesystem::path& path) const;
  static std::vector<std::pair<std::string, Array>> from_npz(const std::filesystem::path& path);
  static void to_npz(const std::filesystem::path& path,
                     std::span<const std::pair<std::string, Array>> arrays);

  // ---- Facts ----

  DType dtype() const { return dtype_; }
  size_t rank() const { return rank_; }
  std::span<const int64_t> shape() const { return {sizes_.data(), rank_}; }
  std::span<const int64_t> strides() const { return {strides_.data(), rank_}; } // in elements
  int64_t size() const { return size_; }                                        // elements
  size_t bytes() const { return static_cast<size_t>(size_) * size_of(dtype_); }
  bool contiguous() const { return contiguous_; } // dense and row-major
  bool writable() const { return writable_; }
  std::string type() const; // "f32[2, 3]"

  // ---- Elements ----

  // Address of element 0, ..., 0; never null. `mutable_data` is DataMismatch for a read-only array.
  const void* data() const { return data_; }
  void* mutable_data() {
    if (!writable_) throw_not_writable();
    return data_;
  }

  // All elements in row-major order; DataMismatch unless T is the dtype and the array contiguous.
  template <Element T>
  std::span<const T> span() const;
  template <Element T>
  std::span<T> span();
  // The only element of an array with one; DataMismatch otherwise.
  template <Element T>
  T scalar() const;
  // One element; IndexRange outside the shape.
  template <Element T>
  T at(Sizes index) const;
  // A copy of all elements in row-major order.
  template <Element T>
  std::vector<T> to_vector() const;

  // This array when contiguous, else a copy that is.
  Array to_contiguous() const;
  // A contiguous copy that shares nothing.
  Array clone() const;
  // Writes the elements in row-major order to `target`, which has room for `bytes()`.
  void copy_to(void* target) const;

  // A copy with every element converted. Float to int drops the fraction, NaN gives 0 and values
  // out of range the nearest bound; int to narrower int keeps the low bits; to bool asks "not
  // zero"; complex to real keeps the real part; all else rounds to nearest, ties to even.
  Array astype(DType dtype) const;

  // The elements as NumPy prints them, but true and false in lower case.
  std::string text(const TextStyle& style = {}) const;

  // Same dtype, shape and bits: NaN equals itself, 0 and -0 differ.
  bool operator==(const Array& other) const;

private:
  static Array foreign(DType dtype, Sizes shape, const Sizes* strides, const void* data,
                       bool writable);
  void set_layout(DType dtype, Sizes shape, const Sizes* strides);
  [[noreturn]] void throw_not_writable() const;
  void check_dtype(DType dtype) const;
  void check_span(DType dtype) const;
  void check_count(size_t count) const;
  const std::byte* element(Sizes index) const;

  DType dtype_ = DType::F32;
  bool contiguous_ = true;
  bool writable_ = true;
  uint32_t rank_ = 1;
  int64_t size_ = 0;
  std::byte* data_ = nullptr;
  std::shared_ptr<void> owner_; // null for the caller's memory
  std::array<int64_t, max_rank> sizes_{};
  std::array<int64_t, max_rank> strides_{};
};

// Whether |a - b| <= atol + rtol * |b| for all elements, and the shapes are equal; dtypes may
// differ. Infinities equal themselves; NaN equals NaN only on request.
bool allclose(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);

// Reads "3.5", "[[0, 1], [-1, -2]]", "[1e3 nan -inf]", "[true, false]", "1+2j": what `text` prints
// on one line and what JSON or Python write. Elements are separated by commas or spaces. Throws
// BadValue, naming the character, for what cannot be read, does not fit the dtype, is ragged or
// nested deeper than 16.
Array parse_array(std::string_view text, DType dtype);

} // namespace tsc

#include "runtime/array_inline.h"
