// runtime/array: making, reading, converting and comparing arrays.
#include "runtime/array.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/message.h"
#include "tests/sanitized.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

using namespace tsc;

namespace {

std::vector<int64_t> vec(std::span<const int64_t> s) { return {s.begin(), s.end()}; }

const Array numbers = Array::of<float>({{1, 2, 3}, {4, 5, 6}});

// [[1, 4], [2, 5], [3, 6]] without a copy.
const Array transposed = Array::view(static_cast<const float*>(numbers.data()), {3, 2}, {1, 3});

// What a C++20 program's own mdspan looks like.
struct Matrix {
  double* first;
  double* data_handle() const { return first; }
  static constexpr size_t rank() { return 2; }
  int64_t extent(size_t axis) const { return axis == 0 ? 2 : 3; }
  int64_t stride(size_t axis) const { return axis == 0 ? 1 : 2; }
};

// "hg" among the flags of the address's mapping in /proc/self/smaps, whose lines begin with
// "first-last " in hexadecimal.
bool asks_for_large_pages(const void* address) {
  std::ifstream file("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    unsigned long first = 0, last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2)
      inside = std::bit_cast<uintptr_t>(address) - first < last - first;
    else if (inside && line.starts_with("VmFlags:"))
      return line.find(" hg") != line.npos;
  }
  return false;
}

template <class To, class From>
std::vector<To> cast(const std::vector<From>& values) {
  return Array::from(values).astype(dtype_of<To>::value).template to_vector<To>();
}

} // namespace

TEST_CASE("arrays are made from values, shapes and braces") {
  CHECK(Array().type() == "f32[0]");
  CHECK(Array::empty(DType::C64, {2, 3}).type() == "c64[2, 3]");
  CHECK(Array::zeros(DType::I16, {3}).to_vector<int16_t>() == std::vector<int16_t>{0, 0, 0});
  CHECK(Array::full<int64_t>({2}, INT64_MAX).to_vector<int64_t>() ==
        std::vector<int64_t>{INT64_MAX, INT64_MAX});
  CHECK(Array::full(DType::U8, {2}, 300.5).to_vector<uint8_t>() == std::vector<uint8_t>{255, 255});
  CHECK(Array::full(DType::BF16, {1}, 1.5).to_vector<BF16>()[0].bits == 0x3FC0);
  CHECK(Array::scalar(2.5).type() == "f64[]");
  CHECK(Array::from(std::vector<bool>{true, false}).type() == "bool[2]");
  const std::vector<float> six = {1, 2, 3, 4, 5, 6};
  CHECK(Array::from<float>(six, {2, 3}) == numbers);
  CHECK(numbers.type() == "f32[2, 3]");
  CHECK(vec(numbers.shape()) == std::vector<int64_t>{2, 3});
  CHECK(vec(numbers.strides()) == std::vector<int64_t>{3, 1});
  CHECK(numbers.size() == 6);
  CHECK(numbers.bytes() == 24);
}

TEST_CASE("nested braces may have any depth, one item or none") {
  CHECK(Array::of<int32_t>(7).type() == "i32[]");
  CHECK(Array::of<int32_t>({7}).type() == "i32[1]");
  CHECK(Array::of<int32_t>({{1}, {2}}).type() == "i32[2, 1]");
  CHECK(Array::of<int32_t>({{{1, 2}}, {{3, 4}}}).to_vector<int32_t>() ==
        std::vector<int32_t>{1, 2, 3, 4});
  CHECK(Array::of<float>({}).type() == "f32[0]");
  using C = std::complex<float>;
  CHECK(Array::of<C>({{C(1, 2)}, {C(3)}}).type() == "c64[2, 1]");
}

TEST_CASE("ragged braces are refused") {
  const char* message = "error[E0302] data-mismatch: the nested lists of Array::of are ragged\n"
                        "  hint: lists of one level must have equal lengths";
  CHECK(message_of([] { Array::of<float>({{1, 2}, {3}}); }) == message);
  CHECK(message_of([] { Array::of<float>({{1, 2}, 3}); }) == message);
  CHECK(message_of([] { Array::of<float>({1, {2}}); }) == message);
}

