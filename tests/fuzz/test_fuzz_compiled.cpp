// Random graphs compiled, with and without optimisation: graph, plan and code agree.
#include "ir/print.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/fuzz/lowered.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"
#include "tests/jit.h"

#include <fmt/format.h>

using namespace tsc;
using namespace tsc::fuzz;

namespace {

void check_seed(uint64_t seed) {
  INFO("seed " << seed); // should the program crash
  Options options;
  options.finite = seed % 2 == 1;
  options.symbols = seed % 3 != 0;
  if (seed % 5 == 0) options.dtypes = BoolsAndInts;
  options.ops = 3 + static_cast<int>(seed % 14);
  const Case c = random_case(seed, options);
  const BodyLimits body = seed % 4 == 0 ? BodyLimits{0, 2} : BodyLimits{}; // short pieces, or none
  const auto wrong_of = [&](const Case& s, bool optimise) {
    return wrong_when_compiled(s, optimise, body);
  };
  for (bool optimise : {false, true}) {
    const auto wrong = wrong_of(c, optimise);
    if (!wrong) continue;
    const Case small = shrunk(c, [&](const Case& s) { return wrong_of(s, optimise).has_value(); });
    const std::string path = fmt::format("fuzz_compiled_{}.tsc", seed);
    write_file(path, print(small.graph));
    FAIL_CHECK(fmt::format("seed {}, {}optimised: {}\nwrote {}\n{}", seed, optimise ? "" : "not ",
                           wrong_of(small, optimise).value_or(*wrong), path, listing(small)));
  }
}

} // namespace

TEST_CASE("compiled random graphs give what the interpreter gives") {
  NEEDS_JIT();
  const Seeds range = seeds(250, 20'000);
  for (uint64_t seed = range.first; seed <= range.last; ++seed)
    check_seed(seed);
}
