// tsc compile: the library as C sees it, and each stage.
#include "runtime/array.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <dlfcn.h>

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string layer = "input x: f32[n, 3]\n"
                          "state w: f32[3, 2] = [[1, 2], [3, 4], [5, 6]]\n"
                          "state steps: i64\n"
                          "h = tanh(matmul(x, w))\n"
                          "update steps = steps + 1\n"
                          "output h\noutput total = sum(h)\n";

const char* const caller = R"(#include "layer.h"
#include <stdio.h>

int main(void) {
  const float x[6] = {0, 0, 0, 0.1f, 0.2f, -0.1f};
  float w[6], h[4], total;
  int64_t steps;
  const struct layer_state state = {w, &steps};
  if (layer_initial_state(&state) != TSC_OK) return 1;
  steps = 41;
  int code = layer(2, x, &state, h, &total, NULL);
  printf("%d %g %g %.4f %.4f %.4f %d\n", code, h[0], h[1], h[2], h[3], total, (int)steps);
  return layer(-1, x, &state, h, &total, NULL) == TSC_E_SHAPE ? 0 : 1;
}
)";

const char* const called = "0 0 0 0.1974 0.3799 0.5773 42\n";

// The sonames that a library needs, as readelf lists them.
std::vector<std::string> needed(Place& place, const std::string& file) {
  const Output dynamic = place.run({"readelf", "-d", file});
  std::vector<std::string> names;
  for (size_t at = 0; (at = dynamic.out.find("Shared library: [", at)) != std::string::npos;) {
    at += 17;
    names.push_back(dynamic.out.substr(at, dynamic.out.find(']', at) - at));
  }
  return names;
}

} // namespace

TEST_CASE("a compiled library is called from plain C") {
  NEEDS_JIT();
  Place place;
  place.graph("layer.tsc", layer);
  CHECK(place.tsc({"compile", "layer.tsc", "-o", "liblayer.so", "--header", "layer.h"}) ==
        Output{0, "", ""});
  place.file("main.c", caller);
  CHECK(place.run({"cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "-o",
                   "main", "./liblayer.so"}) == Output{0, "", ""});
  CHECK(place.run({"./main"}) == Output{0, called, ""});
}

TEST_CASE("a compiled library needs libc and libm alone, and BLAS where the graph calls it") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f64[n]\noutput y = lgamma(x) + sum(exp(x))\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so"}).status == 0);
  for (const std::string& name : needed(place, "f.so"))
    CHECK((name == "libc.so.6" || name == "libm.so.6"));
  place.graph("g.tsc", "input a: f64[n, k]\ninput b: f64[k, m]\noutput c = matmul(a, b)\n");
  REQUIRE(place.tsc({"compile", "g.tsc", "-o", "g.so"}).status == 0);
  for (const std::string& name : needed(place, "g.so"))
    CHECK((name == "libc.so.6" || name == "libm.so.6" || name == "libopenblas.so.0"));
}

TEST_CASE("a compiled library is opened and called by name") {
  NEEDS_JIT();
  Place place;
  place.graph("a-b.tsc", "input x: f64[n]\noutput y = x * x\n");
  CHECK(place.tsc({"compile", "a-b.tsc", "-o", "l.so", "--cpu", "x86-64-v2"}).status == 0);
  void* library = ::dlopen((place.path / "l.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  const auto function = reinterpret_cast<int32_t (*)(int64_t, const double*, double*, const void*)>(
      ::dlsym(library, "a_b"));
  REQUIRE(function);
  CHECK(::dlsym(library, "tsc_run") == nullptr);
  const double x[] = {3, -4};
  double y[2] = {};
  CHECK(function(2, x, y, nullptr) == 0);
  CHECK(y[0] == 9);
  CHECK(y[1] == 16);
  ::dlclose(library);
}

TEST_CASE("several graphs make one library") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f32\noutput y = x + 1\n");
  place.graph("g.tsc", "input x: f32\noutput y = x + 2\n");
  CHECK(place.tsc({"compile", "f.tsc", "g.tsc", "-o", "l.so", "--header", "l.h"}).status == 0);
  const std::string header = place.read("l.h");
  CHECK(
      contains(header, "int32_t f(const float* x, float* y, const struct tsc_options* options);"));
  CHECK(
      contains(header, "int32_t g(const float* x, float* y, const struct tsc_options* options);"));
}

