// Mutated inputs for everything that reads bytes of strangers, for a bounded time: a second each,
// with TSC_LONG a minute. TSC_FUZZ_SEED=17 writes and tries the inputs of this seed alone. For long
// runs with feedback: scripts/fuzz.
#include "support/files.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/fuzz/byte_targets.h"
#include "tests/fuzz/mutate.h"
#include "tests/sanitized.h"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>

using namespace tsc;
using namespace tsc::fuzz;
using Clock = std::chrono::steady_clock;

namespace {

constexpr size_t most_input = 100'000;
constexpr double most_seconds = 5; // for one input; slow machines and sanitizers included
// Memory for one input: a constant, and some for each byte of it. Archives may unpack to 64 MiB.
constexpr size_t most_memory = size_t{160} << 20, memory_per_byte = 2'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What went wrong, or "".
std::string wrong(const ByteTarget& target, const std::string& bytes) {
  reset_peak_bytes();
  const Clock::time_point start = Clock::now();
  try {
    target.read(bytes);
  } catch (const std::exception& e) {
    return e.what();
  }
  const double seconds = seconds_since(start);
  if (seconds > most_seconds) return fmt::format("took {:.1f} s", seconds);
  if (peak_bytes() > most_memory + bytes.size() * memory_per_byte)
    return fmt::format("held {} bytes", peak_bytes());
  return "";
}

std::string file_name(const ByteTarget& target, uint64_t seed) {
  return fmt::format("fuzz_{}_{}.bin", target.name, seed);
}

void check(const ByteTarget& target, const std::string& bytes, uint64_t seed) {
  INFO(target.name << ", seed " << seed); // shown if the process dies
  const std::string problem = wrong(target, bytes);
  if (problem.empty()) return;
  write_file(file_name(target, seed), bytes);
  FAIL_CHECK(fmt::format("{}: {}\nwrote {}", target.name, problem, file_name(target, seed)));
}

std::string input(const ByteTarget& target, const std::vector<std::string>& seeds, uint64_t seed) {
  Random random(seed);
  return mutated(random, random.pick(seeds), seeds, target.words, most_input);
}

double time_share() {
  const char* lengthy = std::getenv("TSC_LONG");
  return lengthy && std::string_view(lengthy) == "1" ? 60 : 1;
}

} // namespace

TEST_CASE("readers of strangers' bytes survive every input") {
  const char* asked = std::getenv("TSC_FUZZ_SEED");
  for (const ByteTarget& target : all_byte_targets()) {
    const std::vector<std::string> seeds = target.seeds();
    REQUIRE(!seeds.empty());
    if (asked) {
      const uint64_t seed = std::strtoull(asked, nullptr, 10);
      const std::string bytes = input(target, seeds, seed);
      write_file(file_name(target, seed), bytes);
      check(target, bytes, seed);
      continue;
    }
    for (const std::string& bytes : seeds)
      check(target, bytes, 0);
    uint64_t seed = 1;
    for (const Clock::time_point start = Clock::now(); seconds_since(start) < time_share(); ++seed)
      check(target, input(target, seeds, seed), seed);
    std::cout << fmt::format("fuzz: {:8} {} inputs\n", target.name, seed - 1);
    CHECK(seed > 10);
  }
}

TEST_CASE("bad bytes are found and reported") {
  const ByteTarget careless = {"careless",
                               [](std::string_view bytes) {
                                 if (bytes.find('x') != bytes.npos) throw std::logic_error("an x");
                               },
                               [] { return std::vector<std::string>{"abc"}; },
                               {"x"}};
  int found = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed)
    found += wrong(careless, input(careless, careless.seeds(), seed)) == "an x";
  CHECK(found > 5);
#if !TSC_ASAN && !TSC_TSAN
  const ByteTarget greedy = {
      "greedy", [](std::string_view) { std::string(size_t{400} << 20, 'a'); }, careless.seeds, {}};
  CHECK(wrong(greedy, "").starts_with("held "));
#endif
}
