// The cache as users of the tools see it: explained misses, layers, verification, bundles.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::test;

namespace {

// A graph in which each size is a sum or product of three, whose normal form sorts by name.
std::string sized_graph(const std::string& a, const std::string& b, const std::string& c) {
  return "input x: f32[" + a + ", " + b + ", " + c + "]\noutput y = reshape(x, [" + a + "*" + b +
         "*" + c + "]) * 2\noutput i = iota([" + a + "*" + b + "+" + c + "], i64, 0)\n";
}

} // namespace

TEST_CASE("what is compiled does not depend on the names of sizes") {
  NEEDS_JIT();
  Place place;
  place.graph("first.tsc", sized_graph("a", "b", "c"));
  place.graph("second.tsc", sized_graph("zz", "mm", "aa"));
  const std::vector<std::string> values = {"x=[[[1 2]] [[3 4]]]"};
  const auto run = [&](const std::string& graph) { return place.tsc({"run", graph, values[0]}); };
  const Output right = run("first.tsc");
  REQUIRE(right.status == 0);
  place.set("TSC_CACHE=verify"); // compiles again, and compares
  CHECK(run("second.tsc") == right);
  CHECK(run("first.tsc") == right);
  CHECK(place.cache_stats().starts_with("{\"hits\":2,\"misses\":1,"));
  place.graph("wrong.tsc", "input x: f32[zz, mm]\ninput y: f32[mm*zz]\noutput z = y + 1\n"
                           "output w = x\n");
  const Output wrong = place.tsc({"run", "wrong.tsc", "x=[[1 2]]", "y=[1 2 3]"});
  CHECK(wrong.status == 1);
  CHECK(contains(wrong.err, "wants mm*zz = 2")); // the user's names in messages
}

TEST_CASE("--explain-cache says whether the program was in the cache, and what changed") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  place.graph("h.tsc", "input x: f32[n]\noutput y = exp(x) * 3\n");
  const auto explained = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(), {"x=[0]", "--explain-cache"});
    const Output output = place.tsc(arguments);
    CHECK(output.status == 0);
    return output.err;
  };
  CHECK(explained({"g.tsc"}) == "note: cache miss: no entry of this graph: never compiled here, or "
                                "evicted since; no other is like it\n");
  const std::string hit = explained({"g.tsc"});
  CHECK(hit.starts_with("note: cache hit: entry "));
  const std::string entry = hit.substr(hit.size() - 13, 12);
  CHECK(explained({"g.tsc", "--strict"}) ==
        "note: cache miss: this graph was compiled with other options\nnearest entry " + entry +
            " differs in\n  strict\n    asked : 1\n    stored: 0\n");
  CHECK(explained({"g.tsc", "--cpu", "x86-64-v2"})
            .starts_with("note: cache miss: this graph was compiled for another CPU\n"));
  CHECK(contains(explained({"h.tsc"}),
                 "    asked : node constant  value f32 splat [] 00004040  shape \n"
                 "    stored: node constant  value f32 splat [] 00000040  shape "));
  place.set("TSC_CACHE_SALT=mine");
  CHECK(contains(explained({"g.tsc"}), "with another TSC_CACHE_SALT\n"));
  CHECK(contains(place.cache_stats(),
                 "\"misses_by\":{\"new\":2,\"tool\":0,\"target\":1,\"options\":1,"
                 "\"salt\":1,"));
}

TEST_CASE("tsc-cache show --assembly says where TMPDIR is no directory") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]"}).status == 0);
  const std::string list = place.tsc_cache({"list", "--json"}).out;
  const std::string key = list.substr(std::string_view(R"({"entries":[{"key":")").size(), 12);
  place.set("TMPDIR=/dev/null");
  CHECK(
      place.tsc_cache({"show", key, "--assembly"}) ==
      Output{3, "", "tsc-cache: cannot make a temporary file; TMPDIR names a directory for it\n"});
}

TEST_CASE("tsc-cache why asks tsc for the graph's key") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]"}).status == 0);
  const Output hit = place.tsc_cache({"why", "g.tsc"});
  CHECK(hit.status == 0);
  CHECK(hit.out.starts_with("hit: entry "));
  CHECK(place.tsc_cache({"why", "g.tsc", "--strict"})
            .out.starts_with("miss: this graph was compiled with other options\n"));
  CHECK(place.tsc_cache({"why", "g.tsc", "--cpu", "x86-64-v2"})
            .out.starts_with("miss: this graph was compiled for another CPU\n"));
  const Output key = place.tsc({"compile", "g.tsc", "--emit=key", "-o", "g.key"});
  CHECK(key.status == 0);
  CHECK(place.tsc_cache({"why", "--key", "g.key"}) == hit);
  const Output missing = place.tsc_cache({"why", "none.tsc"});
  CHECK(missing.status == 1);
  CHECK(contains(missing.err, "none.tsc"));
  CHECK(place.cache_stats().starts_with("{\"hits\":0,\"misses\":1,"));
}

TEST_CASE("tsc-cache shows what an entry was compiled to") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]"}).status == 0);
  const std::string name = files_below(place.cache(), ".tsce").at(0).filename().string();
  const std::string key = name.substr(name.find('-') + 1, 16);
  CHECK(contains(place.tsc_cache({"show", key, "--source"}).out, "tsc_exp("));
  CHECK(contains(place.tsc_cache({"list"}).out, "  exp broadcast mul\n"));
  const Output assembly = place.tsc_cache({"show", key, "--assembly"});
  if (assembly.status == 1)
    CHECK(contains(assembly.err, "needs llvm-objdump or objdump"));
  else
    CHECK(contains(assembly.out, "<tsc_run>:"));
}

TEST_CASE("a bundle carries programs into a read-only layer") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  const Output right = place.tsc({"run", "g.tsc", "x=[0]"});
  REQUIRE(place.tsc_cache({"export", "all.tscb"}).status == 0);
  REQUIRE(place.tsc_cache({"--dir", "layer", "import", "all.tscb"}).status == 0);
  const std::vector<fs::path> before = files_below(place.path / "layer");
  REQUIRE(place.tsc_cache({"clear"}).status == 0);
  place.set("TSC_CACHE_LAYERS=" + (place.path / "layer").string());
  CHECK(place.tsc({"run", "g.tsc", "x=[0]"}) == right);
  CHECK(place.cache_stats().starts_with("{\"hits\":1,\"misses\":1,\"entries\":0,"));
  CHECK(files_below(place.path / "layer") == before);
}
