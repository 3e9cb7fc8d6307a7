// Random graphs compiled, with and without optimisation: graph, plan and code agree.
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::fuzz;

namespace {

void check_seed(uint64_t seed) {
  INFO("seed " << seed); // should the program crash
  Options options = options_of(seed);
  if (seed % 5 == 0) options.dtypes = BoolsAndInts;
  const Case c = random_case(seed, options);
  const BodyLimits body = seed % 4 == 0 ? BodyLimits{0, 2} : BodyLimits{}; // short pieces, or none
  for (bool optimise : {false, true}) {
    const auto wrong = [&](const Case& s) { return wrong_when_compiled(s, optimise, body); };
    if (const auto told = failure(optimise ? "compiled" : "unoptimised", seed, c, wrong))
      FAIL_CHECK(*told);
  }
}

} // namespace

TEST_CASE("compiled random graphs give what the interpreter gives") {
  NEEDS_JIT();
  const Seeds range = seeds(250, 20'000);
  for (uint64_t seed = range.first; seed <= range.last; ++seed)
    check_seed(seed);
}
