#include "runtime/array.h"

#include "support/error.h"
#include "support/npy.h"

#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace tsc {

namespace {

struct alignas(64) Line {
  std::byte bytes[64];
};

constexpr size_t large_bytes = 4 << 20;

// Asks for pages of 2 MiB, of which the CPU remembers enough to walk large arrays in any order.
// Where the system has none to give, nothing changes.
void prefer_large_pages(void* memory, size_t bytes) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

// One allocation holds the count of owners and the elements. Never null, so that an empty array has
// an address too.
std::shared_ptr<void> allocate(size_t bytes) {
  try {
    auto lines = std::make_shared_for_overwrite<Line[]>(std::max<size_t>(1, (bytes + 63) / 64));
    if (bytes >= large_bytes) prefer_large_pages(lines.get(), bytes);
    return lines;
  } catch (const std::bad_alloc&) {
    throw Error(Diag::OutOfMemory, fmt::format("no memory for an array of {} bytes", bytes));
  }
}

// Where arrays without elements and without memory point.
alignas(64) std::byte nowhere[64];

// Copies the elements of an array that is not contiguous, so has axes and elements, to `target` in
// row-major order; the innermost axis in one go where it is dense.
void copy_strided(const Array& from, std::byte* target) {
  const size_t width = size_of(from.dtype()), rank = from.rank();
  const std::span<const int64_t> shape = from.shape(), strides = from.strides();
  const auto step = static_cast<std::ptrdiff_t>(width);
  const int64_t inner = shape[rank - 1];
  const int64_t inner_stride = strides[rank - 1];
  std::array<int64_t, max_rank> index{};
  auto* source = static_cast<const std::byte*>(from.data());
  for (int64_t done = 0; done < from.size(); done += inner) {
    if (inner_stride == 1) {
      std::memcpy(target, source, static_cast<size_t>(inner) * width);
      target += inner * step;
    } else {
      for (int64_t i = 0; i < inner; ++i, target += step)
        std::memcpy(target, source + i * inner_stride * step, width);
    }
    for (size_t axis = rank - 1; axis-- > 0;) {
      source += strides[axis] * step;
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * index[axis] * step;
      index[axis] = 0;
    }
  }
}

Array from_npy_array(const NpyArray& file) {
  Array array = Array::empty(file.dtype, file.shape);
  std::memcpy(array.mutable_data(), file.bytes.data(), file.bytes.size());
  return array;
}

// `dense` must be contiguous, and outlive the view.
NpyView npy_view(const Array& dense) {
  return {dense.dtype(), dense.shape(), {static_cast<const char*>(dense.data()), dense.bytes()}};
}

} // namespace

void detail::ragged_lists() {
  throw Error(Diag::DataMismatch, "the nested lists of Array::of are ragged")
      .hint("lists of one level must have equal lengths");
}

// ---- Making arrays -----------------------------------------------------------------------------

Array::Array() { data_ = nowhere; }

void Array::set_layout(DType dtype, Sizes shape, const Sizes* strides) {
  if (shape.size() > max_rank)
    throw Error(Diag::RankLimit, fmt::format("an array of {} axes was asked for; the limit is {}",
                                             shape.size(), max_rank));
  if (strides && strides->size() != shape.size())
    throw Error(Diag::DataMismatch,
                fmt::format("{} strides were given for {} axes", strides->size(), shape.size()));
  dtype_ = dtype;
  rank_ = static_cast<uint32_t>(shape.size());
  size_ = checked_elements(shape, static_cast<int64_t>(size_of(dtype)));
  contiguous_ = true;
  int64_t dense = 1; // the stride of a dense array
  for (size_t axis = rank_; axis-- > 0;) {
    sizes_[axis] = shape[axis];
    strides_[axis] = strides ? (*strides)[axis] : dense;
    // The stride of an axis with one position, or of an array without elements, does not matter.
    if (strides_[axis] != dense && sizes_[axis] != 1 && size_ != 0) contiguous_ = false;
    dense *= std::max<int64_t>(1, sizes_[axis]);
  }
}

Array Array::empty(DType dtype, Sizes shape) {
  Array array;
  array.set_layout(dtype, shape, nullptr);
  array.owner_ = allocate(array.bytes());
  array.data_ = static_cast<std::byte*>(array.owner_.get());
  return array;
}

Array Array::zeros(DType dtype, Sizes shape) {
  Array array = empty(dtype, shape);
  std::memset(array.data_, 0, array.bytes());
  return array;
}

