// The largest and the least of rows and where they stand, which run in vector lanes: NaN at every
// place of rows of many lengths, and zeros of both signs.
#include "tests/catch.h"
#include "tests/compiled.h"
#include "tests/jit.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace tsc;
using tsc::test::program_of;

namespace {

using ProgramPtr = std::shared_ptr<const Executable>;

struct Extremes {
  std::vector<double> high, low;
};

Extremes extremes(const ProgramPtr& program, const TensorValue& x) {
  const std::vector<Array> arguments = {to_array(x)};
  const auto results = program->run(arguments);
  return {to_tensor_value(results[0]).to_f64(), to_tensor_value(results[1]).to_f64()};
}

// `high` and `low`: max and min, or argmax and argmin.
ProgramPtr of_rows(DType dtype, const char* high, const char* low) {
  return program_of(fmt::format("input x: {}[m, n]\nh = {}(x, axes=[1])\n"
                                "l = {}(x, axes=[1])\noutput h\noutput l\n",
                                name(dtype), high, low));
}

} // namespace

TEST_CASE("the largest of a row is NaN wherever one stands") {
  NEEDS_JIT();
  for (const DType dtype : {DType::F16, DType::F32, DType::F64}) {
    const auto program = of_rows(dtype, "max", "min");
    for (size_t n = 1; n <= 200; n += n < 40 ? 1 : 13) {
      // Row i has NaN in column i; the last row has none.
      std::vector<double> items((n + 1) * n);
      for (size_t at = 0; at < items.size(); ++at)
        items[at] = at / n == at % n ? std::nan("") : static_cast<double>(at % n) - 3;
      const auto size = static_cast<int64_t>(n);
      const auto got = extremes(program, TensorValue::of(dtype, {size + 1, size}, items));
      INFO(name(dtype) << ", rows of " << n);
      for (size_t row = 0; row < n; ++row)
        REQUIRE((std::isnan(got.high[row]) && std::isnan(got.low[row])));
      CHECK(got.high[n] == static_cast<double>(n) - 4);
      CHECK(got.low[n] == -3);
    }
  }
}

TEST_CASE("of zeros of both signs, +0 is the larger; infinities are extremes") {
  NEEDS_JIT();
  const auto program = of_rows(DType::F32, "max", "min");
  const double inf = std::numeric_limits<double>::infinity();
  for (size_t n = 1; n <= 70; ++n) {
    // Row i has +0 in column i among zeros that are negative.
    std::vector<double> zeros(n * n, -0.0), infinite(n * n, -inf);
    for (size_t i = 0; i < n; ++i)
      zeros[i * n + i] = 0.0, infinite[i * n + i] = inf;
    const auto size = static_cast<int64_t>(n);
    const auto zero = extremes(program, TensorValue::of(DType::F32, {size, size}, zeros));
    const auto far = extremes(program, TensorValue::of(DType::F32, {size, size}, infinite));
    INFO("rows of " << n);
    for (size_t row = 0; row < n; ++row) {
      REQUIRE_FALSE(std::signbit(zero.high[row]));
      REQUIRE(std::signbit(zero.low[row]) == (n > 1));
      REQUIRE(far.high[row] == inf);
      REQUIRE(far.low[row] == (n > 1 ? -inf : inf));
    }
  }
}

TEST_CASE("the place of the best is the first of equal ones, and of the first NaN") {
  NEEDS_JIT();
  for (const DType dtype : {DType::F16, DType::F32, DType::F64, DType::I64, DType::U8}) {
    const auto program = of_rows(dtype, "argmax", "argmin");
    const bool nans = in(dtype, Floats);
    for (const size_t n : {1, 31, 63, 64, 65, 96, 100, 127, 128, 200}) {
      // Row i has the best in column i and in all later multiples of 7 from there; the last row is
      // all the same.
      for (const double best : {9.0, 0.0, nans ? std::nan("") : 9.0}) {
        std::vector<double> items((n + 1) * n, 5);
        for (size_t row = 0; row < n; ++row)
          for (size_t column = row; column < n; column += 7)
            items[row * n + column] = best;
        const auto size = static_cast<int64_t>(n);
        const std::vector<Array> arguments = {
            to_array(TensorValue::of(dtype, {size + 1, size}, items))};
        const auto results = program->run(arguments);
        const TensorValue high = to_tensor_value(results[0]), low = to_tensor_value(results[1]);
        INFO(name(dtype) << ", rows of " << n << ", best " << best);
        for (size_t row = 0; row <= n; ++row) {
          const auto place = static_cast<int64_t>(row == n ? 0 : row);
          const int64_t other = row == 0 && n > 1 ? 1 : 0; // the first that is not the best
          REQUIRE(high.as_i64(row) == (best == 0 ? (row == n ? 0 : other) : place));
          REQUIRE(low.as_i64(row) == (best == 9 ? (row == n ? 0 : other) : place));
        }
      }
    }
  }
}

