// CUDA kernels, emitted and executed on the CPU thread by thread: random graphs, and graphs whose
// kernels take each form with teams of every size.
#include "compiler/compile.h"
#include "ir/parse.h"
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::fuzz;
using emulator::LaunchStyle;
using emulator::Memory;
using emulator::Order;

namespace {

LaunchStyle style_of(uint64_t seed) {
  Random random(seed);
  LaunchStyle style;
  style.team = 1u << random.below(9);
  style.column = 1u << random.below(5);
  style.most_blocks = static_cast<unsigned>(random.between(1, 4));
  style.order = random.chance(50) ? Order::Forward : Order::Backward;
  style.tight = random.chance(50) ? Memory::Tight::AtEnd : Memory::Tight::AtBeginning;
  return style;
}

void check_seed(uint64_t seed) {
  INFO("seed " << seed);
  Options options = options_of(seed);
  options.max_items = 1024;
  const LaunchStyle style = style_of(seed);
  const auto wrong = [&](const Case& s) { return wrong_on_grid(s, style); };
  if (const auto told = failure("grid", seed, random_case(seed, options), wrong)) FAIL_CHECK(*told);
}

// A call of the graph with random items, for sizes that fit its symbols.
Case call_of(const std::string& text, const std::map<std::string, int64_t>& sizes) {
  Case c{parse(text, "test.tsc").graph, {}, {}};
  Random random(1);
  const SymbolValues values(sizes);
  for (NodeId id : c.graph.inputs()) {
    const Type& type = c.graph.type(id);
    TensorValue value = TensorValue::zeros(type.dtype, values(type.shape));
    for (size_t i = 0; i < value.count(); ++i)
      value.set_f64(i, static_cast<double>(random.between(0, 7)));
    c.inputs.push_back(std::move(value));
  }
  return c;
}

using TwoSizes = std::pair<int64_t, int64_t>;

void check_teams(const std::string& text, TwoSizes sizes) {
  const Case c = call_of(text, {{"n", sizes.first}, {"m", sizes.second}});
  Order order = Order::Forward;
  for (unsigned team = 1; team <= 512; team *= 8) {
    order = order == Order::Forward ? Order::Backward : Order::Forward;
    const LaunchStyle style{.team = team, .column = team < 16 ? team : 16, .order = order};
    INFO(text << "n = " << sizes.first << ", m = " << sizes.second << ", team of " << team);
    CHECK(wrong_on_grid(c, style).value_or("") == "");
  }
}

} // namespace

TEST_CASE("CUDA kernels of random graphs give what their plans give") {
  NEEDS_JIT();
  const Seeds range = seeds(120, 5'000);
  for (uint64_t seed = range.first; seed <= range.last; ++seed)
    check_seed(seed);
}

TEST_CASE("each form of CUDA kernel is right for every size of team") {
  NEEDS_JIT();
  const std::string x = "tsc 1\ninput x: f32[n, m]\n";
  const std::string graphs[] = {
      x + "y = softmax(x, axes=[1])\noutput y = y\n",
      x + "y = sum(x, axes=[0])\nz = sum(x * x, axes=[1])\noutput y = y\noutput z = z\n",
      x + "y = sum(x)\nz = mean(x * x, axes=[0])\noutput y = y\noutput z = z\n",
      x + "input w: f32[m, n]\ny = matmul(x, w)\nz = matmul(transpose(x), transpose(w))\n"
          "output y = y\noutput z = z\n",
      x + "y = transpose(x) + 1\nz = x - mean(x, axes=[1], keepdims=true)\noutput y = y\noutput z "
          "= z\n",
  };
  for (const std::string& text : graphs)
    for (const auto& [n, m] : {TwoSizes{3, 70}, {70, 3}, {1, 1}, {33, 65}, {0, 5}, {5, 0}})
      check_teams(text, {n, m});
  const std::string best =
      x + "y = argmax(x, axes=[1])\nz = argmin(x, axes=[0])\nw = max(x, axes=[0])\n"
          "output y = y\noutput z = z\noutput w = w\n";
  for (const auto& [n, m] : {TwoSizes{3, 70}, {70, 3}, {33, 65}})
    check_teams(best, {n, m});
}

TEST_CASE("the emulator finds barriers that not all threads reach, and memory of others") {
  NEEDS_JIT();
  const auto fails = [](const std::string& body) -> std::string {
    const emulator::Module module(
        "extern \"C\" __global__ void __launch_bounds__(64) k0(int* p) {" + body + "}\n");
    const Memory memory(64 * sizeof(int), Memory::Tight::AtEnd);
    void* place = memory.data();
    void* arguments[] = {&place};
    try {
      module.launch("k0", {1, 1, 1}, {64, 1, 1}, arguments);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(fails("p[threadIdx.x] = 1; __syncthreads();") == "");
  CHECK(fails("if (threadIdx.x < 32) __syncwarp(0xffffffffu); else __syncthreads();").empty());
  CHECK(fails("if (threadIdx.x % 2) __syncwarp(0xffffffffu); else __syncthreads();") ==
        "k0: threads of a block wait for each other in different places");
  CHECK(fails("p[threadIdx.x + 1] = 1;") == "k0: touches memory that is not its own");
}
