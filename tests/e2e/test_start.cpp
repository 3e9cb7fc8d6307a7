// What a program opens and when: BLAS, the compiler; and what happens where one of them, or memory
// for code, cannot be had.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <chrono>
#include <optional>
#include <sys/prctl.h>
#include <tsc/tsc.h>

using namespace tsc;
using namespace tsc::test;

TEST_CASE("BLAS is opened by programs that call it, and alone by them") {
  NEEDS_JIT();
#ifdef TSC_BLAS
  Place place;
  place.file("libopenblas.so.0", "no library");
  place.set("LD_LIBRARY_PATH=" + place.path.string());
  place.graph("plain.tsc", "input x: f32[n]\noutput y = x + 1\n");
  CHECK(place.tsc({"run", "plain.tsc", "x=[1]"}) == Output{0, "y = [2.]\n", ""});
  place.graph("product.tsc", "input a: f32[n, n]\noutput b = matmul(a, a)\n");
  for (int i = 0; i < 2; ++i) { // compiled, then from the cache
    const Output output = place.tsc({"run", "product.tsc", "a=[[2]]"});
    CHECK(output.status == 4);
    CHECK(output.err ==
          "error[E0701] no-backend: cannot open libopenblas.so.0, which large products "
          "need: " +
              place.path.string() +
              "/libopenblas.so.0: file too short\n"
              "  hint: install OpenBLAS (Debian's libopenblas0)\n");
  }
#endif
}

namespace {

// Runs `check` in a child that may not make memory executable (nor may its children): what it
// returns, or none where this kernel cannot forbid it.
template <class Check>
std::optional<int> without_executable_memory(Check check) {
  constexpr int set_mdwe = 65, unsupported = 77; // PR_SET_MDWE of Linux 6.3
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(::prctl(set_mdwe, 1, 0, 0, 0) != 0 ? unsupported : check());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) != unsupported) return WEXITSTATUS(status);
  WARN("skipped: this kernel has no PR_SET_MDWE");
  return std::nullopt;
}

} // namespace

TEST_CASE("where memory may not become executable, run interprets and says so") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = x + 1\n");
  const auto status = without_executable_memory([&] {
    const std::string why = "no-backend: this process may not make memory executable: ";
    const Output run = place.tsc({"run", "g.tsc", "x=1"});
    if (run.status != 0 || run.out != "y = 2.0\n") return 1;
    if (run.err != "warning[E0701]: " + why.substr(12) +
                       "Permission denied; interpreting instead, which is slow\n")
      return 2;
    const Output strict = place.tsc({"run", "g.tsc", "x=1", "--no-interpret"});
    if (strict.status != 4 || !strict.err.starts_with("error[E0701] " + why)) return 3;
    if (place.tsc({"run", "g.tsc", "x=1", "--interpret"}) != Output{0, "y = 2.0\n", ""}) return 4;
    return place.tsc({"compile", "g.tsc", "-o", "g.so"}).status;
  });
  if (status) CHECK(*status == 0);
}

TEST_CASE("where memory may not become executable, functions are interpreted, with a warning") {
  NEEDS_JIT();
  const auto status = without_executable_memory([] {
    const Tensor x = input("x", DType::F32, {});
    const Function automatic = function({x}, x + 1);
    if (automatic.warning() != "this process may not make memory executable: Permission denied; "
                               "interpreting instead, which is slow")
      return 1;
    if (automatic(1.0f).scalar<float>() != 2) return 2;
    if (!function({x}, x + 2, {.mode = Mode::Interpret}).warning().empty()) return 3;
    try {
      function({x}, x + 1, {.mode = Mode::Compile});
      return 4;
    } catch (const Error& error) {
      return error.diag() == Diag::NoBackend ? 0 : 5;
    }
  });
  if (status) CHECK(*status == 0);
  const Tensor x = input("x", DType::F32, {});
  CHECK(function({x}, x + 1).warning().empty());
}

