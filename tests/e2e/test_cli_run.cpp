// tsc run: values in, values out, states, the cache.
#include "support/npy.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string logistic = (fs::path(TSC_SOURCE_DIR) / "examples/logistic.tsc").string();

const std::string regression = "input x: f32[n, 2]\n"
                               "input y: f32[n]\n"
                               "state w: f32[2] = [0.5, -0.5]\n"
                               "state b: f32\n"
                               "error = matmul(x, w) + b - y\n"
                               "loss = mean(error * error)\n"
                               "output loss\n";

// The numbers behind "loss = ".
double loss_of(const Output& output) {
  INFO(output);
  REQUIRE(output.out.starts_with("loss = "));
  return std::stod(output.out.substr(7));
}

} // namespace

// Folding them whole would give a constant that the user's graph lacks, and so nobody to hand it
// over.
TEST_CASE("what is computed from constants alone is right for constants of any size") {
  NEEDS_JIT();
  for (const int n : {16'000, 17'000, 300'000}) { // 64 KiB, as much as a program holds, is between
    std::string numbers;
    for (int i = 0; i < n; ++i)
      numbers += std::to_string(i % 97 * (i % 97)) + (i + 1 < n ? "," : "");
    const std::string size = std::to_string(n);
    Place place;
    place.graph("g.tsc", "input x: f32[" + size + "]\nconst c: f32[" + size + "] = [" + numbers +
                             "]\noutput y = sum(x + sqrt(c))\n");
    const Output output = place.tsc({"verify", "g.tsc"});
    INFO(output);
    CHECK(output.status == 0);
  }
}

TEST_CASE("tsc run prints what Theano's first tutorial prints") {
  NEEDS_JIT();
  Place place;
  const Output expected = {0, "s = [[0.5 0.73105858] [0.26894142 0.11920292]]\n", ""};
  CHECK(place.tsc({"run", logistic, "x=[[0,1],[-1,-2]]"}) == expected);
  CHECK(place.tsc({"run", "--interpret", logistic, "x=[[0, 1], [-1, -2]]"}) == expected);
  CHECK(place.tsc({"run", logistic, "--cpu", "x86-64-v2", "x=[[0,1],[-1,-2]]"}) == expected);
}

TEST_CASE("tsc run prints several outputs by name, and all digits on request") {
  NEEDS_JIT();
  Place place;
  place.graph("h.tsc", "input x: f32[n]\ninput i: i32\ninput b: bool\n"
                       "output third = x / 3\noutput j = i * 2\noutput \"not b\" = ~b\n");
  const std::vector<std::string> arguments = {"x=[1 nan -inf]", "i=-4", "b=true"};
  std::vector<std::string> line = {"run", "h.tsc"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  CHECK(place.tsc(line) == Output{0, "third = [0.33333334 nan -inf]\nj = -8\nnot b = false\n", ""});
  line.push_back("--exact");
  CHECK(place.tsc(line) == Output{0, "third = [0.33333334 nan -inf]\nj = -8\nnot b = false\n", ""});
}

TEST_CASE("tsc run reads and writes .npy files") {
  NEEDS_JIT();
  Place place;
  const float numbers[] = {0, 1, -1, -2};
  const int64_t shape[] = {4};
  write_npy(place.path / "x.npy",
            {DType::F32, shape, {reinterpret_cast<const char*>(numbers), sizeof numbers}});
  place.graph("g.tsc", "input x: f32[n]\ninput k: f32\noutput y = x * k\noutput z = x + k\n");
  CHECK(place.tsc({"run", "g.tsc", "x=@x.npy", "-o", "y=y.npy", "k=2"}) ==
        Output{0, "z = [2. 3. 1. 0.]\n", ""});
  const NpyArray y = read_npy(place.path / "y.npy");
  CHECK(y.dtype == DType::F32);
  CHECK(y.shape == std::vector<int64_t>{4});
  CHECK(reinterpret_cast<const float*>(y.bytes.data())[3] == -4);
  place.graph("one.tsc", "input x: f32[n]\noutput y = -x\n");
  CHECK(place.tsc({"run", "one.tsc", "x=@x.npy", "-o", "only.npy"}) == Output{0, "", ""});
  CHECK(place.files() ==
        std::vector<std::string>{"g.tsc", "one.tsc", "only.npy", "x.npy", "y.npy"});
}

TEST_CASE("tsc run trains in a loop of processes, and the second finds the program in the cache") {
  NEEDS_JIT();
  Place place;
  place.graph("train.tsc", regression + "update w = w - 0.01 * 2 * matmul(error, x) / 3\n"
                                        "update b = b - 0.01 * 2 * mean(error)\n");
  const std::vector<std::string> command = {"run",          "train.tsc",    "x=[[1,2],[3,4],[5,7]]",
                                            "y=[1,2,3]",    "--load-state", "state",
                                            "--save-state", "state"};
  const Output first = place.tsc(command);
  CHECK(first.err == "note: no state in 'state' yet: starting with the graph's initial values\n");
  double loss = loss_of(first);
  for (int i = 0; i < 5; ++i) {
    const Output next = place.tsc(command);
    CHECK(next.err.empty());
    CHECK(loss_of(next) < loss);
    loss = loss_of(next);
  }
  const std::string stats = place.cache_stats();
  CHECK(stats.starts_with("{\"hits\":5,\"misses\":1,\"entries\":1,"));
  CHECK(read_npy(place.path / "state/w.npy").shape == std::vector<int64_t>{2});
  CHECK(read_npy(place.path / "state/b.npy").shape.empty());
  CHECK(place
            .tsc({"run", "train.tsc", "x=[[1,2],[3,4],[5,7]]", "y=[1,2,3]", "--load-state", "state",
                  "--interpret", "--no-cache"})
            .status == 0);
  CHECK(place.cache_stats() == stats);
}

TEST_CASE("a program from the cache names the lines of the graph at hand, built in any order") {
  NEEDS_JIT();
  const std::string inputs = "input x: f32[n]\ninput i: i64[m]\ninput j: i64[k]\n";
  Place place;
  place.graph("one.tsc", inputs + "a = gather(x, i, axis=0)\nb = gather(x, j, axis=0)\n"
                                  "require m <= n\nrequire k <= m\noutput y = a - b\n");
  place.graph("other.tsc", inputs + "require k <= m\nrequire m <= n\n\n"
                                    "b = gather(x, j, axis=0)\na = gather(x, i, axis=0)\n"
                                    "output y = a - b\n");
  const auto error = [&](const char* graph, const char* x, const char* i, const char* j) {
    return place.tsc({"run", graph, x, i, j}).err;
  };
  const std::string index =
      "error[E0504] index-range: gather: index 7 is out of range for axis 0, which has 3 items\n";
  CHECK(error("one.tsc", "x=[1,2,3]", "i=[0,7]", "j=[0,1]") == index + "  --> one.tsc:5:5\n");
  CHECK(error("other.tsc", "x=[1,2,3]", "i=[0,7]", "j=[0,1]") == index + "  --> other.tsc:9:5\n");
  CHECK(error("other.tsc", "x=[1,2,3]", "i=[0,1]", "j=[0,7]") == index + "  --> other.tsc:8:5\n");
  CHECK(error("other.tsc", "x=[1]", "i=[0,0]", "j=[0,0]") ==
        "error[E0503] argument-shape: required: m <= n does not hold: 2 and 1\n"
        "  --> other.tsc:6:11\n  given  x f32[1], i i64[2], j i64[2]\n");
  CHECK(place.cache_stats().starts_with("{\"hits\":3,\"misses\":1,"));
}

TEST_CASE("states have the names of their files escaped") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "state s \"../a b\": i64 = 3\nupdate s = s + 1\noutput s\n");
  CHECK(place.tsc({"run", "g.tsc", "--save-state", "d"}) == Output{0, "s = 3\n", ""});
  CHECK(place.exists("d/%2E%2E%2Fa%20b.npy"));
  CHECK(place.tsc({"run", "g.tsc", "--load-state", "d"}) == Output{0, "s = 4\n", ""});
}

