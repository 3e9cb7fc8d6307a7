// Instructions of a fixed set of calls and compilations, against those recorded in
// bench/counts.txt: a guard against slow code that no noise of a machine hides. TSC_UPDATE=1
// records them anew.
#include "support/files.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <fmt/format.h>
#include <map>
#include <sstream>

using namespace tsc;
using namespace tsc::test;

namespace {

constexpr double allowed = 0.05;

std::map<std::string, double> recorded() {
  std::map<std::string, double> counts;
  const char* const path = TSC_SOURCE_DIR "/bench/counts.txt";
  std::istringstream lines(fs::exists(path) ? read_file(path) : "");
  std::string name;
  for (double count = 0; lines >> name >> count;)
    counts[name] = count;
  return counts;
}

// One process for all: each return from `counted` ends a part of callgrind's output.
std::vector<std::pair<std::string, double>> counted(Place& place) {
  const Output output = place.run({"env", "TSC_THREADS=1", "valgrind", "--tool=callgrind",
                                   "--callgrind-out-file=counts.out", "--collect-atstart=no",
                                   "--toggle-collect=counted", "--dump-after=counted",
                                   (fs::path(TSC_BINARY_DIR) / "counts").string()});
  INFO(output);
  REQUIRE(output.status == 0);
  std::vector<std::pair<std::string, double>> counts;
  std::istringstream lines(output.out);
  for (std::string name; lines >> name;) {
    const std::string part =
        read_file(place.path / fmt::format("counts.out.{}", counts.size() + 1));
    const size_t at = part.find("\ntotals: ");
    REQUIRE(at != std::string::npos);
    counts.emplace_back(name, std::stod(part.substr(at + 9)));
  }
  return counts;
}

} // namespace

TEST_CASE("calls and compilations take as many instructions as are recorded") {
  NEEDS_JIT();
#ifdef TSC_SANITIZED
  WARN("skipped: sanitizers add instructions");
#else
  Place place;
  if (!place.has("valgrind")) {
    WARN("skipped: valgrind is not installed");
    return;
  }
  const std::map<std::string, double> wanted = recorded();
  std::string text;
  for (const auto& [name, count] : counted(place)) {
    text += fmt::format("{} {:.0f}\n", name, count);
    if (std::getenv("TSC_UPDATE")) continue;
    INFO(fmt::format("{}: {:.0f} instructions; TSC_UPDATE=1 records new ones", name, count));
    REQUIRE(wanted.count(name));
    CHECK(count / wanted.at(name) == Approx(1).margin(allowed));
  }
  if (std::getenv("TSC_UPDATE")) write_file(TSC_SOURCE_DIR "/bench/counts.txt", text);
#endif
}
