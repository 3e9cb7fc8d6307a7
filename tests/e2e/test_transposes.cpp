// Transposes of every dtype, around the sizes of the tiles that turn: against indices worked out
// here.
#include "ir/samples.h"
#include "tests/catch.h"
#include "tests/compiled.h"
#include "tests/jit.h"

#include <fmt/format.h>

using namespace tsc;

namespace {

TensorValue turned(const TensorValue& x) {
  const size_t rows = static_cast<size_t>(x.shape[0]), columns = static_cast<size_t>(x.shape[1]);
  const size_t size = size_of(x.dtype);
  TensorValue result = TensorValue::zeros(x.dtype, {x.shape[1], x.shape[0]});
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      result.bytes.replace((j * rows + i) * size, size, x.bytes, (i * columns + j) * size, size);
  return result;
}

} // namespace

TEST_CASE("transposes move every item of every dtype to its place") {
  NEEDS_JIT();
  for (const DTypeRow& row : all_dtypes()) {
    const auto program = test::program_of(
        fmt::format("input x: {}[n, m]\ny = transpose(x, axes=[1, 0])\noutput y\n", row.name));
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{0, 20},
                                              {1, 1},
                                              {7, 9},
                                              {16, 17},
                                              {63, 65},
                                              {64, 64},
                                              {200, 3},
                                              {3, 200},
                                              {130, 258},
                                              {1000, 300}}) {
      INFO(row.name << " [" << shape[0] << ", " << shape[1] << "]");
      Samples samples(Sampling::Special, 7);
      const TensorValue x = samples.tensor(row.dtype, shape);
      const std::vector<Array> arguments = {to_array(x)};
      const TensorValue y = to_tensor_value(program->run(arguments)[0]);
      REQUIRE(y.shape == std::vector<int64_t>{shape[1], shape[0]});
      CHECK(y.bytes == turned(x).bytes);
    }
  }
}
