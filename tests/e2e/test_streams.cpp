// Results so large that they are streamed past the caches: the same bytes as when they are small.
#include "codegen/emit.h"
#include "ir/samples.h"
#include "runtime/thread_pool.h"
#include "tests/catch.h"
#include "tests/compiled.h"
#include "tests/jit.h"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <numeric>

using namespace tsc;
using tsc::test::program_of;

namespace {

// Inside a slice of the pool a call runs on its thread alone, whatever the number of cores.
void on_one_thread(const std::function<void()>& work) {
  const tsc_host* host = default_host();
  const auto body = [](void* argument, int64_t begin, int64_t) {
    if (begin == 0) (*static_cast<const std::function<void()>*>(argument))();
  };
  host->parallel_for(host->context, 2, 1, body, const_cast<std::function<void()>*>(&work));
}

TensorValue result_of(const Executable& program, const std::vector<TensorValue>& arguments) {
  std::vector<Array> arrays;
  for (const TensorValue& value : arguments)
    arrays.push_back(to_array(value));
  TensorValue result;
  on_one_thread([&] { result = to_tensor_value(program.run(arrays)[0]); });
  return result;
}

TensorValue repeated(const TensorValue& rows, int64_t times) {
  TensorValue result{rows.dtype, rows.shape, {}};
  result.shape[0] *= times;
  for (int64_t i = 0; i < times; ++i)
    result.bytes += rows.bytes;
  return result;
}

// What a program gives for a few rows, it gives for each of so many that they stream.
void check_rows(const std::string& text, DType dtype, int64_t columns) {
  INFO(text);
  const auto program = program_of(text);
  Samples samples(Sampling::Special, 11);
  const TensorValue few = samples.tensor(dtype, {7, columns});
  const TensorValue row = samples.tensor(dtype, {columns});
  const auto bytes = static_cast<int64_t>(few.bytes.size());
  const int64_t times = streamed_bytes / bytes + 2;
  const TensorValue expected = result_of(*program, {few, row});
  const TensorValue result = result_of(*program, {repeated(few, times), row});
  REQUIRE(result.shape == std::vector<int64_t>{7 * times, columns});
  const bool same = result.bytes == repeated(expected, times).bytes;
  CHECK(same);
}

} // namespace

TEST_CASE("rows of every dtype are the same when they are streamed") {
  NEEDS_JIT();
  for (const DTypeRow& row : all_dtypes()) {
    const char* op = row.dtype == DType::Bool ? "logical_xor" : "sub";
    check_rows(
        fmt::format("input x: {0}[n, m]\ninput b: {0}[m]\ny = {1}(x, b)\noutput y\n", row.name, op),
        row.dtype, 1001);
  }
}

TEST_CASE("what follows a row's sums is the same when it is streamed") {
  NEEDS_JIT();
  for (int64_t columns : {1, 3, 500, 512, 513, 5000}) {
    INFO(columns);
    check_rows("input x: f32[n, m]\ninput b: f32[m]\n"
               "y = (x - sum(x, axes=[1], keepdims=true)) * b\noutput y\n",
               DType::F32, columns);
  }
}

TEST_CASE("several results stream beside each other") {
  NEEDS_JIT();
  const auto program =
      program_of("input x: f32[n]\na = x + 1.0\nb = x > 0.5\noutput a\noutput b\n");
  const int64_t n = streamed_bytes / 4 + 13;
  TensorValue x = TensorValue::zeros(DType::F32, {n});
  const auto item = [](int64_t i) { return static_cast<float>(i % 1000) / 999; };
  for (int64_t i = 0; i < n; ++i)
    reinterpret_cast<float*>(x.bytes.data())[i] = item(i);
  std::vector<Array> results;
  const std::vector<Array> arguments = {to_array(x)};
  on_one_thread([&] { results = program->run(arguments); });
  int64_t wrong = 0;
  for (int64_t i = 0; i < n; ++i)
    wrong += static_cast<const float*>(results[0].data())[i] != item(i) + 1 ||
             static_cast<const bool*>(results[1].data())[i] != (item(i) > 0.5f);
  CHECK(wrong == 0);
}

