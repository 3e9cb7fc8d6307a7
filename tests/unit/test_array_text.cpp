// runtime/array: printing (expected texts are NumPy's) and reading from text.
#include "runtime/array.h"
#include "tests/catch.h"
#include "tests/message.h"

#include <cmath>
#include <numeric>

using namespace tsc;

namespace {

template <class T>
std::string text_of(const std::vector<T>& values) {
  return Array::from(values).text();
}

Array counted(Sizes shape) {
  Array a = Array::empty(DType::I32, shape);
  std::iota(a.span<int32_t>().begin(), a.span<int32_t>().end(), 0);
  return a;
}

std::string fault(std::string_view text, DType dtype) {
  return message_of([&] { parse_array(text, dtype); });
}

} // namespace

TEST_CASE("columns are aligned as NumPy does it") {
  CHECK(Array::of<double>({{0.5, 0.7310585786}, {0.2689414214, 0.119}}).text() ==
        "[[0.5        0.73105858]\n"
        " [0.26894142 0.119     ]]");
  CHECK(text_of<double>({1, 2.5, -100}) == "[   1.     2.5 -100. ]");
  CHECK(text_of<double>({3.14159265358979, 0}) == "[3.14159265 0.        ]");
  CHECK(text_of<double>({1e9, 1}) == "[1.e+09 1.e+00]");
  CHECK(text_of<double>({1e-5, -2.5e100, 3}) == "[ 1.0e-005 -2.5e+100  3.0e+000]");
  CHECK(text_of<double>({1, NAN, -INFINITY}) == "[  1.  nan -inf]");
  CHECK(text_of<double>({NAN, INFINITY}) == "[nan inf]");
  CHECK(text_of<float>({0.1f, -0.0f}) == "[ 0.1 -0. ]");
  CHECK(text_of<int32_t>({1, -20, 300}) == "[  1 -20 300]");
  CHECK(text_of<uint8_t>({0, 255}) == "[  0 255]");
  CHECK(text_of<bool>({true, false}) == "[ true false]");
  CHECK(Array::of<float>({2049, 65504}).astype(DType::F16).text() == "[ 2048. 65504.]");
  CHECK(Array::of<float>({1.0f, 3.140625f}).astype(DType::BF16).text() == "[1.   3.14]");
  using C = std::complex<float>;
  CHECK(text_of<C>({C(1, 2), C(3.5f, -1000)}) == "[1.    +2.j 3.5-1000.j]");
}

TEST_CASE("a number alone shows all its digits") {
  CHECK(Array::scalar(3.141592653589793).text() == "3.141592653589793");
  CHECK(Array::scalar(0.1f).text() == "0.1");
  CHECK(Array::scalar(1.0).text() == "1.0");
  CHECK(Array::scalar(1e16).text() == "1e+16");
  CHECK(Array::scalar(1e15).text() == "1000000000000000.0");
  CHECK(Array::scalar(1.5e-5).text() == "1.5e-05");
  CHECK(Array::scalar(0.0).text() == "0.0");
  CHECK(Array::scalar(-INFINITY).text() == "-inf");
  CHECK(Array::scalar(F16(65504.0f)).text() == "65500.0");
  CHECK(Array::scalar<int64_t>(INT64_MIN).text() == "-9223372036854775808");
  CHECK(Array::scalar(true).text() == "true");
  CHECK(Array::scalar(std::complex<double>(1, -2)).text() == "1.0-2.0j");
}

TEST_CASE("axes nest, with blank lines between matrices") {
  CHECK(counted({2, 2, 2}).text() == "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]");
  CHECK(Array::zeros(DType::F32, {3, 0}).text() == "[]");
  const Array a = counted({2, 3});
  CHECK(Array::view(static_cast<const int32_t*>(a.data()), {3, 2}, {1, 3}).text() ==
        "[[0 3]\n [1 4]\n [2 5]]");
}

TEST_CASE("long rows are wrapped, long arrays shortened") {
  CHECK(counted({30}).text() ==
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
        " 24 25 26 27 28 29]");
  CHECK(counted({1001}).text() == "[   0    1    2 ...  998  999 1000]");
  CHECK(counted({500, 3}).text() ==
        "[[   0    1    2]\n [   3    4    5]\n [   6    7    8]\n ...\n"
        " [1491 1492 1493]\n [1494 1495 1496]\n [1497 1498 1499]]");
  CHECK(counted({1001}).text({.summarise_above = 0}).size() > 4000);
  CHECK(counted({8}).text({.summarise_above = 7}) == "[0 1 2 ... 5 6 7]");
}

TEST_CASE("one line, and other precisions") {
  const Array a = Array::of<float>({{0.5f, 0.73105858f}, {0.26894142f, 12}});
  CHECK(a.text({.aligned = false}) == "[[0.5 0.7310586] [0.26894143 12.]]");
  CHECK(a.text({.precision = 2, .aligned = false}) == "[[0.5 0.73] [0.27 12.]]");
  CHECK(a.text({.precision = 0, .aligned = false}) == "[[0. 1.] [0. 12.]]");
  const Array third = Array::of<double>({1.0 / 3, 1});
  CHECK(third.text() == "[0.33333333 1.        ]");
  CHECK(third.text({.precision = -1}) == "[0.3333333333333333 1.                ]");
  CHECK(counted({2, 8}).text({.aligned = false, .summarise_above = 4}) ==
        "[[0 1 2 ... 5 6 7] [8 9 10 ... 13 14 15]]");
}

