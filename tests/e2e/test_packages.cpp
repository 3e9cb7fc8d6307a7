// The installed tree as others use it: moved to another folder, found by CMake and pkg-config,
// linked by a plain compiler, loaded at run time beside another LLVM; and the Debian package.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <fmt/format.h>

using namespace tsc;
using namespace tsc::test;

namespace {

const fs::path packages = fs::path(TSC_SOURCE_DIR) / "tests" / "packages";

#ifdef TSC_SANITIZED
#define NEEDS_PLAIN_BUILD()                                                                        \
  WARN("skipped: a library with sanitizers is not for installing");                                \
  return
#else
#define NEEDS_PLAIN_BUILD() NEEDS_JIT()
#endif

// What `cmake --install` writes, moved away from where it was put; made once, for it is the same to
// all.
const fs::path& installed() {
  static Scratch scratch;
  static const fs::path tree = [] {
    Place place;
    const fs::path first = scratch.path / "first", moved = scratch.path / "moved tree";
    const Output output =
        place.run({"cmake", "--install", TSC_BINARY_DIR, "--prefix", first.string()});
    INFO(output);
    REQUIRE(output.status == 0);
    fs::rename(first, moved);
    return moved;
  }();
  return tree;
}

std::string tool() { return (installed() / "bin" / TSC_TOOL_NAME).string(); }

// Runs what must succeed and gives what it printed.
std::string must(Place& place, std::vector<std::string> command) {
  const Output output = place.run(std::move(command));
  INFO(output);
  REQUIRE(output.status == 0);
  return output.out;
}

std::string shell(Place& place, const std::string& script) {
  return must(place, {"sh", "-ec", script});
}

constexpr const char* program_prints = "77.753\ncaught\n"; // e + 2 e^2 + 3 e^3
constexpr const char* logistic_prints = "0.5 0.731059 0.268941 0.119203\n";

} // namespace

TEST_CASE("a CMake project finds an installed tsc and compiles graphs with it") {
  NEEDS_PLAIN_BUILD();
  Place place;
  fs::copy(packages / "consumer", place.path, fs::copy_options::recursive);
  fs::copy(fs::path(TSC_SOURCE_DIR) / "examples" / "logistic.tsc", place.path);
  place.set("CMAKE_PREFIX_PATH=" + installed().string());
  must(place, {"cmake", "-G", "Ninja", "-S", ".", "-B", "build"});
  must(place, {"cmake", "--build", "build"});
  CHECK(must(place, {"build/program"}) == program_prints);
  CHECK(must(place, {"build/caller"}) == logistic_prints);
  CHECK(must(place, {"build/static_caller"}) == logistic_prints);
  CHECK(must(place, {"build/portable_caller"}) == logistic_prints);
  CHECK(place.exists("build/portable-x86-64-v3.tsc/libportable.so"));

  SECTION("and again when a graph changes") {
    CHECK(contains(must(place, {"cmake", "--build", "build"}), "no work to do"));
    place.graph("logistic.tsc", "input x: f64[m, n]\noutput s = x + 1\n");
    must(place, {"cmake", "--build", "build"});
    CHECK(must(place, {"build/caller"}) == "1 2 0 -1\n");
  }
}

TEST_CASE("pkg-config tells a compiler where an installed tsc is") {
  NEEDS_PLAIN_BUILD();
  Place place;
  place.set("PKG_CONFIG_PATH=" + (installed() / "lib" / "pkgconfig").string());
  place.set("LD_LIBRARY_PATH=" + (installed() / "lib").string());
  const std::string source = (packages / "consumer" / "program.cpp").string();
  CHECK(shell(place, "eval \"c++ -std=c++20 -o program '" + source +
                         "' $(pkg-config --cflags --libs tsc)\"\n./program") == program_prints);
}

TEST_CASE("a C compiler needs nothing but what tsc wrote") {
  NEEDS_PLAIN_BUILD();
  Place place;
  fs::copy(packages / "consumer" / "caller.c", place.path);
  fs::copy(fs::path(TSC_SOURCE_DIR) / "examples" / "logistic.tsc", place.path);
  must(place,
       {tool(), "compile", "logistic.tsc", "-o", "liblogistic.so", "--header", "logistic.h"});
  CHECK(
      shell(place, "cc -DHEADER='\"logistic.h\"' caller.c -o caller ./liblogistic.so\n./caller") ==
      logistic_prints);
}

