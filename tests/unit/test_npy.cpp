// support/npy, support/zip: files that NumPy wrote (tests/data/npy, made by make.py), and damaged
// ones.
#include "support/npy.h"
#include "support/zip.h"
#include "tests/catch.h"
#include "tests/message.h"

#include <cstring>

using namespace tsc;

namespace {

const std::string folder = TSC_SOURCE_DIR "/tests/data/npy/";

// What reading `file` under the name "a.npy" complains of.
std::string fault(const std::string& file) {
  return message_of([&] { parse_npy(file, "a.npy"); });
}

std::string with_header(const std::string& header, const std::string& data = "") {
  std::string file = "\x93NUMPY\x01";
  file += '\0';
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  return file + header + data;
}

template <class T>
std::vector<T> values_of(const NpyArray& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

// [[0, 1, 2], [3, 100, 7]] as bytes of `dtype`; complex values are multiplied by 1 + 2i.
std::string expected_bytes(DType dtype) {
  std::string bytes;
  const auto put = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (int v : {0, 1, 2, 3, 100, 7}) {
    switch (dtype) {
    case DType::Bool:
      put(static_cast<uint8_t>(v != 0));
      break;
    case DType::I8:
      put(static_cast<int8_t>(v));
      break;
    case DType::U8:
      put(static_cast<uint8_t>(v));
      break;
    case DType::I16:
      put(static_cast<int16_t>(v));
      break;
    case DType::U16:
      put(static_cast<uint16_t>(v));
      break;
    case DType::I32:
      put(static_cast<int32_t>(v));
      break;
    case DType::U32:
      put(static_cast<uint32_t>(v));
      break;
    case DType::I64:
      put(static_cast<int64_t>(v));
      break;
    case DType::U64:
      put(static_cast<uint64_t>(v));
      break;
    case DType::F16:
      put(f32_to_f16(static_cast<float>(v)));
      break;
    case DType::BF16:
      put(f32_to_bf16(static_cast<float>(v)));
      break;
    case DType::F32:
      put(static_cast<float>(v));
      break;
    case DType::F64:
      put(static_cast<double>(v));
      break;
    case DType::C64:
      put(static_cast<float>(v)), put(static_cast<float>(2 * v));
      break;
    case DType::C128:
      put(static_cast<double>(v)), put(static_cast<double>(2 * v));
      break;
    }
  }
  return bytes;
}

} // namespace

TEST_CASE("every dtype is read from NumPy's files and written as NumPy writes it") {
  for (const DTypeRow& r : all_dtypes()) {
    INFO(r.name);
    const std::string path = folder + (r.dtype == DType::BF16 ? "bf16" : r.npy) + ".npy";
    const NpyArray array = read_npy(path);
    CHECK(array.dtype == r.dtype);
    CHECK(array.shape == std::vector<int64_t>{2, 3});
    CHECK(array.bytes == expected_bytes(r.dtype));
    CHECK(npy_bytes(array) == read_file(path));
  }
}

TEST_CASE("scalars, vectors and empty arrays round trip through NumPy's bytes") {
  for (const char* name : {"scalar.npy", "vector.npy", "empty.npy"}) {
    INFO(name);
    CHECK(npy_bytes(read_npy(folder + name)) == read_file(folder + name));
  }
  CHECK(read_npy(folder + "scalar.npy").shape.empty());
  CHECK(read_npy(folder + "empty.npy").shape == std::vector<int64_t>{3, 0, 2});
}

TEST_CASE("big-endian numbers are converted") {
  CHECK(values_of<int32_t>(read_npy(folder + "big_endian.npy")) ==
        std::vector<int32_t>{0, 1, 2, 3, 100, 7});
  CHECK(values_of<float>(read_npy(folder + "big_endian_complex.npy")) ==
        std::vector<float>{1, 2, -3, 4});
}

TEST_CASE("Fortran order becomes row-major") {
  const NpyArray array = read_npy(folder + "fortran.npy");
  CHECK(array.shape == std::vector<int64_t>{2, 3, 4});
  std::vector<int16_t> counted(24);
  for (size_t i = 0; i < counted.size(); ++i)
    counted[i] = static_cast<int16_t>(i);
  CHECK(values_of<int16_t>(array) == counted);
}

TEST_CASE("versions 2 and 3 of the format are read") {
  for (const char* name : {"version2.npy", "version3.npy"})
    CHECK(values_of<float>(read_npy(folder + name)) == std::vector<float>{0, 1, 2});
}

TEST_CASE("a bool is any byte but zero") {
  const std::string file = with_header("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}",
                                       std::string("\0\2\1", 3));
  CHECK(parse_npy(file, "a.npy").bytes == std::string("\0\1\1", 3));
}

TEST_CASE("the header may be written in other ways that Python reads alike") {
  CHECK(
      parse_npy(with_header("{\"shape\":(2L,),'fortran_order':False ,\n 'descr':'=u1'}", "ab"), "a")
          .bytes == "ab");
}

TEST_CASE("files that are no arrays of numbers are rejected by name") {
  const auto fault_of = [](const char* name) {
    std::string text = message_of([&] { read_npy(folder + name); });
    const size_t at = text.find(folder);
    return at == text.npos ? text : text.erase(at, folder.size());
  };
  CHECK(fault_of("object.npy") == "error[E0301] bad-npy: 'object.npy': arrays of pickled Python "
                                  "objects are not supported");
  CHECK(fault_of("record.npy") ==
        "error[E0301] bad-npy: 'record.npy': arrays of records are not supported");
  CHECK(fault_of("text.npy") ==
        "error[E0301] bad-npy: 'text.npy': the element type '<U2' is not supported");
  CHECK(fault_of("make.py") == "error[E0301] bad-npy: 'make.py': not a .npy file");
  CHECK(fault_of("absent.npy") ==
        "error[E0703] cannot-read: cannot read 'absent.npy': No such file or directory");
}

TEST_CASE("damaged headers are rejected") {
  const std::string start = "error[E0301] bad-npy: 'a.npy': ";
  CHECK(fault("\x93NUMPY") == start + "the file is truncated in its header");
  CHECK(fault(std::string("\x93NUMPY\x04\0\x10\0", 10)) ==
        start + "version 4.0 of the format is unknown");
  CHECK(fault(std::string("\x93NUMPY\x01\0\xFF\xFF{", 11)) ==
        start + "the file is truncated in its header");
  CHECK(fault(std::string("\x93NUMPY\x02\0\1\0", 10)) ==
        start + "the file is truncated in its header");
  CHECK(fault(with_header("{'descr': '<f4'")) == start + "the header ends early");
  CHECK(fault(with_header("{}")) == start + "the header lacks descr, fortran_order or shape");
  CHECK(fault(with_header("{'descr': '<f4', 'descr': '<f4'}")) ==
        start + "the header gives 'descr' twice");
  CHECK(fault(with_header("{'color': '<f4'}")) == start + "the header has an unknown key 'color'");
  CHECK(fault(with_header("{'shape': (-1,)}")) == start + "the header gives the size -1");
  CHECK(fault(with_header("{'shape': (x,)}")) == start + "the header cannot be read at 'x,)}'");
  CHECK(fault(with_header("{'fortran_order': 1}")) == start + "the header cannot be read at '1}'");
  CHECK(fault(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x")) ==
        start + "the header cannot be read at 'x'");
}

TEST_CASE("the data must be what the header says, to the byte") {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  CHECK(fault(with_header(header, std::string(23, 'x'))) ==
        "error[E0301] bad-npy: 'a.npy': f32[2, 3] needs 24 bytes of data, but the file holds 23");
  CHECK(fault(with_header(header, std::string(25, 'x'))) ==
        "error[E0301] bad-npy: 'a.npy': f32[2, 3] needs 24 bytes of data, but the file holds 25");
}

TEST_CASE("huge sizes cost nothing") {
  const auto shaped = [](const std::string& shape) {
    return fault(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}"));
  };
  CHECK(shaped("(4294967296, 4294967296)") ==
        "error[E0404] size-overflow: 'a.npy': an array of [4294967296, 4294967296] items "
        "exceeds 2^48 bytes");
  CHECK(shaped("(99999999999999999999,)") ==
        "error[E0404] size-overflow: 'a.npy': a size of the header exceeds 2^63");
  CHECK(shaped("(1048576, 1048576)") ==
        "error[E0301] bad-npy: 'a.npy': f32[1048576, 1048576] needs "
        "4398046511104 bytes of data, but the file holds 0");
  CHECK(shaped("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)") ==
        "error[E0403] rank-limit: 'a.npy' has 17 axes; the limit is 16");
}

TEST_CASE("every truncation of a file is an error, not a crash") {
  const std::string file = read_file(folder + "fortran.npy");
  for (size_t n = 0; n < file.size(); ++n)
    CHECK_THROWS_AS(parse_npy(file.substr(0, n), "a"), Error);
  const std::string archive = read_file(folder + "deflated.npz");
  for (size_t n = 0; n < archive.size(); ++n)
    CHECK_THROWS_AS(unzip(std::string_view(archive).substr(0, n), "a", 1 << 20), Error);
}

TEST_CASE("data of another type than declared is named") {
  const std::vector<int64_t> declared = {2, 3}, other = {3, 2};
  const NpyArray array = read_npy(folder + "f4.npy");
  expect_type(array, DType::F32, declared, "w.npy");
  CHECK(message_of([&] { expect_type(array, DType::F64, declared, "w.npy"); }) ==
        "error[E0302] data-mismatch: 'w.npy' holds f32[2, 3], but f64[2, 3] is declared");
  CHECK(message_of([&] { expect_type(array, DType::F32, other, "w.npy"); }) ==
        "error[E0302] data-mismatch: 'w.npy' holds f32[2, 3], but f32[3, 2] is declared");
}

TEST_CASE("npz files of NumPy are read, stored and deflated") {
  const auto arrays = read_npz(folder + "stored.npz");
  REQUIRE(arrays.size() == 2);
  CHECK(arrays[0].first == "x");
  CHECK(values_of<float>(arrays[0].second) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(arrays[1].first == "bias");
  CHECK(values_of<double>(arrays[1].second) == std::vector<double>{1.5});

  const auto packed = read_npz(folder + "deflated.npz");
  REQUIRE(packed.size() == 3);
  CHECK(packed[0].second.bytes == std::string(8000, '\0'));
  CHECK(packed[1].second.bytes == arrays[0].second.bytes);
}

TEST_CASE("npz files are written as NumPy writes them") {
  const auto arrays = read_npz(folder + "stored.npz");
  ZipWriter zip;
  for (const auto& [name, array] : arrays)
    zip.add(name + ".npy", npy_bytes(array));
  CHECK(zip.finish() == read_file(folder + "stored.npz"));
}

TEST_CASE("an archive without members is read") {
  CHECK(unzip(ZipWriter().finish(), "a.npz", 0).empty());
}

namespace {

std::string zip_fault(const std::string& archive, uint64_t limit = 1 << 20) {
  return message_of([&] { unzip(archive, "a.npz", limit); });
}

std::string small_zip() {
  ZipWriter zip;
  zip.add("x", "hello");
  return zip.finish();
}

// `archive` with the bytes at `offset` replaced.
std::string patched(std::string archive, size_t offset, std::string_view bytes) {
  return archive.replace(offset, bytes.size(), bytes);
}

} // namespace

TEST_CASE("damaged archives are rejected") {
  const std::string start = "error[E0301] bad-npy: 'a.npz': ";
  const std::string good = small_zip();
  const size_t directory = good.find("PK\1\2"), end = good.find("PK\5\6"),
               data = good.find("hello");
  CHECK(zip_fault("hello") == start + "not a zip archive");
  CHECK(zip_fault(std::string(100, 'x')) == start + "not a zip archive, or truncated");
  CHECK(zip_fault(patched(good, data, "j")) == start + "member 'x' has a wrong checksum");
  CHECK(zip_fault(patched(good, directory, "X")) == start + "the archive's directory is damaged");
  CHECK(zip_fault(patched(good, directory + 8, "\1")) == start + "member 'x' is encrypted");
  CHECK(zip_fault(patched(good, directory + 10, "\x0c")) ==
        start + "member 'x' is packed by an unknown method");
  CHECK(zip_fault(patched(good, directory + 10, "\x08")) == start + "member 'x' is damaged");
  CHECK(zip_fault(patched(good, directory + 24, "\6")) == start + "member 'x' has two sizes");
  CHECK(zip_fault(patched(good, directory + 42, "\1")) ==
        start + "member 'x' is not where the directory says");
  CHECK(zip_fault(patched(good, directory + 46, "y")) ==
        start + "member 'y' has another name in its header");
  CHECK(zip_fault(patched(good, end + 10, "\2")) ==
        start + "the archive's directory holds 1 members, not 2");
  CHECK(zip_fault(patched(good, end + 16, "\xFF\xFF")) == start + "the archive is truncated");
}

TEST_CASE("a member's name stands once in an archive") {
  ZipWriter zip;
  zip.add("x", "a");
  zip.add("x", "b");
  CHECK(zip_fault(zip.finish()) == "error[E0301] bad-npy: 'a.npz': member 'x' is there twice");
}

TEST_CASE("archives cannot ask for more memory than allowed") {
  CHECK(zip_fault(small_zip(), 4) ==
        "error[E0401] file-too-large: 'a.npz' unpacks to more than the limit of 4 bytes");
  const std::string good = small_zip();
  const size_t directory = good.find("PK\1\2");
  const std::string lie = patched(patched(good, directory + 10, "\x08"), directory + 24,
                                  std::string_view("\0\0\x10\0", 4));
  CHECK(zip_fault(lie) ==
        "error[E0301] bad-npy: 'a.npz': member 'x' claims more data than it can hold");
}

TEST_CASE("sizes and offsets of zip64 are read from the extra field") {
  // The directory's entry of small_zip() with every number moved to a zip64 field, and a zip64 end.
  const auto number = [](uint64_t value, size_t width) {
    std::string bytes;
    for (size_t i = 0; i < width; ++i)
      bytes += static_cast<char>(value >> (8 * i));
    return bytes;
  };
  const std::string good = small_zip();
  const size_t directory = good.find("PK\1\2"), end = good.find("PK\5\6");
  std::string entry = good.substr(directory, end - directory);
  entry.replace(20, 8, std::string(8, '\xFF'));
  entry.replace(30, 2, number(28, 2));
  entry.replace(42, 4, std::string(4, '\xFF'));
  entry += number(1, 2) + number(24, 2) + number(5, 8) + number(5, 8) + number(0, 8);
  std::string archive = good.substr(0, directory) + entry;
  const size_t end64 = archive.size();
  archive += "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
             number(1, 8) + number(1, 8) + number(entry.size(), 8) + number(directory, 8);
  archive += "PK\6\7" + number(0, 4) + number(end64, 8) + number(1, 4);
  archive += "PK\5\6" + number(0, 4) + std::string(12, '\xFF') + number(0, 2);
  const auto members = unzip(archive, "a.npz", 100);
  REQUIRE(members.size() == 1);
  CHECK(members[0].name == "x");
  CHECK(members[0].bytes == "hello");
  CHECK(zip_fault(patched(archive, archive.find("PK\6\7"), "X")) ==
        "error[E0301] bad-npy: 'a.npz': the zip64 locator is missing");
  CHECK(zip_fault(patched(archive, end64, "X")) ==
        "error[E0301] bad-npy: 'a.npz': the zip64 end record is missing");
}

TEST_CASE("a member of an npz file that is no array is named") {
  const std::string path = TSC_BINARY_DIR "/foreign.npz";
  write_file(path, small_zip());
  CHECK(message_of([&] { read_npz(path); }) ==
        "error[E0301] bad-npy: '" + path + "': member 'x' is no .npy array");
}
