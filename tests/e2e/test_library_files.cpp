// What tsc compile writes, as files: sections, archives, determinism, and tsc describe.
#include "tests/e2e/library.h"
#include "tests/jit.h"

#include <nlohmann/json.hpp>

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string scale = "input x: f32[n]\nstate k: f32 = 3\noutput y = k * x\n";

void compile_scale(Place& place, const std::string& file, std::vector<std::string> more = {}) {
  place.graph("scale.tsc", scale);
  std::vector<std::string> command = {"compile", "scale.tsc", "-o", file, "--cpu", "x86-64-v2"};
  command.insert(command.end(), more.begin(), more.end());
  REQUIRE(place.tsc(command) == Output{0, "", ""});
}

const char* const described = "library scale, abi 1, made by tsc " TSC_VERSION "\n"
                              "  for x86_64-unknown-linux-gnu x86-64-v2\n"
                              "  needs cx16 popcnt sse3 sse4.1 sse4.2 ssse3 sahf\n"
                              "scale(n)\n"
                              "  input x: f32[n]\n"
                              "  state k: f32\n"
                              "  result y: f32[n]\n"
                              "  workspace 0 bytes\n";

} // namespace

TEST_CASE("a library has no constructors and no variables of its own") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc",
              "input x: f64[n, n]\nstate s: i64\nupdate s = s + 1\n"
              "const i: i64[2] = [0, 1]\noutput y = matmul(x, exp(x))\noutput z = take(x, i)\n");
  place.graph("g.tsc", "input x: f32[9]\noutput y = softmax(x)\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "g.tsc", "-o", "l.so"}) == Output{0, "", ""});
  const std::string sections = place.run({"readelf", "-SW", "l.so"}).out;
  for (const char* absent :
       {" .init_array", " .ctors", " .init ", " .data ", " .bss", " .tdata", " .tbss", " .got "})
    CHECK_FALSE(contains(sections, absent));
  CHECK(contains(sections, " .note.gnu.build-id"));
  CHECK(contains(sections, " .tsc.meta"));
  const std::string segments = place.run({"readelf", "-lW", "l.so"}).out;
  CHECK(contains(segments, "GNU_RELRO"));
  CHECK_FALSE(contains(segments, "RWE"));
  CHECK_FALSE(contains(segments, "TLS"));
  CHECK_FALSE(contains(place.run({"readelf", "-dW", "l.so"}).out, "TEXTREL"));
  CHECK(contains(place.run({"readelf", "-dW", "l.so"}).out, "BIND_NOW"));
}

TEST_CASE("a shared library has a soname when it is given one") {
  NEEDS_JIT();
  Place place;
  compile_scale(place, "l.so");
  CHECK_FALSE(contains(place.run({"readelf", "-dW", "l.so"}).out, "SONAME"));
  compile_scale(place, "l.so", {"--soname", "libscale.so.1"});
  CHECK(contains(place.run({"readelf", "-dW", "l.so"}).out, "soname: [libscale.so.1]"));
  CHECK(place.tsc({"compile", "scale.tsc", "-o", "l.so", "--soname", "a/b"}).status == 2);
  CHECK(place.tsc({"compile", "scale.tsc", "-o", "l.a", "--emit=a", "--soname", "a"}).status == 2);
}