Array Array::full(DType dtype, Sizes shape, double value) {
  const Array one = scalar(value).astype(dtype);
  return visit_dtype(dtype,
                     [&](auto t) { return full<decltype(t)>(shape, one.scalar<decltype(t)>()); });
}

Array Array::foreign(DType dtype, Sizes shape, const Sizes* strides, const void* data,
                     bool writable) {
  Array array;
  array.set_layout(dtype, shape, strides);
  if (!data && array.size_ != 0)
    throw Error(Diag::DataMismatch,
                fmt::format("a view of {} was given a null pointer", array.type()));
  // The flag stands in for the const that is cast away.
  if (data) array.data_ = static_cast<std::byte*>(const_cast<void*>(data));
  array.writable_ = writable;
  return array;
}

// ---- Files -------------------------------------------------------------------------------------

Array Array::from_npy(const std::filesystem::path& path) { return from_npy_array(read_npy(path)); }

void Array::to_npy(const std::filesystem::path& path) const {
  const Array dense = to_contiguous();
  write_npy(path, npy_view(dense));
}

std::vector<std::pair<std::string, Array>> Array::from_npz(const std::filesystem::path& path) {
  std::vector<std::pair<std::string, Array>> arrays;
  for (auto& [name, file] : read_npz(path))
    arrays.emplace_back(std::move(name), from_npy_array(file));
  return arrays;
}

void Array::to_npz(const std::filesystem::path& path,
                   std::span<const std::pair<std::string, Array>> arrays) {
  std::vector<Array> dense;
  std::vector<std::pair<std::string, NpyView>> members;
  dense.reserve(arrays.size()); // the views point into it
  for (const auto& [name, array] : arrays)
    members.emplace_back(name, npy_view(dense.emplace_back(array.to_contiguous())));
  write_npz(path, members);
}

// ---- Elements ----------------------------------------------------------------------------------

std::string Array::type() const {
  return fmt::format("{}[{}]", name(dtype_), fmt::join(shape(), ", "));
}

void Array::throw_not_writable() const {
  throw Error(Diag::DataMismatch, fmt::format("this {} is a view of const memory", type()))
      .hint("write to a clone()");
}

void Array::check_dtype(DType dtype) const {
  if (dtype != dtype_)
    throw Error(Diag::DataMismatch,
                fmt::format("elements of {} cannot be read as {}", type(), name(dtype)))
        .hint(fmt::format("read them as {}, or convert with astype", name(dtype_)));
}

void Array::check_span(DType dtype) const {
  check_dtype(dtype);
  if (!contiguous_)
    throw Error(Diag::DataMismatch,
                fmt::format("the elements of this {} are not contiguous", type()))
        .hint("take the span of to_contiguous()");
}

void Array::check_count(size_t count) const {
  if (static_cast<size_t>(size_) != count)
    throw Error(Diag::DataMismatch,
                fmt::format("{} has {} elements, not {}", type(), size_, count));
}

const std::byte* Array::element(Sizes index) const {
  if (index.size() != rank_)
    throw Error(Diag::IndexRange,
                fmt::format("{} indices were given for {}", index.size(), type()));
  int64_t offset = 0;
  for (size_t axis = 0; axis < rank_; ++axis) {
    if (index[axis] < 0 || index[axis] >= sizes_[axis])
      throw Error(Diag::IndexRange,
                  fmt::format("index {} is outside axis {} of {}", index[axis], axis, type()));
    offset += index[axis] * strides_[axis];
  }
  return data_ + offset * static_cast<std::ptrdiff_t>(size_of(dtype_));
}

Array Array::to_contiguous() const { return contiguous_ ? *this : clone(); }

Array Array::clone() const {
  Array copy = empty(dtype_, shape());
  copy_to(copy.data_);
  return copy;
}

void Array::copy_to(void* target) const {
  if (size_ == 0) return;
  if (contiguous_)
    std::memcpy(target, data_, bytes());
  else
    copy_strided(*this, static_cast<std::byte*>(target));
}

bool Array::operator==(const Array& other) const {
  if (dtype_ != other.dtype_ || !std::ranges::equal(shape(), other.shape())) return false;
  const Array a = to_contiguous(), b = other.to_contiguous();
  return std::memcmp(a.data_, b.data_, a.bytes()) == 0;
}

} // namespace tsc