// What the system's loader opens for a command, by its own words.
namespace {

std::string libraries_of(Place& place, const std::vector<std::string>& command) {
  const fs::path words = place.path / "loader";
  fs::create_directory(words);
  place.set("LD_DEBUG=files");
  place.set("LD_DEBUG_OUTPUT=" + (words / "words").string());
  CHECK(place.tsc(command).status == 0);
  std::string text;
  for (const auto& file : fs::directory_iterator(words))
    text += read_file(file.path());
  fs::remove_all(words);
  REQUIRE(text.find("libc.so.6") != std::string::npos);
  return text;
}

bool opens(const std::string& libraries, const char* name) {
  return libraries.find(name) != std::string::npos;
}

} // namespace

TEST_CASE("a program from the cache starts neither Clang nor LLVM nor BLAS") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = x + 1\n");
  const std::vector<std::string> command = {"run", "g.tsc", "x=[1]"};
  CHECK(opens(libraries_of(place, command), "libLLVM"));
  const std::string warm = libraries_of(place, command);
  for (const char* name : {"libtsc-clang", "libLLVM", "libclang", "openblas"}) {
    INFO(name);
    CHECK_FALSE(opens(warm, name));
  }
  CHECK(place.cache_stats().find("\"hits\":1,\"misses\":1,") != std::string::npos);
}

TEST_CASE("tsc version starts no compiler once one was asked, and never writes") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = x + 1\n");
  const std::string asked = place.tsc({"version"}).out;
  CHECK(opens(libraries_of(place, {"version"}), "libLLVM"));
  CHECK_FALSE(fs::exists(place.cache()));
  REQUIRE(place.tsc({"run", "g.tsc", "x=[1]"}).status == 0);
  CHECK_FALSE(opens(libraries_of(place, {"version"}), "libLLVM"));
  Place after; // whose loader says nothing
  after.cache_in(place.cache());
  CHECK(after.tsc({"version"}).out == asked);
}

#ifndef TSC_SANITIZED // sanitizers take RPATH, which comes before LD_LIBRARY_PATH
TEST_CASE("the compiler is asked who it is again when its library, or where it is, changes") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = x + 1\n");
  const std::vector<std::string> command = {"run", "g.tsc", "x=[1]"};
  REQUIRE(place.tsc(command).status == 0);
  const std::string name = "libtsc-clang.so." TSC_VERSION;
  fs::copy(fs::path(TSC_BINARY_DIR) / name, place.path / name);
  place.set("LD_LIBRARY_PATH=" + place.path.string());
  CHECK(opens(libraries_of(place, command), "libtsc-clang"));
  CHECK_FALSE(opens(libraries_of(place, command), "libtsc-clang"));
  fs::last_write_time(place.path / name, fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(opens(libraries_of(place, command), "libtsc-clang"));
  CHECK_FALSE(opens(libraries_of(place, command), "libtsc-clang"));
  CHECK(place.cache_stats().find("\"misses\":1,") != std::string::npos); // it says the same
}

TEST_CASE("without the compiler's library tsc says what is missing, and interprets") {
  NEEDS_JIT();
  Place place;
  const std::string name = "libtsc-clang.so." TSC_VERSION;
  place.file(name, "no library");
  place.set("LD_LIBRARY_PATH=" + place.path.string());
  place.graph("g.tsc", "input x: f32\noutput y = x + 1\n");
  CHECK(place.tsc({"run", "g.tsc", "x=1"}) ==
        Output{4, "",
               "error[E0701] no-backend: cannot open the compiler: " + place.path.string() + "/" +
                   name + ": file too short\n  hint: " + name +
                   " belongs beside libtsc; for a program that has tsc built in, into a folder of "
                   "its RUNPATH or of LD_LIBRARY_PATH. The interpreter ('tsc run --interpret', "
                   "Mode::Interpret) needs none\n"});
  CHECK(place.tsc({"run", "g.tsc", "x=1", "--interpret"}) == Output{0, "y = 2.0\n", ""});
  CHECK(place.tsc({"version"}).status == 0);
  CHECK(place.tsc({"doctor"}).out.find("cannot open the compiler") != std::string::npos);
}
#endif