TEST_CASE("text is read as arrays") {
  CHECK(parse_array("[[0,1],[-1,-2]]", DType::I32) == Array::of<int32_t>({{0, 1}, {-1, -2}}));
  CHECK(parse_array(" 3.5 ", DType::F32) == Array::scalar(3.5f));
  CHECK(parse_array("[1e3, nan, -inf, +2]", DType::F64).text() == "[1000.   nan  -inf    2.]");
  CHECK(parse_array("[true,false,1]", DType::Bool) == Array::from(std::vector<bool>{1, 0, 1}));
  CHECK(parse_array("[[0.5 0.25]\n [1. -0.]]", DType::F32) ==
        Array::of<float>({{0.5f, 0.25f}, {1, -0.0f}}));
  CHECK(parse_array("[]", DType::F32).type() == "f32[0]");
  CHECK(parse_array("[[], []]", DType::F32).type() == "f32[2, 0]");
  CHECK(parse_array("[-128, 127]", DType::I8).to_vector<int8_t>() ==
        std::vector<int8_t>{-128, 127});
  CHECK(parse_array("18446744073709551615", DType::U64).scalar<uint64_t>() == UINT64_MAX);
  CHECK(parse_array("-0", DType::U8).scalar<uint8_t>() == 0);
  CHECK(parse_array("0.1", DType::F32).scalar<float>() == 0.1f);
  CHECK(parse_array("0.1", DType::F16).scalar<F16>().bits == 0x2E66);
  CHECK(parse_array("[1+2j, -3, 2.5j, 1e2-1e-2j]", DType::C64).to_vector<std::complex<float>>() ==
        std::vector<std::complex<float>>{{1, 2}, {-3, 0}, {0, 2.5f}, {100, -0.01f}});
}

TEST_CASE("numbers too small become zero, like any rounding") {
  CHECK(parse_array("1e-400", DType::F64).scalar<double>() == 0);
  CHECK(std::signbit(parse_array("-1e-400", DType::F64).scalar<double>()));
  CHECK(parse_array("0." + std::string(400, '0') + "1", DType::F64).scalar<double>() == 0);
  CHECK(parse_array("1" + std::string(400, '0') + "e-800", DType::F64).scalar<double>() == 0);
  CHECK(parse_array("1e-99999999999999999999", DType::F64).scalar<double>() == 0);
  CHECK(parse_array("1e-60", DType::F32).scalar<float>() == 0);
}

TEST_CASE("printed in full, every dtype is read back") {
  for (const DTypeRow& r : all_dtypes()) {
    INFO(r.name);
    const Array a = Array::of<double>({{0, 1, 0.1}, {100, 7, 2.0 / 3}}).astype(r.dtype);
    CHECK(parse_array(a.text({.precision = -1, .aligned = false}), r.dtype) == a);
  }
}

TEST_CASE("text that is no array is refused where it goes wrong") {
  const auto reads = [](const char* text) {
    return "error[E0304] bad-value: cannot read '" + std::string(text) + "' as i32: ";
  };
  CHECK(fault("", DType::I32) == reads("") + "a value is missing (character 1)");
  CHECK(fault("[1,2", DType::I32) == reads("[1,2") + "']' is missing (character 5)");
  CHECK(fault("1]", DType::I32) == reads("1]") + "there is text after the value (character 2)");
  CHECK(fault("]", DType::I32) == reads("]") + "']' closes nothing (character 1)");
  CHECK(fault("[1,,2]", DType::I32) ==
        reads("[1,,2]") + "a value is missing before ',' (character 4)");
  CHECK(fault("[1,]", DType::I32) == reads("[1,]") + "a value is missing after ',' (character 4)");
  CHECK(fault("[1,x]", DType::I32) == reads("[1,x]") + "'x' is no i32 value (character 4)");
  CHECK(fault("1.5", DType::I32) == reads("1.5") + "'1.5' is no i32 value (character 1)");
  CHECK(fault("+-5", DType::I32) == reads("+-5") + "'+-5' is no i32 value (character 1)");
  CHECK(fault("[1 ... 3]", DType::I32) ==
        reads("[1 ... 3]") + "'...' is no i32 value (character 4)");
  CHECK(fault("1 2", DType::I32) == reads("1 2") + "there is text after the value (character 3)");
}

TEST_CASE("ragged lists are refused") {
  const auto ragged = [](const char* text, int character) {
    INFO(text);
    CHECK(fault(text, DType::F32) == "error[E0304] bad-value: cannot read '" + std::string(text) +
                                         "' as f32: the lists are ragged (character " +
                                         std::to_string(character) + ")");
  };
  ragged("[[1,2],[3]]", 10);
  ragged("[1,[2]]", 4);
  ragged("[[1],2]", 6);
  ragged("[[],[1]]", 7);
  ragged("[[[1]],[]]", 9);
  ragged("[[],[[]]]", 6);
}

TEST_CASE("values out of range are refused") {
  const auto range = [](const char* text, DType dtype) {
    CHECK(fault(text, dtype) == "error[E0304] bad-value: cannot read '" + std::string(text) +
                                    "' as " + name(dtype) + ": " + text +
                                    " is out of the range of " + name(dtype) + " (character 1)");
  };
  range("300", DType::U8);
  range("-1", DType::U64);
  range("-129", DType::I8);
  range("18446744073709551616", DType::U64);
  range("1e400", DType::F64);
  range("1e39", DType::F32);
  range("65520", DType::F16);
  range("-1e99999999999999999999", DType::F64);
}

TEST_CASE("nesting is bounded") {
  const std::string deep(100000, '[');
  CHECK(fault(deep, DType::F32) ==
        "error[E0304] bad-value: cannot read '" + std::string(80, '[') +
            "...' as f32: lists are nested deeper than 16 (character 17)");
  CHECK(parse_array(std::string(16, '[') + "1" + std::string(16, ']'), DType::F32).rank() == 16);
}
