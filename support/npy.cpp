#include "support/npy.h"

#include "support/checked.h"
#include "support/error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace tsc {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

[[noreturn]] void bad(std::string_view name, const std::string& why) {
  throw Error(Diag::BadNpy, fmt::format("'{}': {}", printable(name, 200), why));
}

// ---- Header: a Python dict literal -------------------------------------------------------------

struct Header {
  DType dtype;
  bool swap; // big-endian
  bool fortran_order;
  std::vector<int64_t> shape;
};

// A cursor over the dict. Only the three keys that NumPy writes are known, each needed once.
class HeaderParser {
public:
  HeaderParser(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Header parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      value(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) fail();
    if (!descr_ || !fortran_order_ || !shape_)
      bad(name_, "the header lacks descr, fortran_order or shape");
    const auto [dtype, swap] = element_type(*descr_);
    return {dtype, swap, *fortran_order_, std::move(*shape_)};
  }

private:
  [[noreturn]] void fail() const {
    bad(name_, text_.empty()
                   ? "the header ends early"
                   : fmt::format("the header cannot be read at '{}'", printable(text_, 20)));
  }
  void skip_space() {
    const size_t n = text_.find_first_not_of(" \t\n");
    text_.remove_prefix(n == text_.npos ? text_.size() : n);
  }
  bool accept(char c) {
    skip_space();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }

  void value(std::string_view key) {
    if (key == "descr") {
      skip_space();
      if (text_.starts_with('[')) bad(name_, "arrays of records are not supported");
      set(descr_, string(), key);
    } else if (key == "fortran_order") {
      set(fortran_order_, boolean(), key);
    } else if (key == "shape") {
      set(shape_, tuple(), key);
    } else {
      bad(name_, fmt::format("the header has an unknown key '{}'", printable(key, 20)));
    }
  }
  template <class T>
  void set(std::optional<T>& field, T value, std::string_view key) {
    if (field) bad(name_, fmt::format("the header gives '{}' twice", key));
    field = std::move(value);
  }

  // A quoted string without escapes: none that we accept needs one.
  std::string_view string() {
    skip_space();
    const char quote = text_.starts_with('"') ? '"' : '\'';
    expect(quote);
    const size_t end = text_.find(quote);
    if (end == text_.npos) fail();
    const std::string_view s = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return s;
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, truth] : {std::pair{"True", true}, std::pair{"False", false}})
      if (text_.starts_with(word)) {
        text_.remove_prefix(std::strlen(word));
        return truth;
      }
    fail();
  }

  // "()", "(3,)", "(2, 3)"; Python 2 wrote numbers as "3L".
  std::vector<int64_t> tuple() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      sizes.push_back(size());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }
  int64_t size() {
    skip_space();
    int64_t n = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), n);
    if (error == std::errc::result_out_of_range)
      throw Error(Diag::SizeOverflow,
                  fmt::format("'{}': a size of the header exceeds 2^63", printable(name_, 200)));
    if (error != std::errc()) fail();
    if (n < 0) bad(name_, fmt::format("the header gives the size {}", n));
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    if (text_.starts_with('L')) text_.remove_prefix(1);
    return n;
  }

  std::pair<DType, bool> element_type(std::string_view descr) const {
    if (descr == "|O" || descr == "O")
      bad(name_, "arrays of pickled Python objects are not supported");
    if (!descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos)
      for (const DTypeRow& r : all_dtypes())
        if (descr.substr(1) == r.npy) return {r.dtype, descr[0] == '>'};
    bad(name_, fmt::format("the element type '{}' is not supported", printable(descr, 20)));
  }

  std::string_view text_, name_;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<int64_t>> shape_;
};

// Takes magic, version and header off the front of `file`.
Header take_header(std::string_view& file, std::string_view name) {
  if (!file.starts_with(magic)) bad(name, "not a .npy file");
  if (file.size() < 10) bad(name, "the file is truncated in its header");
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(file[i]); };
  const unsigned version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0)
    bad(name, fmt::format("version {}.{} of the format is unknown", version, byte(7)));
  const size_t start = version == 1 ? 10 : 12;
  if (file.size() < start) bad(name, "the file is truncated in its header");
  size_t length = byte(8) | size_t(byte(9)) << 8;
  if (version > 1) length |= size_t(byte(10)) << 16 | size_t(byte(11)) << 24;
  if (length > file.size() - start) bad(name, "the file is truncated in its header");
  Header header = HeaderParser(file.substr(start, length), name).parse();
  file.remove_prefix(start + length);
  return header;
}

