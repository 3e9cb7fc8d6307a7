// What comparing graph, plan and code has found, made small and named.
#include "ir/parse.h"
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::fuzz;

namespace {

void check_agreement(const std::string& text, std::vector<TensorValue> inputs) {
  const Case c{parse(text, "case").graph, std::move(inputs), {}};
  for (bool optimise : {false, true})
    CHECK(wrong_when_compiled(c, optimise).value_or("") == "");
}

TensorValue ints(DType dtype, std::vector<int64_t> shape, const std::vector<int64_t>& items) {
  return TensorValue::of_ints(dtype, std::move(shape), items);
}

} // namespace

TEST_CASE("regression: bool adds as or and multiplies as and, in products and scatters") {
  NEEDS_JIT();
  check_agreement("tsc 1\n"
                  "input x: bool[2, 2]\n"
                  "input i: i64[3]\n"
                  "output y = contract(x, x, lhs_batch=[], rhs_batch=[], lhs_contract=[1], "
                  "rhs_contract=[0])\n"
                  "output z = scatter_add(x, i, concat(x, slice(x, start=[0, 0], count=[1, 2], "
                  "step=[1, 1]), axis=0), axis=0, batch=0)\n",
                  {ints(DType::Bool, {2, 2}, {1, 1, 1, 0}), ints(DType::I64, {3}, {1, 1, 0})});
}

TEST_CASE("regression: f64 becomes f16 and bf16 in one rounding") {
  NEEDS_JIT();
  const auto items = [](std::vector<double> values) {
    return TensorValue::of(DType::F64, {static_cast<int64_t>(values.size())}, values);
  };
  // Just above the middle of two f16 and of two bf16: f32 lies in the middle.
  check_agreement("tsc 1\ninput x: f64[n]\noutput y = cast(x, dtype=f16)\n",
                  {items({1 + 0x1p-11 + 0x1p-30, -1 - 0x1p-11 - 0x1p-30, 0x1p-25 + 0x1p-60})});
  check_agreement("tsc 1\ninput x: f64[n]\noutput y = cast(x, dtype=bf16)\n",
                  {items({1 + 0x1p-8 + 0x1p-30, 1 + 3 * 0x1p-8 - 0x1p-30, 0x1p-134 + 0x1p-160})});
}

TEST_CASE("regression: a sum of halves rounds once") {
  NEEDS_JIT();
  const Case c{parse("tsc 1\ninput x: f16[n]\noutput y = sum(x, axes=[0])\n", "case").graph,
               {TensorValue::of(DType::F16, {3}, {1, 0x1p-11, 0x1p-24})}, // f32 drops the last
               {}};
  CHECK(compiled_results(c, true)[0].as_f64() == 1 + 0x1p-10);
  CHECK(c.results()[0].as_f64() == 1 + 0x1p-10);
}

TEST_CASE("regression: an index is not checked where padding hides the item") {
  NEEDS_JIT();
  check_agreement("tsc 1\n"
                  "input x: f32[n]\n"
                  "picked = gather(x, iota(shape=[n], axis=0, dtype=i64), axis=0, batch=0)\n"
                  "output y = pad(picked, value=7, low=[1], high=[2])\n",
                  {TensorValue::of(DType::F32, {2}, {1, 2})});
  check_agreement("tsc 1\n"
                  "input x: f32[m]\n"
                  "input i: i64[n]\n"
                  "output y = pad(gather(x, i, axis=0, batch=0), value=7, low=[1], high=[2])\n",
                  {TensorValue::of(DType::F32, {0}, {}), ints(DType::I64, {0}, {})});
}

TEST_CASE("regression: an unsigned index beyond the signed ones is out of range") {
  NEEDS_JIT();
  const Graph graph = parse("tsc 1\ninput x: f32[3]\ninput i: u64[1]\n"
                            "output y = gather(x, i, axis=0, batch=0)\n",
                            "case")
                          .graph;
  const Case c{
      graph, {TensorValue::of(DType::F32, {3}, {1, 2, 3}), ints(DType::U64, {1}, {-1})}, {}};
  CHECK_THROWS_WITH(plan_results(c, lowered(c, true).plan),
                    Catch::Contains("index 9223372036854775807 is out of range"));
  CHECK_THROWS_WITH(compiled_results(c, true),
                    Catch::Contains("index 9223372036854775807 is out of range"));
}

TEST_CASE("regression: places along several axes of a transpose keep their order") {
  NEEDS_JIT();
  for (const char* op : {"argmin", "argmax"})
    check_agreement("tsc 1\ninput x: i32[2, 3]\n"
                    "output y = " +
                        std::string(op) +
                        "(transpose(x, axes=[1, 0]), axes=[0, 1])\n"
                        "output z = " +
                        std::string(op) + "(transpose(x, axes=[1, 0]), axes=[0])\n",
                    {ints(DType::I32, {2, 3}, {1, 0, 3, 4, 1, 1})});
}

TEST_CASE("regression: a complex constant with a part that is not finite needs no code to start") {
  NEEDS_JIT();
  check_agreement("tsc 1\nconst c: c128[3] = [(1, 2), (inf, nan), (3, 0)]\noutput y = c\n", {});
}

TEST_CASE("regression: many halves added to one place keep growing") {
  NEEDS_JIT();
  const std::vector<double> ones(3000, 1);
  const Case c{parse("tsc 1\ninput v: f16[n]\ninput i: i64[n]\ninput x: f16[2]\n"
                     "output y = scatter_add(x, i, v, axis=0, batch=0)\n",
                     "case")
                   .graph,
               {TensorValue::of(DType::F16, {3000}, ones),
                ints(DType::I64, {3000}, std::vector<int64_t>(3000, 1)),
                TensorValue::of(DType::F16, {2}, {0, 1})},
               {}};
  for (bool optimise : {false, true}) // adding halves one by one would stay at 2048
    CHECK(compiled_results(c, optimise)[0].as_f64(1) == 3000);
  CHECK(c.results()[0].as_f64(1) == 3000);
}

TEST_CASE(
    "regression: a value handed on to a later stage is loaded before its place is overwritten") {
  NEEDS_JIT();
  check_agreement("tsc 1\n"
                  "input x: f32[n]\n"
                  "output a = log_softmax(x, axes=[0])\n"
                  "output b = cast(softmax(x, axes=[0]), dtype=f16)\n"
                  "output c = softmax(cast(x, dtype=f16), axes=[0])\n",
                  {TensorValue::of(DType::F32, {3}, {1, 2, 3.5})});
  check_agreement("tsc 1\n"
                  "input x: u32[]\n"
                  "output a = log_softmax(cast(x, dtype=f32), axes=[])\n"
                  "output b = softmax(cast(x, dtype=f16), axes=[])\n",
                  {ints(DType::U32, {}, {2})});
}
