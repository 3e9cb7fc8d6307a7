// Checks every property on random graphs. A failure is shrunk and shown; where graphs can be
// printed it is written to fuzz_SEED.tsc, which then becomes a regression test.
#include "ir/print.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/fuzz/properties.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/shrink.h"

#include <cmath>
#include <fmt/format.h>
#include <iostream>
#include <random>
#include <set>

using namespace tsc;
using namespace tsc::fuzz;

namespace {

// Every second graph is finite, every third has no symbols, every fifth no floats, every seventh no
// other numbers than f32; sizes vary.
Case case_of(uint64_t seed) {
  Options options;
  options.finite = seed % 2 == 1;
  options.symbols = seed % 3 != 0;
  if (seed % 5 == 0) options.dtypes = BoolsAndInts;
  if (seed % 7 == 0) options.dtypes = bit(DType::F32) | bit(DType::Bool);
  options.ops = 3 + static_cast<int>(seed % 20);
  return random_case(seed, options);
}

std::string write_case(const Case& c, uint64_t seed) {
  const std::string path = fmt::format("fuzz_{}.tsc", seed);
  write_file(path, print(c.graph));
  return "wrote " + path + "\n" + listing(c);
}

void check_seed(uint64_t seed) {
  const Case c = case_of(seed);
  for (const Property& property : all_properties()) {
    const auto wrong = violation(property, c);
    if (!wrong) continue;
    const Case small = shrunk(c, [&](const Case& s) { return violation(property, s).has_value(); });
    FAIL_CHECK(fmt::format("seed {}: {}: {}\n{}", seed, property.name,
                           violation(property, small).value_or(*wrong), write_case(small, seed)));
  }
}

} // namespace

TEST_CASE("random graphs keep every property") {
  const Seeds range = seeds(3'000, 50'000, std::random_device()());
  std::cout << fmt::format("fuzz: seeds {} to {}\n", range.first, range.last);
  for (uint64_t seed = range.first; seed <= range.last; ++seed)
    check_seed(seed);
}

TEST_CASE("random graphs reach every op, dtype and special size") {
  std::set<std::string> ops, dtypes;
  bool empty = false, symbolic = false, requirement = false, update = false, nan = false;
  int integers_only = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    const Case c = case_of(seed);
    bool floats = false;
    for (NodeId id : c.graph.ids())
      floats |= !in(c.graph.type(id).dtype, BoolsAndInts);
    integers_only += !floats;
    const std::vector<bool> live = live_nodes(c.graph);
    for (NodeId id : c.graph.ids()) {
      if (!live[id.index]) continue;
      ops.insert(name(c.graph[id].op));
      dtypes.insert(name(c.graph.type(id).dtype));
      for (const Dim& dim : c.graph.type(id).shape)
        symbolic |= !dim.is_number();
    }
    requirement |= !c.graph.requirements().empty();
    update |= !c.graph.updates.empty();
    for (const TensorValue& result : c.results()) {
      empty |= result.count() == 0;
      for (size_t i = 0; in(result.dtype, Floats) && i < result.count(); ++i)
        nan |= std::isnan(result.as_f64(i));
    }
  }
  for (const OpRow& row : all_ops()) {
    INFO(row.name);
    CHECK(ops.count(row.name) == 1);
  }
  CHECK(dtypes.size() == all_dtypes().size());
  CHECK(integers_only >= 100);
  CHECK((empty && symbolic && requirement && update && nan));
}

TEST_CASE("finite graphs have finite results") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Case c = random_case(seed, {.finite = true});
    for (size_t i = 0; const TensorValue& result : c.results()) {
      INFO("seed " << seed << " result " << i++);
      for (size_t item = 0; in(result.dtype, Floats) && item < result.count(); ++item)
        REQUIRE(std::isfinite(result.as_f64(item)));
    }
  }
}

TEST_CASE("the same seed gives the same case") {
  for (uint64_t seed = 1; seed <= 20; ++seed)
    CHECK(listing(case_of(seed)) == listing(case_of(seed)));
}

TEST_CASE("a failing case shrinks to what it needs") {
  // "Fails" if a tanh stands anywhere: one argument or constant and one tanh are enough.
  const auto fails = [](const Case& c) {
    for (NodeId id : c.graph.ids())
      if (c.graph[id].op == Op::tanh) return true;
    return false;
  };
  int shrunk_cases = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const Case c = rebuilt(case_of(seed));
    if (!fails(c)) continue;
    const Case small = shrunk(c, fails);
    INFO("seed " << seed << "\n" << listing(small));
    CHECK(fails(small));
    CHECK(small.graph.size() == 2);
    ++shrunk_cases;
  }
  CHECK(shrunk_cases > 2);
}