// ---- Elements ----------------------------------------------------------------------------------

// Bytes of the numbers that make up one element: half of it for complex.
size_t part_bytes(DType dtype) {
  return in(dtype, Complexes) ? size_of(dtype) / 2 : size_of(dtype);
}

void swap_bytes(std::string& bytes, size_t width) {
  for (size_t i = 0; i < bytes.size(); i += width)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
}

// Column-major to row-major: walks the result in order and keeps the source's offset beside it.
std::string row_major(const std::string& source, std::span<const int64_t> shape, size_t width) {
  const size_t rank = shape.size();
  std::array<size_t, max_rank> stride{}, index{};
  size_t step = width;
  for (size_t axis = 0; axis < rank; ++axis) {
    stride[axis] = step;
    step *= static_cast<size_t>(shape[axis]);
  }
  std::string result(source.size(), '\0');
  size_t from = 0;
  for (size_t to = 0; to < result.size(); to += width) {
    std::memcpy(&result[to], &source[from], width);
    for (size_t axis = rank; axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

std::string type_text(DType dtype, std::span<const int64_t> shape) {
  return fmt::format("{}[{}]", name(dtype), fmt::join(shape, ", "));
}

} // namespace

NpyArray parse_npy(std::string_view file, std::string_view name) {
  const Header header = take_header(file, name);
  if (header.shape.size() > max_rank)
    throw Error(Diag::RankLimit, fmt::format("'{}' has {} axes; the limit is {}",
                                             printable(name, 200), header.shape.size(), max_rank));
  const size_t width = size_of(header.dtype);
  int64_t elements = 0;
  try {
    elements = checked_elements(header.shape, static_cast<int64_t>(width));
  } catch (const Error& e) {
    throw Error(e.diag(), fmt::format("'{}': {}", printable(name, 200), e.message()));
  }
  const size_t wanted = static_cast<size_t>(elements) * width;
  if (file.size() != wanted)
    bad(name, fmt::format("{} needs {} bytes of data, but the file holds {}",
                          type_text(header.dtype, header.shape), wanted, file.size()));

  NpyArray array{header.dtype, header.shape, std::string(file)};
  if (header.swap) swap_bytes(array.bytes, part_bytes(header.dtype));
  if (header.fortran_order) array.bytes = row_major(array.bytes, array.shape, width);
  if (header.dtype == DType::Bool)
    for (char& c : array.bytes)
      c = c != 0;
  return array;
}

NpyArray read_npy(const std::filesystem::path& path, uint64_t max_file_bytes) {
  return parse_npy(read_file(path, max_file_bytes), path.string());
}

std::string npy_bytes(const NpyView& array) {
  // A byte has no order ('|'); bf16 is written as ml_dtypes does.
  std::string shape = fmt::format("{}", fmt::join(array.shape, ", "));
  if (array.shape.size() == 1) shape += ',';
  std::string header =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                  size_of(array.dtype) == 1 ? '|' : '<', row(array.dtype).npy, shape);
  // As NumPy does it: room for the first axis to grow to 21 digits, then 1 to 64 bytes of padding.
  if (!array.shape.empty()) header.append(21 - std::to_string(array.shape[0]).size(), ' ');
  header.append(64 - (magic.size() + 4 + header.size() + 1) % 64, ' ');
  header += '\n';

  std::string file(magic);
  file += {1, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  file += header;
  file += array.bytes;
  return file;
}

void write_npy(const std::filesystem::path& path, const NpyView& array) {
  write_file(path, npy_bytes(array));
}

void expect_type(const NpyView& array, DType dtype, std::span<const int64_t> shape,
                 std::string_view name) {
  if (array.dtype == dtype && std::ranges::equal(array.shape, shape)) return;
  throw Error(Diag::DataMismatch,
              fmt::format("'{}' holds {}, but {} is declared", printable(name, 200),
                          type_text(array.dtype, array.shape), type_text(dtype, shape)));
}

} // namespace tsc
