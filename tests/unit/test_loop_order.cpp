// In which order kernels walk the axes of their points.
#include "codegen/emit.h"
#include "ir/parse.h"
#include "passes/lower.h"
#include "tests/catch.h"

#include <algorithm>
#include <fmt/format.h>

using namespace tsc;

namespace {

Plan plan_of(const std::string& text) { return lower(parse("tsc 1\n" + text, "loops.tsc").graph); }

// Of `count` outer axes, for the first load of the only kernel: the slowest first.
std::vector<size_t> read_order(const std::string& text, size_t count) {
  const Plan plan = plan_of(text);
  REQUIRE(plan.kernels.size() == 1);
  const auto& body = plan.kernels[0].stages[0].body;
  const auto load =
      std::ranges::find_if(body, [](const Instruction& i) { return i.action == Action::Load; });
  REQUIRE(load != body.end());
  std::vector<AxisId> axes;
  for (size_t a = 0; a < count; ++a)
    axes.push_back(AxisId(a));
  std::vector<size_t> order;
  for (AxisId axis : as_read(*load, axes))
    order.push_back(axis.index);
  return order;
}

// Does the emitted kernel have the loop over the axis of one number around that of the other?
bool is_around(const std::string& text, int outer, int inner) {
  const std::string source = emit(plan_of(text), cpp).text;
  const auto loop = [&](int axis) { return source.find(fmt::format("for (tsc_i64 i{} =", axis)); };
  REQUIRE(loop(outer) != source.npos);
  REQUIRE(loop(inner) != source.npos);
  return loop(outer) < loop(inner);
}

const std::string four = "input x: f32[a, b, c, d]\ninput y: f32[a, c, b, d]\n"
                         "input z: f32[a, c, b, d]\n";

} // namespace

TEST_CASE("axes with larger steps are walked first, of sizes that are known and others") {
  using Order = std::vector<size_t>;
  CHECK(read_order("input x: f32[a, b, c, d]\ny = transpose(x, axes=[0, 2, 1, 3])\noutput y\n",
                   4) == Order{0, 2, 1, 3});
  CHECK(read_order("input x: f32[2, 3, 4, 5]\ny = transpose(x, axes=[0, 2, 1, 3])\noutput y\n",
                   4) == Order{0, 2, 1, 3});
  CHECK(read_order("input x: f32[a, b, c, d]\ny = transpose(x, axes=[2, 1, 0, 3])\noutput y\n",
                   4) == Order{2, 1, 0, 3});
}

TEST_CASE("axes along which nothing is read stay where they are") {
  CHECK(read_order("input x: f32[b]\ninput y: f32[a, b]\nr = x + y\noutput r\n", 2) ==
        std::vector<size_t>{0, 1});
}

TEST_CASE("loops run as most loads do") {
  const std::string turned = "t = transpose(x, axes=[0, 2, 1, 3])\n";
  CHECK(is_around("input x: f32[a, b, c, d]\n" + turned + "output t\n", 2, 1));
  CHECK(is_around(four + turned + "r = t + y + z\noutput r\n", 1, 2));
}