TEST_CASE("large transposes are streamed in rows of tiles") {
  NEEDS_JIT();
  const auto program = program_of("input x: i32[n, m]\ny = transpose(x, axes=[1, 0])\noutput y\n");
  const int64_t rows = GENERATE(1008, 1003); // whole lines, and lines that tiles share
  const int64_t columns = streamed_bytes / 4 / rows + 5;
  TensorValue x = TensorValue::zeros(DType::I32, {rows, columns});
  auto* items = reinterpret_cast<int32_t*>(x.bytes.data());
  for (int64_t i = 0; i < rows * columns; ++i)
    items[i] = static_cast<int32_t>(i);
  const TensorValue y = result_of(*program, {x});
  const auto* turned = reinterpret_cast<const int32_t*>(y.bytes.data());
  int64_t wrong = 0;
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t i = 0; i < rows; ++i)
      wrong += turned[j * rows + i] != i * columns + j;
  CHECK(wrong == 0);
}

TEST_CASE("large arrays are right in whichever order their axes are walked") {
  NEEDS_JIT();
  const std::array<size_t, 4> from =
      GENERATE(std::array<size_t, 4>{0, 2, 1, 3}, std::array<size_t, 4>{1, 0, 2, 3},
               std::array<size_t, 4>{2, 1, 0, 3}, std::array<size_t, 4>{3, 2, 1, 0},
               std::array<size_t, 4>{2, 0, 3, 1});
  const std::string text = fmt::format("{}", fmt::join(from, ", "));
  INFO(text);
  const auto program = program_of(
      fmt::format("input x: i32[a, b, c, d]\ny = transpose(x, axes=[{}])\noutput y\n", text));
  const std::array<int64_t, 4> n{17, 48, 33, streamed_bytes / 4 / (17 * 48 * 33) + 3};
  TensorValue x = TensorValue::zeros(DType::I32, {n[0], n[1], n[2], n[3]});
  auto* items = reinterpret_cast<int32_t*>(x.bytes.data());
  for (size_t i = 0; i < x.bytes.size() / 4; ++i)
    items[i] = static_cast<int32_t>(i);
  const std::vector<Array> arguments = {to_array(x)};
  const Array y = program->run(arguments)[0];
  const auto* turned = static_cast<const int32_t*>(y.data());
  std::array<int64_t, 4> at{}; // of x
  int64_t wrong = 0, place = 0;
  for (at[from[0]] = 0; at[from[0]] < n[from[0]]; ++at[from[0]])
    for (at[from[1]] = 0; at[from[1]] < n[from[1]]; ++at[from[1]])
      for (at[from[2]] = 0; at[from[2]] < n[from[2]]; ++at[from[2]])
        for (at[from[3]] = 0; at[from[3]] < n[from[3]]; ++at[from[3]])
          wrong += turned[place++] != ((at[0] * n[1] + at[1]) * n[2] + at[2]) * n[3] + at[3];
  CHECK(wrong == 0);
}

TEST_CASE("arrays of the caller that begin anywhere are streamed into") {
  NEEDS_JIT();
  const auto program = program_of("input x: f64[n]\ny = x + x\noutput y\n");
  const int64_t n = streamed_bytes / 8 + 100;
  std::vector<double> in(static_cast<size_t>(n) + 1), out(static_cast<size_t>(n) + 2, -1);
  std::iota(in.begin(), in.end(), 0.0);
  const std::vector<Array> inputs = {Array::view(in.data() + 1, {n})};
  std::vector<Array> outputs = {Array::view(out.data() + 1, {n})};
  on_one_thread([&] { program->run_into(inputs, outputs); });
  CHECK(out.front() == -1);
  CHECK(out.back() == -1);
  int64_t wrong = 0;
  for (size_t i = 1; i <= static_cast<size_t>(n); ++i)
    wrong += out[i] != 2 * in[i];
  CHECK(wrong == 0);
}
