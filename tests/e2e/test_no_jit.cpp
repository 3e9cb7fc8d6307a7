// A build without the CPU JIT: what it can do, and what it says where it cannot. Other builds leave
// this file out.
#include "tests/e2e/cli.h"

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string graph = "input x: f32[n]\nstate s: f32 = 2\nupdate s = s + 1\noutput y = x * s\n";

const Output no_compiler = {
    4, "",
    "error[E0701] no-backend: this build of tsc has no CPU compiler\n"
    "  hint: use the interpreter ('tsc run --interpret', Mode::Interpret), or configure with "
    "-DTSC_CPU_JIT=ON where LLVM, Clang and LLD 22 are installed\n"};

} // namespace

TEST_CASE("without the JIT, what compiles is refused") {
  Place place;
  place.graph("g.tsc", graph);
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]"}) == no_compiler);
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]", "--cpu", "x86-64-v3"}) == no_compiler);
  CHECK(place.tsc({"verify", "g.tsc"}) == no_compiler);
  for (const char* kind : {"lib", "a", "obj", "asm", "llvm-ir", "wrapper"})
    CHECK(place.tsc({"compile", "g.tsc", "-o", "g.so", "--emit", kind}) == no_compiler);
  CHECK(place.files() == std::vector<std::string>{"g.tsc"});
}

TEST_CASE("without the JIT, all else works") {
  Place place;
  place.graph("g.tsc", graph);
  CHECK(place.tsc({"run", "g.tsc", "--interpret", "x=[1 2]", "--save-state", "d"}) ==
        Output{0, "y = [2. 4.]\n", ""});
  CHECK(place.tsc({"run", "g.tsc", "--interpret", "x=[1 2]", "--load-state", "d"}) ==
        Output{0, "y = [3. 6.]\n", ""});
  for (const char* kind : {"graph", "optimised-graph", "plan", "cpp", "cuda", "header"})
    CHECK(place.tsc({"compile", "g.tsc", "--emit", kind}).status == 0);
  CHECK(place.tsc({"describe", "g.tsc"}).out.starts_with("library g, abi 1, made by tsc "));
  const Output version = place.tsc({"version"});
  CHECK(version.status == 0);
  CHECK(contains(version.out, "\ntoolchain: none\nparts: -cpu-jit "));
  CHECK(version.out.ends_with("\nhost: this build of tsc has no CPU compiler\n"));
}

TEST_CASE("without the JIT, nothing links LLVM") {
  Place place;
  const Output libraries = place.run({"ldd", (fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME).string()});
  REQUIRE(libraries.status == 0);
  for (const char* name : {"LLVM", "clang", "lld"})
    CHECK(!contains(libraries.out, name));
}