TEST_CASE("tsc and another LLVM live in one process, whoever comes first") {
  NEEDS_PLAIN_BUILD();
  Place place;
  std::string other;
  for (const char* version : {"14", "15", "16", "17", "18", "19", "20", "21"})
    if (const fs::path path =
            fs::path("/usr/lib/x86_64-linux-gnu") / fmt::format("libLLVM-{}.so.1", version);
        fs::exists(path))
      other = path.string();
  if (other.empty()) {
    WARN("skipped: there is no other LLVM here (apt-get install libllvm15)");
    return;
  }
  const std::string lib = (installed() / "lib").string();
  const std::string source = (packages / "consumer" / "program.cpp").string();
  shell(place, "c++ -std=c++20 -shared -fPIC -o plugin.so '" + source + "' -I '" +
                   (installed() / "include").string() + "' -L '" + lib + "' -ltsc -Wl,-rpath,'" +
                   lib + "'\ncc -o host '" + (packages / "host.c").string() + "'");
  CHECK(must(place, {"./host", other, "./plugin.so"}) == program_prints);
  CHECK(must(place, {"./host", "./plugin.so", other}) == program_prints);
}

TEST_CASE("manuals and completions are installed where man and the shells look for them") {
  NEEDS_PLAIN_BUILD();
  Place place;
  for (const std::string& program :
       {std::string(TSC_TOOL_NAME), std::string(TSC_TOOL_NAME "-cache")}) {
    const fs::path share = installed() / "share";
    const auto writes = [&](std::vector<std::string> words) {
      return place.program(program, words).out;
    };
    CHECK(read_file(share / "man/man1" / (program + ".1")) == writes({"manual"}));
    CHECK(read_file(share / "bash-completion/completions" / program) ==
          writes({"completions", "bash"}));
    CHECK(read_file(share / "zsh/site-functions" / ("_" + program)) ==
          writes({"completions", "zsh"}));
    CHECK(read_file(share / "fish/vendor_completions.d" / (program + ".fish")) ==
          writes({"completions", "fish"}));
  }
}

TEST_CASE("a build may name the programs otherwise") {
  NEEDS_PLAIN_BUILD();
  Place place;
  must(place, {"cmake", "-G", "Ninja", "-S", TSC_SOURCE_DIR, "-B", "build",
               "-DTSC_TOOL_NAME=tensorc", "-DTSC_TESTS=OFF"});
  const std::string rules = place.read("build/build.ninja");
  for (const char* part :
       {"build tensorc: CXX_EXECUTABLE_LINKER", "build tensorc-cache: CXX_EXECUTABLE_LINKER",
        " -DTSC_TOOL_NAME=\\\"tensorc\\\"\n"}) {
    INFO(part);
    CHECK(contains(rules, part));
  }
}

TEST_CASE("the library shows the names of the public headers alone") {
  NEEDS_PLAIN_BUILD();
  Place place;
  const std::string names =
      must(place, {"nm", "-DC", "--defined-only", (installed() / "lib" / "libtsc.so").string()});
  int shown = 0;
  std::istringstream lines(names);
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.size() > 19);
    const char kind = line[17]; // a capital, or one of these, is seen from outside
    if (std::string_view("uvw").find(kind) == std::string_view::npos && kind >= 'a') continue;
    ++shown;
    const std::string name = line.substr(19);
    INFO(name);
    const bool ours = name.starts_with("tsc::") || contains(name, " for tsc::");
    CHECK(ours);
  }
  CHECK(shown > 100);
  CHECK(shown < 2000);
}

TEST_CASE("the Debian package has the programs, the library and what it depends on") {
  NEEDS_PLAIN_BUILD();
  if (!Place().has("dpkg-shlibdeps") || !Place().has("file")) {
    WARN("skipped: making packages needs dpkg-dev and file");
    return;
  }
  Place place;
  must(place, {"cpack", "--config", (fs::path(TSC_BINARY_DIR) / "CPackConfig.cmake").string(), "-G",
               "DEB"});
  const std::string file = shell(place, "ls *.deb");
  const std::string package = file.substr(0, file.find('\n'));
  const std::string content = must(place, {"dpkg-deb", "--contents", package});
  for (const char* part :
       {"./usr/bin/" TSC_TOOL_NAME "\n", "./usr/bin/" TSC_TOOL_NAME "-cache\n",
        "./usr/include/tsc/tsc.h\n", "./usr/share/man/man1/" TSC_TOOL_NAME "-cache.1\n",
        "/libtsc.so -> ", "/libtsc-clang.so." TSC_VERSION "\n", "/tscConfig.cmake\n"}) {
    INFO(part);
    CHECK(contains(content, part));
  }
  const std::string depends = must(place, {"dpkg-deb", "--field", package, "Depends"});
  CHECK(contains(depends, "libllvm22"));
  CHECK(contains(depends, "libc6"));
#ifdef TSC_BLAS
  CHECK(contains(depends, "libopenblas0"));
#endif
}