TEST_CASE("archives of several compilations make one program") {
  NEEDS_JIT();
  Place place;
  compile_scale(place, "libscale.a", {"--emit=a", "--header", "scale.h"});
  place.graph("norm.tsc", "input x: f32[2]\noutput y = x / sum(x)\n");
  for (const char* kind : {"--emit=a", "--emit=obj"}) {
    INFO(kind);
    REQUIRE(place.tsc({"compile", "norm.tsc", kind, "-o", "norm.bin", "--header", "norm.h"}) ==
            Output{0, "", ""});
    place.file("main.c", "#include \"norm.h\"\n#include \"scale.h\"\n#include <stdio.h>\n"
                         "int main(void) {\n"
                         "  float x[2] = {1, 3}, y[2], k;\n"
                         "  const struct scale_state state = {&k};\n"
                         "  scale_initial_state(&state);\n"
                         "  if (norm_workspace() != norm_WORKSPACE) return 2;\n"
                         "  if (norm(x, y, NULL) || scale(2, y, &state, x, NULL)) return 1;\n"
                         "  printf(\"%g %g\\n\", x[0], x[1]);\n"
                         "  return !tsc_query_scale(1) || !tsc_query_norm(TSC_LIBRARY_ABI);\n"
                         "}\n");
    CHECK(place.run({"cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "-o",
                     "main", "norm.bin", "libscale.a", "-lm"}) == Output{0, "", ""});
    CHECK(place.run({"./main"}) == Output{0, "0.75 2.25\n", ""});
  }
  const std::string symbols = place.run({"nm", "-g", "--defined-only", "libscale.a"}).out;
  CHECK(contains(symbols, " T scale\n"));
  CHECK(contains(symbols, " W tsc_query\n"));
  CHECK_FALSE(contains(symbols, "k0")); // kernels are the object's own
}

TEST_CASE("functions whose names clash make no library") {
  NEEDS_JIT();
  Place place;
  for (const char* file : {"f.tsc", "f_dl.tsc"})
    place.graph(file, "input x: f32\noutput y = x\n");
  CHECK(place.tsc({"compile", "f.tsc", "f_dl.tsc", "-o", "l.so"}) ==
        Output{1, "",
               "error[E0106] duplicate-name: two functions of the library are named 'f_dl'\n"
               "  hint: give one of the graphs another file name\n"});
}

TEST_CASE("the same graph gives the same bytes, wherever it is compiled") {
  NEEDS_JIT();
  Place here, there;
  for (const char* setting :
       {"HOME=/nowhere", "TMPDIR=/nowhere", "LC_ALL=tr_TR.UTF-8", "TZ=Asia/Tokyo", "COLUMNS=7"})
    there.set(setting);
  const std::string body = scale + "state w: f32[40] = 0.5\noutput z = matmul(w, w) + sum(x)\n"
                                   "update w = w * 2\nrequire n <= 7\n";
  for (const char* kind : {"lib", "obj", "a", "header", "wrapper", "llvm-ir"}) {
    for (Place* place : {&here, &there}) {
      place->graph("scale.tsc", body);
      REQUIRE(place->tsc({"compile", place == &here ? "scale.tsc" : "./scale.tsc",
                          std::string("--emit=") + kind, "-o", "made"}) == Output{0, "", ""});
    }
    INFO(kind);
    CHECK(here.read("made") == there.read("made"));
    CHECK_FALSE(contains(here.read("made"), here.path.string()));
  }
  // A path in front of the file's name is no part of the library either.
  REQUIRE(here.tsc({"compile", (here.path / "scale.tsc").string(), "-o", "made"}).status == 0);
  REQUIRE(there.tsc({"compile", "scale.tsc", "-o", "made"}).status == 0);
  CHECK(here.read("made") == there.read("made"));
}

