// The main job: networks that learn to read digits, in C++ and with graph files.
#include "runtime/array.h"
#include "tests/catch.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <cstdio>
#include <sstream>

namespace tsc::test {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

// Of "held-out accuracy: 97.2 %", the last line; -1 if it is another.
double accuracy(const std::string& out) {
  double percent = -1;
  const std::vector<std::string> lines = lines_of(out);
  if (lines.empty() || std::sscanf(lines.back().c_str(), "held-out accuracy: %lf", &percent) != 1 ||
      !lines.back().ends_with(" %"))
    return -1;
  return percent;
}

} // namespace

TEST_CASE("the digits program learns to read, and compiles once") {
  NEEDS_JIT();
  Place place;
  const std::string digits = std::string(TSC_BINARY_DIR) + "/examples/digits/digits";
  const Output first = place.run({digits});
  INFO(first);
  REQUIRE(first.status == 0);
  CHECK(first.err == "");
  const std::vector<std::string> lines = lines_of(first.out);
  REQUIRE(lines.size() == 21);
  for (size_t i = 0; i < 20; ++i)
    CHECK(lines[i].starts_with("epoch " + std::to_string(i + 1) + "  loss 0."));
  CHECK(accuracy(first.out) >= 96);
  CHECK(place.cache_stats().starts_with(R"({"hits":0,"misses":2,)"));

  const Output second = place.run({digits});
  CHECK(second == first);
  CHECK(place.cache_stats().starts_with(R"({"hits":2,"misses":2,)"));
}

TEST_CASE("the digits program says what is wrong with its data") {
  Place place;
  const std::string digits = std::string(TSC_BINARY_DIR) + "/examples/digits/digits";
  CHECK(place.run({digits, "absent.npz"}) ==
        Output{1, "",
               "error[E0703] cannot-read: cannot read 'absent.npz': No such file or directory\n"});
  Array::to_npz(place.path / "other.npz", std::vector<std::pair<std::string, Array>>{
                                              {"pixels", Array::zeros(DType::U8, {1, 64})}});
  CHECK(place.run({digits, "other.npz"}) ==
        Output{1, "", "error[E0301] bad-npy: other.npz has no array 'images'\n"});
}

TEST_CASE("digits with graph files: trained, compiled, called from C") {
  NEEDS_JIT();
  Place place;
  place.set("TSC=" TSC_BINARY_DIR "/" TSC_TOOL_NAME);
  const Output trained =
      place.run({std::string(TSC_SOURCE_DIR) + "/examples/digits/train.sh", "made", "80"});
  INFO(trained);
  REQUIRE(trained.status == 0);
  CHECK(trained.err == "");
  CHECK(accuracy(trained.out) >= 96);

  // Each step is a process of its own; the first one compiled. The library is two programs more.
  CHECK(place.cache_stats().starts_with(R"({"hits":79,"misses":4,)"));
}

} // namespace tsc::test
