// Plans broken on purpose: the plan interpreter must see it.
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/properties.h"

using namespace tsc;
using namespace tsc::fuzz;

namespace {

struct Tally {
  int caught = 0, harmless = 0, missed = 0;
};

// Runs the plan of each random case after `spoil` has changed it (false: nothing to spoil).
template <class Spoil>
Tally spoiled(Spoil spoil) {
  Tally tally;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    const Case c = random_case(seed, {.ops = 16});
    Plan plan = lowered(c, false).plan;
    const std::vector<TensorValue> wanted = plan_results(c, plan);
    if (!spoil(plan)) continue;
    try {
      ++(difference(plan_results(c, plan), wanted) ? tally.missed : tally.harmless);
    } catch (const InternalError&) {
      ++tally.caught;
    }
  }
  return tally;
}

} // namespace

TEST_CASE("buffers that are alive together in one slot are an error, never a wrong value") {
  const Tally tally = spoiled([](Plan& plan) {
    if (plan.slots.size() < 2) return false;
    Dim all = 0;
    for (const Dim& slot : plan.slots)
      all = all + slot;
    plan.slots = {all};
    for (Buffer& buffer : plan.buffers)
      if (buffer.home == Home::Workspace) buffer.index = 0;
    return true;
  });
  INFO(tally.harmless << " harmless");
  CHECK(tally.caught > 50);
  CHECK(tally.missed == 0);
}

TEST_CASE("an item stored in a wrong place is an error, or a wrong value") {
  const Tally tally = spoiled([](Plan& plan) {
    for (Kernel& kernel : plan.kernels)
      for (Stage& stage : kernel.stages)
        for (Instruction& i : stage.body)
          if (i.action == Action::Store && !i.guard.valid()) {
            i.index.constant = i.index.constant + 1;
            return true;
          }
    return false;
  });
  INFO(tally.harmless << " harmless"); // kernels that run for no item
  CHECK(tally.caught > 300);
  CHECK(tally.missed < 5); // a part of a join that lies on its neighbour's place
}
