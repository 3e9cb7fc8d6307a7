// Libraries and the kernel cache: what is found there makes the same bytes as what is compiled.
#include "tests/e2e/library.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::test;

namespace {

// Sums and products of sizes, whose normal form sorts by name; a check of an index; a large
// constant.
std::string graph(const std::string& a, const std::string& b) {
  return "input x: f32[" + a + ", " + b + "]\ninput i: i64\nstate w: f32[500] = 2\n" +
         "update w = w + 1\noutput y = reshape(x, [" + a + "*" + b + "]) * 2\n" +
         "output z = take(w, i)\noutput k = iota([" + a + "*" + b + "+" + a + "], i64, 0)\n";
}

std::string counted(Place& place) {
  const std::string stats = place.cache_stats();
  return stats.substr(0, stats.find(",\"misses_by\""));
}

std::string made(Place& place, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compile");
  arguments.insert(arguments.end(), {"-o", "made"});
  CHECK(place.tsc(arguments) == Output{0, "", ""});
  return place.read("made");
}

} // namespace

TEST_CASE("a library's objects are found in the cache, and make the same bytes") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph("a", "b"));
  const std::string cold = made(place, {"g.tsc"});
  CHECK(counted(place).starts_with("{\"hits\":0,\"misses\":2")); // the program, the wrapper
  CHECK(made(place, {"g.tsc"}) == cold);
  CHECK(counted(place).starts_with("{\"hits\":2,\"misses\":2"));
  CHECK(made(place, {"g.tsc", "--no-cache"}) == cold);
  const std::string object = made(place, {"g.tsc", "--emit=obj"});
  CHECK(made(place, {"g.tsc", "--emit=obj", "--no-cache"}) == object);
  CHECK(counted(place).starts_with("{\"hits\":4,\"misses\":2"));
  SECTION("verified") {
    place.set("TSC_CACHE=verify");
    CHECK(made(place, {"g.tsc"}) == cold);
    CHECK(counted(place).starts_with("{\"hits\":6,\"misses\":2"));
  }
  SECTION("off") {
    place.set("TSC_CACHE=off");
    CHECK(made(place, {"g.tsc"}) == cold);
    CHECK(counted(place).starts_with("{\"hits\":4,\"misses\":2"));
  }
  SECTION("read, and empty") {
    place.set("TSC_CACHE=read");
    place.cache_in((place.path / "none").string());
    CHECK(made(place, {"g.tsc"}) == cold);
    CHECK_FALSE(place.exists("none"));
  }
  SECTION("another function of the same graph") {
    CHECK(made(place, {"g.tsc", "--name", "h"}) != cold);
    CHECK(counted(place).starts_with("{\"hits\":4,\"misses\":4"));
  }
}

TEST_CASE("names of sizes stand in a library's words alone") {
  NEEDS_JIT();
  Place place;
  place.graph("first.tsc", graph("a", "b"));
  place.graph("second.tsc", graph("zz", "mm"));
  made(place, {"first.tsc", "--name", "f"});
  const Output second =
      place.tsc({"compile", "second.tsc", "--name", "f", "-o", "f.so", "--explain-cache"});
  CHECK(second.status == 0);
  CHECK(second.err.starts_with("note: f: cache hit: entry "));
  CHECK(contains(second.err, "\nnote: wrapper: cache miss: no entry of this graph"));
  const OpenLibrary library(place.path / "f.so");
  CHECK(library.query()->functions[0]->size_names[0] == std::string("zz"));
  Options call;
  auto* const f = library.get<int32_t(int64_t, int64_t, const float*, const int64_t*, float* const*,
                                      float*, float*, int64_t*, const tsc_options*)>("f");
  const float x[2] = {1, 2};
  const int64_t i = 500;
  float w[500] = {}, y[2], z;
  int64_t k[3];
  float* const state[] = {w};
  CHECK(f(1, 2, x, &i, state, y, &z, k, &call.options) == TSC_E_INDEX);
  CHECK(std::string(call.error.text).ends_with("(second.tsc:7:12)"));
}

TEST_CASE("--explain-cache says for each object whether it was there") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph("a", "b"));
  REQUIRE(place.tsc({"run", "g.tsc", "x=[[1]]", "i=0"}).status == 0); // another kind of object
  const auto explained = [&](const std::string& more) {
    return place.tsc({"compile", "g.tsc", "-o", "g.so", "--explain-cache", more}).err;
  };
  const std::string never = "cache miss: no entry of this graph: never compiled here, or evicted "
                            "since; no other is like it\n";
  CHECK(explained("--cpu=x86-64-v2") == "note: g: " + never + "note: wrapper: " + never);
  const std::string other = explained("--cpu=x86-64-v3");
  CHECK(other.starts_with("note: g: cache miss: this graph was compiled for another CPU\n"));
  CHECK(explained("--cpu=x86-64-v2").starts_with("note: g: cache hit: entry "));
}

TEST_CASE("graphs of a library are compiled side by side to the same bytes") {
  NEEDS_JIT();
  Place place;
  std::vector<std::string> graphs;
  for (int i = 0; i < 5; ++i) {
    graphs.push_back("g" + std::to_string(i) + ".tsc");
    place.graph(graphs.back(), "input x: f32[n]\noutput y = exp(x) * " + std::to_string(i) + "\n");
  }
  place.set("TSC_CACHE=off");
  const auto with = [&](const char* jobs) {
    std::vector<std::string> arguments = graphs;
    arguments.insert(arguments.end(), {"-j", jobs});
    return made(place, arguments);
  };
  const std::string alone = with("1");
  CHECK(with("4") == alone);
  CHECK(with("64") == alone);
}

TEST_CASE("a cache that cannot be used is told of once, and the library is made") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph("a", "b"));
  place.file("file", "");
  place.cache_in((place.path / "file").string());
  const Output output = place.tsc({"compile", "g.tsc", "-o", "g.so"});
  CHECK(output.status == 0);
  CHECK(output.err.starts_with("warning[E0601]: the kernel cache is not used: "));
  CHECK(std::count(output.err.begin(), output.err.end(), '\n') == 1);
  CHECK(place.exists("g.so"));
}
