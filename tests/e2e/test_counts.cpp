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
  std::istringstream lines(read_file(TSC_SOURCE_DIR "/bench/counts.txt"));
  std::string name;
  for (double count = 0; lines >> name >> count;)
    counts[name] = count;
  return counts;
}

double counted(Place& place, const std::string& name) {
  const std::string program = (fs::path(TSC_BINARY_DIR) / "counts").string();
  const Output output = place.run({"env", "TSC_THREADS=1", "valgrind", "--tool=callgrind",
                                   "--callgrind-out-file=counts.out", "--collect-atstart=no",
                                   "--toggle-collect=counted", program, name});
  INFO(output);
  REQUIRE(output.status == 0);
  const std::string text = read_file(place.path / "counts.out");
  const size_t at = text.find("\ntotals: ");
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + 9));
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
  const std::string names = place.program("counts", {}).out;
  const std::map<std::string, double> wanted = recorded();
  std::istringstream lines(names);
  std::string text, name;
  while (lines >> name) {
    const double count = counted(place, name);
    text += fmt::format("{} {:.0f}\n", name, count);
    const auto known = wanted.find(name);
    INFO(fmt::format("{}: {:.0f} instructions; TSC_UPDATE=1 records new ones", name, count));
    if (known == wanted.end())
      CHECK(std::getenv("TSC_UPDATE"));
    else if (!std::getenv("TSC_UPDATE"))
      CHECK(count / known->second == Approx(1).margin(allowed));
  }
  if (std::getenv("TSC_UPDATE")) write_file(TSC_SOURCE_DIR "/bench/counts.txt", text);
#endif
}