TEST_CASE("describe reads libraries, objects, archives and graphs") {
  NEEDS_JIT();
  Place place;
  compile_scale(place, "scale.so");
  compile_scale(place, "scale.o", {"--emit=obj"});
  compile_scale(place, "scale.a", {"--emit=a"});
  for (const char* file : {"scale.so", "scale.o", "scale.a"}) {
    INFO(file);
    CHECK(place.tsc({"describe", file}) == Output{0, described, ""});
  }
  CHECK(place.tsc({"describe", "scale.tsc"}) ==
        Output{0,
               "library scale, abi 1, made by tsc " TSC_VERSION "\n"
               "scale(n)\n"
               "  input x: f32[n]\n"
               "  state k: f32\n"
               "  result y: f32[n]\n"
               "  workspace 0 bytes\n",
               ""});
  const Output json = place.tsc({"describe", "scale.so", "--json"});
  const auto library = nlohmann::json::parse(json.out);
  CHECK(library.at("target").at("cpu") == "x86-64-v2");
  CHECK(library.at("functions").at(0).at("sizes") == nlohmann::json::array({"n"}));
  CHECK(library.at("functions").at(0).at("graph").get<std::string>().size() == 64);
  const OpenLibrary open(place.path / "scale.so");
  CHECK(open.query()->metadata + std::string("\n") == json.out);

  // What other linkers make of several objects describes all of them.
  place.graph("g.tsc", "input x: f32\noutput y = x\n");
  REQUIRE(place.tsc({"compile", "g.tsc", "--emit=a", "-o", "g.a"}).status == 0);
  REQUIRE(place.run({"cc", "-shared", "-o", "both.so", "-Wl,--whole-archive", "scale.a", "g.a",
                     "-Wl,--no-whole-archive"}) == Output{0, "", ""});
  const Output both = place.tsc({"describe", "both.so"});
  CHECK(contains(both.out, described));
  CHECK(contains(both.out, "library g, abi 1, made by tsc " TSC_VERSION "\n"));
}

TEST_CASE("describe refuses what is no library, and what is damaged") {
  NEEDS_JIT();
  Place place;
  compile_scale(place, "scale.so");
  compile_scale(place, "scale.a", {"--emit=a"});
  place.file("empty.o", "\x7f"
                        "ELF");
  CHECK(place.tsc({"describe", "empty.o"}) ==
        Output{1, "",
               "error[E0708] bad-library: 'empty.o' cannot be described: the file is cut short\n"});
  place.file("main.c", "int f(void) { return 1; }\n");
  REQUIRE(place.run({"cc", "-c", "main.c", "-o", "other.o"}).status == 0);
  CHECK(place.tsc({"describe", "other.o"}) ==
        Output{1, "",
               "error[E0708] bad-library: 'other.o' cannot be described: it has no description: "
               "tsc did not make it\n"});
  CHECK(place.tsc({"describe", "missing.so"}).status == 3);

  // A description that somebody changed: it must be refused, or at least not reach the terminal.
  const std::string whole = place.read("scale.so");
  const auto changed = [&](const std::string& from, std::string to) {
    to.resize(from.size(), ' ');
    std::string bytes = whole;
    bytes.replace(bytes.find(from), from.size(), to);
    place.file("changed", bytes);
    return place.tsc({"describe", "changed"});
  };
  const Output refused = {1, "",
                          "error[E0708] bad-library: 'changed' cannot be described: its "
                          "description is damaged\n"};
  CHECK(changed("{\"library\":", "[[[[[[[[[") == refused);
  CHECK(changed("{\"library\":", "{\"librarx\":") == refused);
  CHECK(changed("\"abi\":1", "\"abi\":{") == refused);
  CHECK(changed("\"name\":\"x\"", "\"name\":7") == refused);
  const Output escaped = changed("x86_64-unknown-linux-gnu", "\\u001b[31m\\u202e");
  CHECK(escaped.status == 0);
  CHECK_FALSE(contains(escaped.out, "\x1b"));
  CHECK_FALSE(contains(escaped.out, "\xe2\x80\xae"));

  const std::string words = "error[E0708] bad-library: 'cut' cannot be described: ";
  for (const char* file : {"scale.so", "scale.a"}) {
    const std::string all = place.read(file);
    for (size_t part = 1; part <= 8; ++part) { // cut anywhere
      place.file("cut", all.substr(0, all.size() * part / 9));
      const Output output = place.tsc({"describe", "cut"});
      INFO(file << " " << part << " " << output);
      CHECK(output.status == 1);
      CHECK((output.out.empty() && output.err.starts_with(words)));
    }
  }
}