TEST_CASE("a cache that cannot be used is a warning, once") {
  NEEDS_JIT();
  Place place;
  place.file("file", "");
  place.cache_in((place.path / "file").string());
  const Output output = place.tsc({"run", logistic, "x=[[0]]"});
  CHECK(output.status == 0);
  CHECK(output.out == "s = [[0.5]]\n");
  CHECK(output.err == "warning[E0601]: the kernel cache is not used: '" +
                          (place.path / "file").string() +
                          "' is no directory, or a symbolic link to one; a cache directory must be "
                          "one itself\n");
  CHECK(place.tsc({"run", "--no-cache", logistic, "x=[[0]]"}) == Output{0, "s = [[0.5]]\n", ""});
}

TEST_CASE("names of inputs may be anything, and reach no source") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x \"*/ int main(){} \\\"/etc/passwd\\\" =\": f32\n"
                       "input y \"a=b\": f32\noutput \"x;y\" = x + y\n");
  CHECK(place.tsc({"run", "g.tsc", "*/ int main(){} \"/etc/passwd\" ==1", "a=b=2"}) ==
        Output{0, "x;y = 3.0\n", ""});
  for (const char* kind : {"cpp", "cuda", "llvm-ir", "asm", "header"}) {
    const Output output = place.tsc({"compile", "g.tsc", "--emit", kind});
    CHECK(output.status == 0);
    for (const char* text : {"int main", "passwd", "a=b", "x;y"})
      CHECK(!contains(output.out, text));
  }
}
