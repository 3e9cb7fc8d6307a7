// Random graphs compiled, with and without optimisation, against the interpreter.
//
//   TSC_LONG=1          many more graphs
//   TSC_FUZZ_SEED=17    just the graph of this seed
#include "ir/print.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/fuzz/compiled.h"
#include "tests/fuzz/properties.h"
#include "tests/fuzz/shrink.h"
#include "tests/jit.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

using namespace tsc;
using namespace tsc::fuzz;

namespace {

// Sums are taken in another order, products in f32: a result may differ by this many units of its
// largest item.
constexpr double allowed_ulp = 64;

double largest_item(const TensorValue& value) {
  double largest = 0;
  for (size_t i = 0; in(value.dtype, Floats) && i < value.count(); ++i)
    if (const double item = std::fabs(value.as_f64(i)); std::isfinite(item))
      largest = std::max(largest, item);
  return largest;
}

std::optional<std::string> wrong_when_compiled(const Case& c, bool optimise) {
  try {
    const auto got = compiled_results(c, optimise), wanted = expected_results(c);
    for (size_t i = 0; i < wanted.size(); ++i)
      if (const auto wrong =
              difference({got.at(i)}, {wanted[i]}, allowed_ulp, largest_item(wanted[i])))
        return fmt::format("output {}: {}", i, *wrong);
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  }
}

void check_seed(uint64_t seed) {
  Options options;
  options.finite = seed % 2 == 1;
  options.symbols = seed % 3 != 0;
  options.ops = 3 + static_cast<int>(seed % 14);
  const Case c = random_case(seed, options);
  for (bool optimise : {false, true}) {
    const auto wrong = wrong_when_compiled(c, optimise);
    if (!wrong) continue;
    const Case small =
        shrunk(c, [&](const Case& s) { return wrong_when_compiled(s, optimise).has_value(); });
    const std::string path = fmt::format("fuzz_compiled_{}.tsc", seed);
    write_file(path, print(small.graph));
    FAIL_CHECK(fmt::format("seed {}, {}optimised: {}\nwrote {}\n{}", seed, optimise ? "" : "not ",
                           wrong_when_compiled(small, optimise).value_or(*wrong), path,
                           listing(small)));
  }
}

} // namespace

TEST_CASE("compiled random graphs give what the interpreter gives") {
  NEEDS_JIT();
  if (const char* seed = std::getenv("TSC_FUZZ_SEED"))
    return check_seed(std::strtoull(seed, nullptr, 10));
  const char* lengthy = std::getenv("TSC_LONG");
  const uint64_t count = lengthy && *lengthy == '1' ? 20'000 : 250;
  for (uint64_t seed = 1; seed <= count; ++seed)
    check_seed(seed);
}