TEST_CASE("compiling again gives the same bytes") {
  NEEDS_JIT();
  Place place;
  place.graph("layer.tsc", layer);
  for (const char* kind : {"graph", "optimised-graph", "plan", "cpp", "wrapper", "cuda", "llvm-ir",
                           "asm", "header", "obj", "a", "lib"}) {
    INFO(kind);
    for (const char* file : {"1", "2"}) {
      const Output output = place.tsc(
          {"compile", "layer.tsc", std::string("--emit=") + kind, "-o", file, "--name", "f"});
      CHECK(output == Output{0, "", ""});
    }
    CHECK(place.read("1") == place.read("2"));
    CHECK(!place.read("1").empty());
  }
}

TEST_CASE("each stage is what it is called") {
  NEEDS_JIT();
  Place place;
  place.graph("layer.tsc", layer);
  const auto emitted = [&](const char* kind) {
    const Output output = place.tsc({"compile", "layer.tsc", "--emit", kind});
    CHECK(output.status == 0);
    CHECK(output.err.empty());
    return output.out;
  };
  CHECK(emitted("graph").starts_with("tsc 1\ninput x: f32[n, 3]\n"));
  CHECK(emitted("optimised-graph").starts_with("tsc 1\ninput x: f32[n, 3]\n"));
  CHECK(contains(emitted("cpp"), " tsc_i32 tsc_run_layer("));
  CHECK(contains(emitted("wrapper"), " tsc_i32 layer("));
  CHECK(contains(emitted("cuda"), "k0(tsc_i64 points"));
  CHECK(contains(emitted("llvm-ir"), "define"));
  CHECK(contains(emitted("asm"), "tsc_run_layer:\n"));
  CHECK(contains(emitted("header"),
                 "int32_t layer(int64_t n, const float* x, const struct layer_state* "
                 "state, float* h, float* total, const struct tsc_options* "
                 "options);"));
  CHECK(place.tsc({"compile", "layer.tsc", "--emit=obj", "-o", "-"})
            .out.starts_with("\x7F"
                             "ELF"));
  CHECK(place.tsc({"compile", "layer.tsc", "--emit=a", "-o", "-"}).out.starts_with("!<arch>\n"));
}

TEST_CASE("compile writes what the library depends on, for make and ninja") {
  NEEDS_JIT();
  Place place;
  Array::zeros(DType::F32, {2}).to_npy(place.path / "w.npy");
  place.graph("my graph.tsc",
              "input x: f32[2]\nconst c: f32[2] = @w.npy\nstate s: f32[2] = @w.npy\n"
              "output y = x + c + s\n");
  CHECK(place.tsc({"compile", "my graph.tsc", "-o", "f.so", "--depfile", "f.d"}) ==
        Output{0, "", ""});
  CHECK(place.read("f.d") == "f.so: \\\n  my\\ graph.tsc \\\n  w.npy\n");
  place.file("Makefile", "f.so:\n\t@echo made\n-include f.d\n");
  CHECK(place.run({"make", "-q"}).status == 0);
  CHECK(place.run({"touch", "-d", "tomorrow", "w.npy"}).status == 0);
  CHECK(place.run({"make"}).out == "made\n");
  CHECK(place.tsc({"compile", "my graph.tsc", "--emit=cpp", "--depfile", "f.d"}) ==
        Output{2, "",
               "tsc compile: --depfile needs -o FILE: it says what this file depends on\n"
               "Try 'tsc compile --help'.\n"});
}

TEST_CASE("a failed compilation leaves the old file, and nothing else") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "output y = x\n");
  place.file("g.so", "old");
  CHECK(place.tsc({"compile", "g.tsc", "-o", "g.so", "--header", "g.h"}).status == 1);
  CHECK(place.read("g.so") == "old");
  place.graph("g.tsc", "input x: f32\noutput y = x\n");
  CHECK(
      place.tsc({"compile", "g.tsc", "-o", "g.so", "--header", "missing/g.h"}) ==
      Output{3, "",
             "error[E0704] cannot-write: cannot write 'missing/g.h': No such file or directory\n"});
  CHECK(place.read("g.so") == "old");
  CHECK(place.files() == std::vector<std::string>{"g.so", "g.tsc"});
}
