// Bad inputs and faults, one row each: a graph file, a command, how it must end. Rows of features
// that tsc has not say so and are skipped, all in one visible line; rows that other tests hold name
// them.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <chrono>

#ifdef TSC_SANITIZED // whose frames are larger
#define SMALL_STACK "ulimit -s 1024; "
#else
#define SMALL_STACK "ulimit -s 256; "
#endif

using namespace tsc;
using namespace tsc::test;

namespace {

struct Fault {
  int number; // in the list that these come from
  const char* what;
  std::string graph;   // g.tsc, whole; the script may write other files
  std::string script;  // of the shell, with tsc on the PATH
  int status;          // its exit code
  std::string message; // stands in what it printed; "": nothing is asked
};

std::string file(const std::string& body) { return "tsc 1\n" + body; }
std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += text;
  return out;
}

// x0 -> x1 -> ...: each line made of the number of the one before.
std::string chain(int length, const std::string& step) {
  std::string body = "input x0: f32[n]\n";
  for (int i = 0; i < length; ++i) {
    std::string line = "x" + std::to_string(i + 1) + " = " + step + "\n";
    const std::string before = "x" + std::to_string(i);
    for (size_t at; (at = line.find('$')) != std::string::npos;)
      line.replace(at, 1, before);
    body += line;
  }
  return file(body + "output y = sum(x" + std::to_string(length) + ")\n");
}

const std::string good = file("input x: f32[n]\noutput y = x + 1\n");

