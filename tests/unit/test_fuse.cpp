// What becomes one kernel.
#include "ir/parse.h"
#include "passes/lower.h"
#include "tests/catch.h"

#include <fmt/format.h>

using namespace tsc;

namespace {

Plan plan_of(const std::string& text) { return lower(parse("tsc 1\n" + text, "fuse.tsc").graph); }

size_t workspace_buffers(const Plan& plan) {
  size_t found = 0;
  for (const Buffer& b : plan.buffers)
    found += b.home == Home::Workspace;
  return found;
}

} // namespace

TEST_CASE("two outputs with a part in common are one kernel, and the part is not stored") {
  const Plan plan = plan_of("input x: f32[n]\ninput y: f32[n]\n"
                            "both = exp(x) * y\na = both * x + 1.0\nb = (both - y) * 2.0\n"
                            "output a\noutput b\n");
  CHECK(plan.kernels.size() == 1);
  CHECK(workspace_buffers(plan) == 0);
}

TEST_CASE("a sum and a maximum of one array of exponentials are one kernel") {
  const Plan plan = plan_of("input x: f32[n, m]\ne = exp(x)\ns = sum(e, axes=[1])\n"
                            "h = max(e, axes=[1])\noutput s\noutput h\n");
  CHECK(plan.kernels.size() == 1);
}

TEST_CASE("outputs that need each other's results through a transpose stay apart") {
  const Plan plan = plan_of("input x: f32[n, n]\ne = exp(x)\na = e + 1.0\n"
                            "b = a * transpose(a, axes=[1, 0])\noutput a\noutput b\n");
  CHECK(plan.kernels.size() == 2);
}

TEST_CASE("what a few ops make of sizes and positions has no kernel of its own") {
  const Plan plan = plan_of("input x: f32[n, m]\ninput s: f32[m]\ninput b: f32[m]\n"
                            "y = layer_norm(x, s, b)\noutput y\n");
  CHECK(plan.kernels.size() == 1);
  CHECK(workspace_buffers(plan) == 0);
}

TEST_CASE("eight hundred ops are one kernel") {
  std::string text = "input x: f32[n]\nv0 = x\n";
  for (int i = 1; i <= 400; ++i)
    text += fmt::format("v{} = abs(v{}) - x\n", i, i - 1);
  const Plan plan = plan_of(text + "output v400\n");
  CHECK(plan.kernels.size() == 1);
  CHECK(workspace_buffers(plan) == 0);
}
