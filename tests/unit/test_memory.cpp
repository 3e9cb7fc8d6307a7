// Where values that leave a kernel live.
#include "ir/parse.h"
#include "passes/lower.h"
#include "tests/catch.h"

using namespace tsc;

TEST_CASE("a free slot that is too small grows before another is made") {
  const Plan plan = lower(parse("tsc 1\n"
                                "input x: f32[64, 64]\ninput a: f32[64, 64]\n"
                                "input b: f32[64, 640]\ninput c: f32[640, 1000]\n"
                                "input d: f32[1000, 64]\n"
                                "y = matmul(matmul(matmul(matmul(x, a), b), c), d)\noutput y\n",
                                "slots.tsc")
                              .graph);
  REQUIRE(plan.slots.size() == 2);
  CHECK(plan.slots[0] == Dim(64 * 1000 * 4));
  CHECK(plan.slots[1] == Dim(64 * 640 * 4));
}