std::vector<Fault> graph_faults() {
  return {
      {1, "an empty file", "", "tsc check g.tsc", 1, "E0101"},
      {2, "a picture", "\x89PNG\r\n\x1a\n\x01\x02", "tsc check g.tsc", 1, "E0101"},
      {3, "a newer version", "tsc 3\noutput x\n", "tsc check g.tsc", 1, "E0102"},
      {4, "cut off in a call", "tsc 1\ninput x: f32\ny = add(x,", "tsc check g.tsc", 1, "E0104"},
      {5, "broken UTF-8", file("input x\xff: f32\noutput x\n"), "tsc check g.tsc", 1, "E0105"},
      {6, "a control character", file("input x\x01: f32\noutput x\n"), "tsc check g.tsc", 1,
       "E0105"},
      {7, "a name of 10 MB", file("input " + std::string(10'000'000, 'x') + ": f32\n"),
       "tsc check g.tsc", 1, "E0406"},
      {8, "a name that runs a command",
       file(R"(input x "\"); system(\"id\"); //": f32)"
            "\noutput y = x + 1\n"),
       "tsc compile g.tsc --emit=cpp | grep -c system", 1, "0"},
      {9, "a name that includes a file",
       file(R"(input x "*/ #include </etc/passwd>": f32)"
            "\noutput y = x + 1\n"),
       "tsc compile g.tsc --emit=cpp | grep -c passwd", 1, "0"},
      {10, "a function called int", good, "tsc compile g.tsc -o g.so --name int", 1, "int_1"},
      {11, "a name twice", file("input x: f32\ninput x: f32\noutput x\n"), "tsc check g.tsc", 1,
       "E0106"},
      {12, "an unknown value", file("input hidden: f32\noutput y = hiden + 1\n"), "tsc check g.tsc",
       1, "did you mean 'hidden'?"},
      {13, "a circle", file("a = c + 1\nb = a + 1\nc = b + 1\noutput c\n"), "tsc check g.tsc", 1,
       "E0108"},
      {14, "an output that nothing gives", file("input x: f32\noutput z\n"), "tsc check g.tsc", 1,
       "E0107"},
      {15, "no output", file("input x: f32\n"), "tsc check g.tsc", 1, "E0113"},
      {16, "an unknown op", file("input x: f32\noutput y = reluu(x)\n"), "tsc check g.tsc", 1,
       "did you mean 'relu'?"},
      {17, "an unknown attribute", file("input x: f32[2]\noutput y = sum(x, axis=[0])\n"),
       "tsc check g.tsc", 1, "E0110"},
      {18, "three operands of add", file("input x: f32\noutput y = add(x, x, x)\n"),
       "tsc check g.tsc", 1, "E011"},
      {19, "an attribute of another kind", file("input x: f32[2]\noutput y = sum(x, axes=\"0\")\n"),
       "tsc check g.tsc", 1, "E011"},
      {20, "100,000 brackets", file("input x: f32\noutput y = " + std::string(100'000, '(') + "x"),
       SMALL_STACK "tsc check g.tsc", 1, "E0405"},
      {21, "a chain of 100,000 ops", chain(100'000, "sin($)"), SMALL_STACK "tsc check g.tsc", 0,
       "ok"},
      {22, "5,000 operands",
       file("input x: f32[2]\noutput y = concat([" + repeated("x, ", 4'999) + "x])\n"),
       "tsc check g.tsc", 0, "f32[10000]"},
      {23, "60 doublings, derived", chain(60, "$ + $"),
       "tsc grad g.tsc --of y --wrt x0 -o d.tsc && wc -l < d.tsc", 0, ""},
      {24, "dtype float33", file("input x: float33\noutput x\n"), "tsc check g.tsc", 1, "E02"},
      {25, "a negative size", file("input x: f32[3, -4]\noutput y = x + 1\n"), "tsc check g.tsc", 1,
       "-4"},
      {26, "2^64 items", file("input x: f32[4294967296, 4294967296]\noutput y = x + 1\n"),
       "tsc check g.tsc", 1, "E0404"},
      {27, "more items than 32 bits count",
       file("x = reshape(iota([4295032832]), [65537, 65536])\noutput y = x[65536, 65535]\n"),
       "tsc run g.tsc", 0, "4295032831"},
      {28, "a million axes",
       file("input x: f32[" + repeated("1, ", 999'999) + "1]\noutput y = x + 1\n"),
       "tsc check g.tsc", 1, "E0403"},
      {29, "axis 0 of a scalar", file("input x: f32\noutput y = sum(x, [0])\n"), "tsc check g.tsc",
       1, "E02"},
      {30, "axis -3 of two", file("input x: f32[2, 2]\noutput y = sum(x, [-3])\n"),
       "tsc check g.tsc", 1, "-2"},
      {31, "[3, 4] and [3, 5]", file("input a: f32[3, 4]\ninput b: f32[3, 5]\noutput y = a + b\n"),
       "tsc check g.tsc", 1, "g.tsc:3"},
      {32, "12 items as five rows", file("input x: f32[12]\noutput y = reshape(x, [5, -1])\n"),
       "tsc check g.tsc", 1, "E02"},
      {33, "two free sizes", file("input x: f32[12]\noutput y = reshape(x, [-1, -1])\n"),
       "tsc check g.tsc", 1, "E02"},
      {35, "a step of 0", file("input x: f32[12]\noutput y = x[::0]\n"), "tsc check g.tsc", 1,
       "step"},
      {36, "position -10 of 3", file("input x: f32[3]\ninput i: i64[1]\noutput y = gather(x, i)\n"),
       "tsc run g.tsc x=[1,2,3] i=[-10]", 1, "g.tsc:4"},
      {37, "n is 1 and 2", file("input x: f32[n]\ninput z: f32[n]\noutput y = x + z\n"),
       "tsc run g.tsc x=[1] z=[1,2]", 1, "E0503"},
      {38, "no items", file("input x: f32[n, 3]\noutput s = sum(x, [0])\noutput m = x * 2\n"),
       "tsc run g.tsc --set n=0 x=@x.npy 2>/dev/null || printf 'tsc 1\\ninput x: f32[n]\\noutput s "
       "= sum(x)\\noutput m = x * 2\\n' "
       "> e.tsc && tsc run e.tsc x=[]",
       0, "s = 0"},
      {39, "divided by no integer",
       file("input x: i32[4]\noutput q = x // 0\noutput r = x % 0\noutput m = x // -1\n"),
       "tsc run g.tsc x=[7,-7,0,-2147483648]", 0, "q = "},
      {40, "constants that are no numbers",
       file("const c: f64[5] = [nan, -inf, -0.0, 5e-324, nan(0x7ff8000000000123)]\noutput y = c\n"),
       "tsc run g.tsc && tsc compile g.tsc --emit=graph | grep -o 'nan(0x7ff8000000000123)'", 0,
       "nan(0x7ff8000000000123)"},
  };
}

std::vector<Fault> data_faults() {
  const std::string constant = file("const w: f32[2] = @w.npy\noutput y = w + 1\n");
  return {
      {41, "data of another size", constant,
       "printf 'tsc 1\\ninput x: f32[3]\\noutput w = x\\n' > m.tsc; tsc run m.tsc x=[1,2,3] -o "
       "w=w.npy; tsc check g.tsc",
       1, "E0302"},
      {42, "data elsewhere", file("const w: f32[2] = @../w.npy\noutput w\n"), "tsc check g.tsc", 1,
       "E03"},
      {43, "a link", constant, "touch v.npy; ln -s v.npy w.npy; tsc check g.tsc", 1, "E03"},
      {43, "a directory", constant, "mkdir w.npy; tsc check g.tsc", 1, "w.npy"},
      {43, "a pipe that nobody writes", constant, "mkfifo w.npy; tsc check g.tsc", 1, "w.npy"},
      {45, "no file", constant, "tsc check g.tsc", 3, "E0703"},
      {50, "a compile that takes long", chain(3'000, "sin($) * 0.5 + exp($)"),
       "tsc compile g.tsc -o g.so --time-limit 1s; code=$?; ls g.so 2>/dev/null; exit $code", 6,
       "E0408"},
      {50, "a compile that takes much memory", chain(3'000, "sin($) * 0.5 + exp($)"),
       "tsc compile g.tsc -o g.so --mem-limit 100M", 6, "E0409"},
      {53, "an unknown CPU", good, "tsc compile g.tsc -o g.so --cpu potato", 4, "E0702"},
  };
}

std::vector<Fault> cache_faults() {
  const char* prints = "y = [2. 3.]";
  return {
      {59, "a cache that is a file", good, "touch c; TSC_CACHE_DIR=$PWD/c tsc run g.tsc x=[1,2]", 0,
       prints},
      {59, "a cache below a file", good, "touch c; TSC_CACHE_DIR=$PWD/c/d tsc run g.tsc x=[1,2]", 0,
       "cache"},
      {60, "a cache that all may write", good,
       "mkdir c; chmod 777 c; TSC_CACHE_DIR=$PWD/c tsc run g.tsc x=[1,2]", 0, "cache"},
      {60, "a cache that is a link", good,
       "mkdir c; ln -s c d; TSC_CACHE_DIR=$PWD/d tsc run g.tsc x=[1,2]", 0, prints},
      {61, "entries cut in half", good,
       "export TSC_CACHE_DIR=$PWD/c; tsc run g.tsc x=[1,2]; for f in c/v2/*/*.tsce; do truncate "
       "-s 1000 $f; done; tsc run g.tsc x=[1,2]",
       0, prints},
      {65, "a cache removed meanwhile", good,
       "export TSC_CACHE_DIR=$PWD/c; tsc run g.tsc x=[1,2]; (while [ ! -e stop ]; do tsc-cache "
       "clear; done) >/dev/null 2>&1 & "
       "for i in 1 2 3 4 5; do tsc run g.tsc x=[1,2] || break; done; touch stop; wait",
       0, prints},
      {66, "a clock set back", good,
       "export TSC_CACHE_DIR=$PWD/c; tsc run g.tsc x=[1,2]; find c -exec touch -d 2090-01-01 {} +; "
       "tsc run g.tsc x=[1,2]",
       0, prints},
      {67, "no home", good, "unset TSC_CACHE_DIR HOME XDG_CACHE_HOME; tsc run g.tsc x=[1,2]", 0,
       prints},
      {67, "a relative cache home", good,
       "unset TSC_CACHE_DIR; HOME=$PWD XDG_CACHE_HOME=rel tsc run g.tsc x=[1,2]; ls rel", 2,
       prints},
      {67, "an odd path", good,
       R"sh(TSC_CACHE_DIR="$PWD/a 'b' $(printf '\377\n;')" tsc run g.tsc x=[1,2])sh", 0, prints},
      {67, "a long path", good, "TSC_CACHE_DIR=$PWD/$(printf '%04000d' 0) tsc run g.tsc x=[1,2]", 0,
       prints},
      {68, "nobody reads", chain(2'000, "sin($)"), "{ tsc show g.tsc; echo $? >&2; } | head -1", 0,
       "tsc 1"},
  };
}

#if TSC_CUDA
// The driver is the tests' own where one is needed: it says what it is asked, and computes nothing.
std::vector<Fault> device_faults() {
  const char* opened = "TSC_CUDA_DRIVER=" TSC_FAKE_CUDA " tsc run g.tsc x=[1] --device cuda:0";
  return {
      {52, "no driver", good, "TSC_CUDA_DRIVER=none.so tsc run g.tsc x=[1] --device cuda:0", 4,
       "E0509"},
      {52, "no driver, and what is there", good, "TSC_CUDA_DRIVER=none.so tsc doctor", 0,
       "the CUDA driver 'none.so' cannot be opened"},
      {52, "a driver that is too old", good,
       "TSC_CUDA_DRIVER=libm.so.6 tsc run g.tsc x=[1] --device cuda:0", 4, "is too old: it lacks"},
      {52, "a file that is no driver", good,
       "TSC_CUDA_DRIVER=$PWD/g.tsc tsc run g.tsc x=[1] --device cuda:0", 4, "E0509"},
      {52, "a device too many", good,
       "TSC_CUDA_DRIVER=" TSC_FAKE_CUDA " tsc run g.tsc x=[1] --device cuda:1", 4,
       "the last one is cuda:0"},
      {52, "no compiler for GPUs", good, std::string("TSC_NVRTC=none.so ") + opened, 4, "NVRTC"},
  };
}
#endif

// Number: why it is not tried here.
const std::vector<std::pair<const char*, const char*>> elsewhere = {
    {"44", "the format has no offsets into files"},
    {"46", "tests/unit/test_npy.cpp, tests/fuzz/test_fuzz_bytes.cpp"},
    {"51", "tests/e2e/test_cli_faults.cpp"},
    {"54", "tests/e2e/test_library.cpp and test_cli_errors.cpp"},
    {"55, 56", "tests/unit/test_cuda_driver.cpp"},
    {"58", "tests/e2e/test_packages.cpp"},
    {"62, 63, 64", "tests/unit/test_cache*.cpp"},
};
const std::vector<std::pair<const char*, const char*>> not_yet = {
    {"34", "convolutions"},
    {"47, 48, 49", "an importer of ONNX"},
};

Output tried(const Fault& fault) {
  Place place;
  place.file("g.tsc", fault.graph);
  return place.run(
      {"sh", "-c", "PATH='" + std::string(TSC_BINARY_DIR) + "':$PATH\nexec 2>&1\n" + fault.script});
}

void check_all(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    const auto start = std::chrono::steady_clock::now();
    const Output output = tried(fault);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    INFO(fault.number << ", " << fault.what << ": " << fault.script << "\n"
                      << output.status << "\n"
                      << output.out.substr(0, 2'000));
    CHECK(output.status == fault.status);
    CHECK(contains(output.out, fault.message));
    CHECK(output.out.size() < 20'000);
    CHECK(!contains(output.out, "internal error"));
    CHECK(seconds < 60);
  }
}

} // namespace

TEST_CASE("bad graph files end in an error that helps") {
  NEEDS_JIT(); // a few run
  check_all(graph_faults());
}

TEST_CASE("bad data and limits end in an error that helps") {
  NEEDS_JIT();
  check_all(data_faults());
}

TEST_CASE("a bad cache directory stops nothing") {
  NEEDS_JIT();
  check_all(cache_faults());
}

#if TSC_CUDA
TEST_CASE("missing devices and their drivers and compilers end in an error that helps") {
  NEEDS_JIT();
  check_all(device_faults());
}
#endif

TEST_CASE("faults of features that are not there yet") {
  for (const auto& [numbers, where] : elsewhere)
    for (size_t at = 0; (at = std::string_view(where).find("tests/", at)) != std::string_view::npos;
         ++at) {
      const std::string_view rest = std::string_view(where).substr(at);
      const std::string name(rest.substr(0, rest.find_first_of(", *")));
      if (name.ends_with(".cpp")) CHECK(fs::exists(fs::path(TSC_SOURCE_DIR) / name));
    }
  std::string missing;
  for (const auto& [numbers, feature] : not_yet)
    missing += std::string(missing.empty() ? "" : "; ") + numbers + " (" + feature + ")";
  WARN("skipped: " << missing);
}
