// NumPy's array files. `.npy` holds one array; `.npz` is a zip archive of named `.npy` members.
//
// Reading is strict: a file that NumPy did not write as it stands (truncated, with bytes left over,
// with a header that promises other data) is BadNpy, naming the file. Errors of the file system are
// CannotRead, CannotWrite and FileTooLarge; more than 16 axes are RankLimit; sizes that overflow
// are SizeOverflow. Nothing is allocated on the word of a header alone.
#pragma once

#include "support/dtype.h"
#include "support/files.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsc {

// Dense elements in row-major order, little-endian; a bool is a byte 0 or 1.
struct NpyArray {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::string bytes; // elements * size_of(dtype)
};

// The same, held by someone else.
struct NpyView {
  NpyView(const NpyArray& a) : dtype(a.dtype), shape(a.shape), bytes(a.bytes) {}
  NpyView(DType d, std::span<const int64_t> s, std::string_view b) : dtype(d), shape(s), bytes(b) {}

  DType dtype;
  std::span<const int64_t> shape;
  std::string_view bytes;
};

// Reads a `.npy` file of version 1, 2 or 3. Big-endian numbers are converted, Fortran order becomes
// row-major, '<V2' (what ml_dtypes writes) is bf16. Pickled objects, strings, dates and records are
// rejected.
NpyArray read_npy(const std::filesystem::path& path, uint64_t max_file_bytes = no_size_limit);

// The same from memory; `name` stands for the file in errors.
NpyArray parse_npy(std::string_view file, std::string_view name);

// The bytes that numpy.save writes for this array.
std::string npy_bytes(const NpyView& array);
void write_npy(const std::filesystem::path& path, const NpyView& array);

// Throws DataMismatch, naming `name` and both types, unless the array has this dtype and shape.
void expect_type(const NpyView& array, DType dtype, std::span<const int64_t> shape,
                 std::string_view name);

// The arrays of a `.npz` file in file order, under their names without ".npy". The members may have
// at most `max_total_bytes` together when unpacked.
std::vector<std::pair<std::string, NpyArray>>
read_npz(const std::filesystem::path& path, uint64_t max_total_bytes = uint64_t{16} << 30);

// Writes the bytes that numpy.savez writes: members stored without compression.
void write_npz(const std::filesystem::path& path,
               std::span<const std::pair<std::string, NpyView>> arrays);

} // namespace tsc