TEST_CASE("memory is aligned, even where there is none") {
  for (const int64_t size : {0, 1, 100})
    CHECK(reinterpret_cast<uintptr_t>(Array::empty(DType::F32, {size}).data()) % 64 == 0);
  CHECK(Array().data() != nullptr);
}

TEST_CASE("large arrays ask for large pages, small ones do not") {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/enabled")) {
    WARN("skipped: this system has pages of one size");
    return;
  }
  const Array large = Array::empty(DType::F32, {16 << 20}), small = Array::empty(DType::F32, {16});
  CHECK(asks_for_large_pages(static_cast<const float*>(large.data()) + (8 << 20)));
  CHECK_FALSE(asks_for_large_pages(small.data()));
}

TEST_CASE("copies share elements, clones do not") {
  Array a = Array::of<float>({1, 2});
  const Array shared = a, copy = a.clone();
  a.span<float>()[0] = 9;
  CHECK(shared.at<float>({0}) == 9);
  CHECK(copy.at<float>({0}) == 1);
}

TEST_CASE("views use the caller's memory, strided too") {
  float memory[] = {1, 2, 3, 4, 5, 6};
  Array view = Array::view(memory, {2, 3});
  view.span<float>()[5] = 60;
  CHECK(memory[5] == 60);
  CHECK_FALSE(transposed.contiguous());
  CHECK(transposed.at<float>({2, 1}) == 6);
  CHECK(transposed.to_vector<float>() == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(transposed.to_contiguous() == Array::of<float>({{1, 4}, {2, 5}, {3, 6}}));
  CHECK(Array::view(&memory[4], {5}, {-1}).to_vector<float>() == std::vector<float>{5, 4, 3, 2, 1});
  CHECK(Array::view(memory, {2, 2}, {0, 1}).to_vector<float>() == std::vector<float>{1, 2, 1, 2});
  CHECK(Array::view(memory, {1, 3}, {77, 1}).contiguous());
  CHECK(Array::view(memory, {2, 2, 2}, {1, 2, 1}).to_vector<float>() ==
        std::vector<float>{1, 2, 3, 4, 2, 3, 4, 5});
}

TEST_CASE("mdspan-like objects become views") {
  double memory[] = {1, 4, 2, 5, 3, 6};
  const Array view = Array::view(Matrix{memory});
  CHECK(view.type() == "f64[2, 3]");
  CHECK(view.data() == memory);
  CHECK(view.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a view of const memory cannot be written") {
  Array view = numbers;
  view = Array::view(static_cast<const float*>(numbers.data()), {6});
  CHECK_FALSE(view.writable());
  CHECK(message_of([&] { view.mutable_data(); }) ==
        "error[E0302] data-mismatch: this f32[6] is a view of const memory\n"
        "  hint: write to a clone()");
  CHECK(view.clone().writable());
}

TEST_CASE("shapes that cannot be are refused") {
  CHECK(message_of([] { Array::empty(DType::F32, {-1}); }) ==
        "error[E0202] bad-dim: size -1 is negative");
  CHECK(message_of([] { Array::empty(DType::F32, {int64_t{1} << 40, int64_t{1} << 40}); }) ==
        "error[E0404] size-overflow: an array of [1099511627776, 1099511627776] items "
        "exceeds 2^48 bytes");
  CHECK(message_of([] { Array::empty(DType::F32, std::vector<int64_t>(17, 1)); }) ==
        "error[E0403] rank-limit: an array of 17 axes was asked for; the limit is 16");
  float x = 0;
  CHECK(message_of([&] { Array::view(&x, {1, 1}, {1}); }) ==
        "error[E0302] data-mismatch: 1 strides were given for 2 axes");
  CHECK(message_of([] { Array::view(static_cast<float*>(nullptr), {2}); }) ==
        "error[E0302] data-mismatch: a view of f32[2] was given a null pointer");
  CHECK(message_of([] { Array::from<float>(std::vector<float>(5), {2, 3}); }) ==
        "error[E0302] data-mismatch: f32[2, 3] has 6 elements, not 5");
}

#if !TSC_ASAN && !TSC_TSAN // which end the program instead
TEST_CASE("memory that the system does not have is an error") {
  CHECK(message_of([] { Array::empty(DType::U8, {max_bytes}); }) ==
        "error[E0507] out-of-memory: no memory for an array of 281474976710656 bytes");
}
#endif

TEST_CASE("elements are read as what they are") {
  CHECK(Array::scalar(2.5).scalar<double>() == 2.5);
  CHECK(Array::of<int32_t>({{7}}).scalar<int32_t>() == 7);
  CHECK(message_of([] { numbers.scalar<float>(); }) ==
        "error[E0302] data-mismatch: f32[2, 3] has 6 elements, not 1");
  CHECK(message_of([] { numbers.span<double>(); }) ==
        "error[E0302] data-mismatch: elements of f32[2, 3] cannot be read as f64\n"
        "  hint: read them as f32, or convert with astype");
  CHECK(message_of([] { transposed.span<float>(); }) ==
        "error[E0302] data-mismatch: the elements of this f32[3, 2] are not contiguous\n"
        "  hint: take the span of to_contiguous()");
}

TEST_CASE("indices are checked") {
  CHECK(numbers.at<float>({1, 2}) == 6);
  CHECK(message_of([] { numbers.at<float>({0, 3}); }) ==
        "error[E0504] index-range: index 3 is outside axis 1 of f32[2, 3]");
  CHECK(message_of([] { numbers.at<float>({-1, 0}); }) ==
        "error[E0504] index-range: index -1 is outside axis 0 of f32[2, 3]");
  CHECK(message_of([] { numbers.at<float>({0}); }) ==
        "error[E0504] index-range: 1 indices were given for f32[2, 3]");
}

TEST_CASE("floats become ints by truncation, within bounds") {
  const double inf = INFINITY, nan = NAN;
  CHECK(cast<int8_t>(std::vector<double>{1.9, -1.9, 127.9, 128, -128.9, -1e9, inf, -inf, nan}) ==
        std::vector<int8_t>{1, -1, 127, 127, -128, -128, 127, -128, 0});
  CHECK(cast<uint8_t>(std::vector<float>{-0.5f, -3, 255.9f, 256, 1e30f}) ==
        std::vector<uint8_t>{0, 0, 255, 255, 255});
  CHECK(cast<int64_t>(std::vector<double>{9.3e18, -9.3e18, 9007199254740993.0}) ==
        std::vector<int64_t>{INT64_MAX, INT64_MIN, 9007199254740992});
  CHECK(cast<uint64_t>(std::vector<float>{1.9e19f, 1.8e19f}) ==
        std::vector<uint64_t>{UINT64_MAX, 18000000404716257280u});
}

TEST_CASE("ints become narrower ones by their low bits") {
  CHECK(cast<uint8_t>(std::vector<int32_t>{-1, 256, 300}) == std::vector<uint8_t>{255, 0, 44});
  CHECK(cast<int8_t>(std::vector<uint8_t>{200}) == std::vector<int8_t>{-56});
}

TEST_CASE("bool and complex convert as in NumPy") {
  using C = std::complex<float>;
  CHECK(cast<bool>(std::vector<float>{0, -0.0f, 0.5f, NAN}) ==
        std::vector<bool>{false, false, true, true});
  CHECK(cast<bool>(std::vector<C>{{0, 0}, {0, 1}}) == std::vector<bool>{false, true});
  CHECK(cast<double>(std::vector<bool>{true, false}) == std::vector<double>{1, 0});
  CHECK(cast<C>(std::vector<int32_t>{3}) == std::vector<C>{{3, 0}});
  CHECK(cast<int32_t>(std::vector<C>{{3.7f, 9}}) == std::vector<int32_t>{3});
  CHECK(cast<std::complex<double>>(std::vector<C>{{1, 2}}) ==
        std::vector<std::complex<double>>{{1, 2}});
}

TEST_CASE("halves are rounded once") {
  // 1 + 2^-11 is a tie in f16; a little more in f64, lost in f32, has to round up.
  CHECK(cast<F16>(std::vector<double>{1 + 0x1p-11 + 0x1p-40})[0].bits == 0x3C01);
  CHECK(cast<F16>(std::vector<double>{1 + 0x1p-11})[0].bits == 0x3C00);
  CHECK(cast<BF16>(std::vector<double>{-1 - 0x1p-8 - 0x1p-50})[0].bits == 0xBF81);
  CHECK(cast<BF16>(std::vector<int64_t>{(int64_t{1} << 62) + (int64_t{1} << 54) + 1})[0].bits ==
        0x5E81);
  CHECK(cast<BF16>(std::vector<int64_t>{(int64_t{1} << 62) + (int64_t{1} << 54)})[0].bits ==
        0x5E80);
  CHECK(cast<F16>(std::vector<double>{65519.999, 65520, 1e300, -INFINITY})[1].bits == 0x7C00);
  CHECK(cast<F16>(std::vector<double>{65519.999})[0].bits == 0x7BFF);
  CHECK(cast<BF16>(std::vector<double>{1e300})[0].bits == 0x7F80);
  CHECK(std::isnan(static_cast<float>(cast<F16>(std::vector<double>{NAN})[0])));
}

TEST_CASE("every dtype converts to every other and keeps small numbers") {
  for (const DTypeRow& from : all_dtypes())
    for (const DTypeRow& to : all_dtypes()) {
      INFO(from.name << " to " << to.name);
      const Array ones = Array::full(from.dtype, {2, 2}, 1);
      CHECK(ones.astype(to.dtype) == Array::full(to.dtype, {2, 2}, 1));
    }
  CHECK(transposed.astype(DType::I32).to_vector<int32_t>() ==
        std::vector<int32_t>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("equality is bitwise") {
  CHECK(Array::of<float>({NAN}) == Array::of<float>({NAN}));
  CHECK_FALSE(Array::of<float>({0.0f}) == Array::of<float>({-0.0f}));
  CHECK_FALSE(Array::of<float>({1}) == Array::of<double>({1}));
  CHECK_FALSE(Array::of<float>({1}) == Array::of<float>({{1}}));
  CHECK(transposed == transposed.clone());
  CHECK(Array() == Array::zeros(DType::F32, {0}));
}

TEST_CASE("allclose compares values") {
  const double inf = INFINITY;
  CHECK(allclose(Array::of<float>({1, 2}), Array::of<double>({1.000001, 2})));
  CHECK_FALSE(allclose(Array::of<double>({1}), Array::of<double>({1.1})));
  CHECK(allclose(Array::of<double>({1}), Array::of<double>({1.1}), 0, 0.2));
  CHECK(allclose(Array::of<double>({inf}), Array::of<double>({inf})));
  CHECK_FALSE(allclose(Array::of<double>({inf}), Array::of<double>({-inf})));
  CHECK_FALSE(allclose(Array::of<double>({1}), Array::of<double>({inf})));
  CHECK_FALSE(allclose(Array::of<double>({NAN}), Array::of<double>({NAN})));
  CHECK(allclose(Array::of<double>({NAN}), Array::of<double>({NAN}), 0, 0, true));
  CHECK_FALSE(allclose(Array::of<double>({1}), Array::of<double>({{1}})));
  CHECK(allclose(Array::of<std::complex<float>>({{1, 2}}),
                 Array::of<std::complex<double>>({{1, 2}})));
}

TEST_CASE("arrays go to files and back") {
  const std::string npy = TSC_BINARY_DIR "/array.npy", npz = TSC_BINARY_DIR "/array.npz";
  transposed.to_npy(npy);
  CHECK(Array::from_npy(npy) == transposed);
  const std::vector<std::pair<std::string, Array>> arrays = {{"x", transposed},
                                                             {"n", Array::scalar<int64_t>(3)}};
  Array::to_npz(npz, arrays);
  CHECK(Array::from_npz(npz) == arrays);
  CHECK(message_of([&] { Array::from_npy(npz); }) ==
        "error[E0301] bad-npy: '" + npz + "': not a .npy file");
}