TEST_CASE("where all items are infinite, the place is the first") {
  NEEDS_JIT();
  const double inf = std::numeric_limits<double>::infinity();
  const auto program = of_rows(DType::F32, "argmax", "argmin");
  for (const double item : {inf, -inf}) {
    const std::vector<Array> arguments = {
        to_array(TensorValue::of(DType::F32, {1, 130}, std::vector<double>(130, item)))};
    for (const Array& result : program->run(arguments))
      CHECK(to_tensor_value(result).as_i64(0) == 0);
  }
}

TEST_CASE("the largest and the least are right where all items have one sign, and NaN has any") {
  NEEDS_JIT();
  const auto program = of_rows(DType::F32, "max", "min");
  for (const size_t n : {1, 7, 64, 100, 1000}) {
    std::vector<double> items(3 * n);
    for (size_t i = 0; i < n; ++i) {
      items[i] = -1.0 - static_cast<double>(i * 7 % n);
      items[n + i] = -items[i];
      items[2 * n + i] = i == n / 2 ? std::copysign(std::nan(""), -1.0) : items[i];
    }
    const auto size = static_cast<int64_t>(n);
    const auto got = extremes(program, TensorValue::of(DType::F32, {3, size}, items));
    INFO("rows of " << n);
    CHECK(got.high[0] == *std::max_element(items.begin(), items.begin() + size));
    CHECK(got.low[0] == *std::min_element(items.begin(), items.begin() + size));
    CHECK(got.high[1] == -got.low[0]);
    CHECK(got.low[1] == -got.high[0]);
    CHECK((std::isnan(got.high[2]) && std::isnan(got.low[2])));
  }
}

TEST_CASE("the place of the best is right in rows of several blocks") {
  NEEDS_JIT();
  const auto program = of_rows(DType::F32, "argmax", "argmin");
  for (const size_t n : {1024, 1025, 1087, 1088, 1100, 3000}) {
    // Row i has its extremes at one place and, in some rows, again behind it.
    const size_t rows = 40;
    std::vector<double> items(rows * n);
    for (size_t row = 0; row < rows; ++row) {
      const size_t high = row * 997 % n, low = row * 1013 % n;
      for (size_t i = 0; i < n; ++i)
        items[row * n + i] = static_cast<double>(i % 5);
      for (size_t i = high; i < n; i += row % 2 ? 1020 : n)
        items[row * n + i] = row % 3 ? 9 : std::nan("");
      if (row % 3) items[row * n + low] = low == high ? 9 : -9;
    }
    const auto size = static_cast<int64_t>(n);
    const std::vector<Array> arguments = {
        to_array(TensorValue::of(DType::F32, {rows, size}, items))};
    const auto results = program->run(arguments);
    for (size_t row = 0; row < rows; ++row) {
      int64_t high = 0, low = 0;
      for (int64_t i = 1; i < size; ++i) {
        const auto at = [&](int64_t column) {
          return items[row * n + static_cast<size_t>(column)];
        };
        const auto beats = [&](int64_t best, bool more) {
          return (std::isnan(at(i)) && !std::isnan(at(best))) ||
                 (more ? at(i) > at(best) : at(i) < at(best));
        };
        if (beats(high, true)) high = i;
        if (beats(low, false)) low = i;
      }
      INFO("rows of " << n << ", row " << row);
      REQUIRE(to_tensor_value(results[0]).as_i64(row) == high);
      REQUIRE(to_tensor_value(results[1]).as_i64(row) == low);
    }
  }
}

TEST_CASE("sums and maxima of columns are right at all widths of rows") {
  NEEDS_JIT();
  const auto program = program_of("input x: f32[m, n]\ns = sum(x, axes=[0])\n"
                                  "h = max(x, axes=[0])\noutput s\noutput h\n");
  for (const size_t n : {5, 63, 64, 65, 600, 1024, 1025, 2048, 2049, 4100})
    for (const size_t m : {1, 7, 8, 21}) {
      std::vector<double> items(m * n);
      for (size_t i = 0; i < items.size(); ++i)
        items[i] = static_cast<double>(i * 31 % 101) - 50;
      const std::vector<Array> arguments = {to_array(
          TensorValue::of(DType::F32, {static_cast<int64_t>(m), static_cast<int64_t>(n)}, items))};
      const auto results = program->run(arguments);
      const auto sums = to_tensor_value(results[0]).to_f64(),
                 high = to_tensor_value(results[1]).to_f64();
      INFO(m << " rows of " << n);
      for (size_t column = 0; column < n; ++column) {
        double sum = 0, most = -std::numeric_limits<double>::infinity();
        for (size_t row = 0; row < m; ++row) {
          sum += items[row * n + column];
          most = std::max(most, items[row * n + column]);
        }
        REQUIRE(sums[column] == sum);
        REQUIRE(high[column] == most);
      }
    }
}
