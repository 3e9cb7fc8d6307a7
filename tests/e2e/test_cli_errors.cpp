// Mistakes at the command line: each with its whole message and exit code.
#include "support/npy.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <csignal>
#include <thread>

using namespace tsc;
using namespace tsc::test;

namespace {

struct Mistake {
  std::vector<std::string> arguments;
  int status;
  std::string message;
};

void check_all(Place& place, const std::vector<Mistake>& mistakes) {
  for (const Mistake& m : mistakes)
    CHECK(place.tsc(m.arguments) == Output{m.status, "", m.message});
}

const std::string model = "input x: f32[n, 2]\n"
                          "input y: f32[n]\n"
                          "output s = sum(x, axes=[1]) * y\n";

const std::string help = "Try 'tsc --help'.\n", run_help = "Try 'tsc run --help'.\n",
                  compile_help = "Try 'tsc compile --help'.\n";

} // namespace

TEST_CASE("mistyped commands") {
  Place place;
  place.graph("g.tsc", model);
  check_all(
      place,
      {{{"rum"}, 2, "tsc: there is no verb 'rum'; did you mean 'run'?\n" + help},
       {{"frobnicate"}, 2, "tsc: there is no verb 'frobnicate'\n" + help},
       {{"run", "g.tsc", "--interprt"},
        2,
        "tsc run: there is no option '--interprt'; did you mean '--interpret'?\n" + run_help},
       {{"g.tsc"}, 2, "tsc: there is no verb 'g.tsc'; did you mean 'tsc run g.tsc'?\n" + help},
       {{"run"}, 2, "tsc run: GRAPH is required\n" + run_help},
       {{"run", "g.tsc", "x"},
        2,
        "tsc run: 'x' is no argument: write NAME=VALUE or NAME=@FILE.npy\n" + run_help},
       {{"compile", "g.tsc"}, 2, "tsc compile: --emit=lib needs -o FILE\n" + compile_help},
       {{"compile", "g.tsc", "--emit=cp"},
        2,
        "tsc compile: --emit has no kind 'cp'; did you mean 'cpp'?\n" + compile_help},
       {{"compile", "g.tsc", "g.tsc", "--emit=cpp"},
        2,
        "tsc compile: --emit=cpp takes one graph\n" + compile_help},
       {{"compile", "g.tsc", "g.tsc", "-o", "l.so", "--name", "f"},
        2,
        "tsc compile: --name is for one graph; several are named by their files\n" + compile_help},
       {{"version", "now"},
        2,
        "tsc version: unexpected argument 'now'\nTry 'tsc version --help'.\n"}});
}

TEST_CASE("wrong arguments of a graph") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", model);
  const std::string inputs = "  input  x\n  input  y\n";
  check_all(
      place,
      {{{"run", "g.tsc"},
        1,
        "error[E0506] missing-input: 2 inputs are not given\n"
        "  input  x: f32[n, 2]\n"
        "  input  y: f32[n]\n"
        "  hint: add x=VALUE or x=@FILE.npy\n"},
       {{"run", "g.tsc", "x=[[1,2]]"},
        1,
        "error[E0506] missing-input: input 'y' is not given\n"
        "  input  y: f32[n]\n"
        "  hint: add y=VALUE or y=@FILE.npy\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "yy=1"},
        1,
        "error[E0107] unknown-name: no input is named 'yy'; did you mean 'y'?\n" + inputs},
       {{"run", "g.tsc", "x=[[1,2]]", "x=[[1,2]]"},
        1,
        "error[E0501] argument-count: input 'x' is given twice\n"},
       {{"run", "g.tsc", "x=[[1,2],[3]]"},
        1,
        "error[E0304] bad-value: cannot read '[[1,2],[3]]' as f32: the lists are ragged (character "
        "10)\n"
        "  input  x: f32[n, 2]\n"},
       {{"run", "g.tsc", "x=x.npy"},
        1,
        "error[E0304] bad-value: cannot read 'x.npy' as f32: 'x.npy' is no f32 value (character "
        "1)\n"
        "  input  x: f32[n, 2]\n"
        "  hint: the name of a file begins with @: x=@x.npy\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=1"},
        1,
        "error[E0502] argument-type: argument 'y' is declared f32[n], but f32[] was given\n"
        "  --> g.tsc:3:7\n"
        "  hint: declared with 1 axis, given with 0\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=[1,2]"},
        1,
        "error[E0503] argument-shape: 'y' has size 2 on axis 0; f32[n] wants n = 1\n"
        "  --> g.tsc:3:7\n"
        "  given  x f32[1, 2], y f32[2]\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=[1]", "-o", "ss=f.npy"},
        1,
        "error[E0107] unknown-name: no output is named 'ss'; did you mean 's'?\n  output  s\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=[1]", "-o", "s=a.npy", "-o", "b.npy"},
        1,
        "error[E0501] argument-count: output 's' is given twice\n"},
       {{"compile", "g.tsc", "--name", "int", "-o", "g.so"},
        1,
        "error[E0114] bad-name: 'int' is a reserved name in C or C++\n  hint: try 'int_1'\n"},
       {{"compile", "g.tsc", "--name", "f(){}\nint main", "--emit", "cpp"},
        1,
        "error[E0114] bad-name: 'f(){}\\x0aint main' cannot be the name of a C function\n"
        "  hint: use up to 64 letters, digits and underscores, with no digit first\n"}});
  CHECK(place.files() == std::vector<std::string>{"g.tsc"});
}

TEST_CASE("a size that nothing tells is told with the line that needs it") {
  NEEDS_JIT();
  Place place;
  const std::string hint = "  hint: give an input an axis of this size or of a multiple, or "
                           "declare the size as a number\n";
  place.graph("g.tsc", "output x = zeros([n])\n");
  CHECK(
      place.tsc({"run", "g.tsc"}) ==
      Output{1, "",
             "error[E0202] bad-dim: the size 'n' cannot be known: no input has an axis that tells "
             "it\n  --> g.tsc:2:12\n" +
                 hint});
  place.graph("g.tsc", "x = zeros([n])\noutput y = sum(x)\n"); // no output has this size
  for (const char* verb : {"check", "run"}) {
    const Output output = place.tsc({verb, "g.tsc"});
    INFO(output);
    CHECK(output.status == 1);
    CHECK(contains(output.err, "the size 'n' cannot be known: no input has an axis that tells it\n"
                               "  --> g.tsc:2:5\n"));
  }
}

TEST_CASE("files that cannot be read or written, and CPUs that nobody has") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", model);
  place.file(
      "cut.npy",
      npy_bytes({DType::F32, std::vector<int64_t>{4}, std::string(16, '\0')}).substr(0, 130));
  place.file("wide.npy", npy_bytes({DType::F64, std::vector<int64_t>{1}, std::string(8, '\0')}));
  check_all(
      place,
      {{{"run", "missing.tsc"},
        3,
        "error[E0703] cannot-read: cannot read 'missing.tsc': No such file or directory\n"},
       {{"run", "."}, 3, "error[E0703] cannot-read: cannot read '.': not a regular file\n"},
       {{"run", "g.tsc", "x=@missing.npy"},
        3,
        "error[E0703] cannot-read: cannot read 'missing.npy': No such file or directory\n"
        "  input  x: f32[n, 2]\n"},
       {{"run", "g.tsc", "y=@cut.npy"},
        1,
        "error[E0301] bad-npy: 'cut.npy': f32[4] needs 16 bytes of data, but the file holds 2\n"
        "  input  y: f32[n]\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=@wide.npy"},
        1,
        "error[E0502] argument-type: argument 'y' is declared f32[n], but f64[1] was given\n"
        "  --> g.tsc:3:7\n"
        "  hint: convert with astype to f32\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=[1]", "-o", "missing/s.npy"},
        3,
        "error[E0704] cannot-write: cannot write 'missing/s.npy': No such file or directory\n"},
       {{"run", "g.tsc", "x=[[1,2]]", "y=[1]", "--cpu", "znver44"},
        4,
        "error[E0702] bad-target: no CPU named 'znver44'; did you mean 'znver4'?\n"
        "  hint: use 'native' or a name that Clang's -march= takes, such as 'x86-64-v3'\n"}});
  place.stdout_to("/dev/full");
  CHECK(place.tsc({"ops"}) ==
        Output{3, "", "error[E0704] cannot-write: cannot write to standard output\n"});
}

TEST_CASE("states that are not where they should be") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "state a: f32 = 1\nstate b: f32[n]\ninput x: f32[n]\nupdate a = a + 1\n"
                       "output y = x + a + b\n");
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]", "--load-state", "d"}) ==
        Output{3, "",
               "error[E0703] cannot-read: cannot read 'd/a.npy': No such file or directory\n"});
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]", "--save-state", "d"}) ==
        Output{0, "y = [2. 3.]\n", ""});
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]", "--load-state", "d"}) ==
        Output{0, "y = [3. 4.]\n", ""});
  place.file("d/a.npy", npy_bytes({DType::F64, std::vector<int64_t>{}, std::string(8, '\0')}));
  CHECK(place.tsc({"run", "g.tsc", "x=[1 2]", "--load-state", "d"}) ==
        Output{1, "",
               "error[E0302] data-mismatch: 'd/a.npy' does not fit the state 'a'\n"
               "  state  f32\n"
               "  file   f64[]\n"});
  place.graph("open.tsc", "state b: f32[n]\noutput y = b\n");
  CHECK(place.tsc({"run", "open.tsc"}) ==
        Output{1, "",
               "error[E0202] bad-dim: state 'b': no argument tells the size n\n"
               "  state  f32[n]\n"
               "  hint: declare the size as a number, or load the state from a file\n"});
}

TEST_CASE("settings that are wrong") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", model);
  place.set("TSC_CACHE=maybe");
  CHECK(place.tsc({"run", "g.tsc", "x=[[1,2]]", "y=[1]"}) ==
        Output{2, "",
               "error[E0602] bad-cache-mode: TSC_CACHE='maybe' is not off, on, read or verify\n"});
}

TEST_CASE("a signal leaves no temporary file") {
  NEEDS_JIT();
  Place place;
  std::string body = "input x: f32[n]\ny0 = x\n";
  for (int i = 0; i < 400; ++i)
    body += "y" + std::to_string(i + 1) + " = sin(y" + std::to_string(i) + ") * 0.5 + exp(y" +
            std::to_string(i) + ")\n";
  place.graph("g.tsc", body + "output y400\n");
  for (int milliseconds : {20, 60, 150, 300}) {
    const pid_t pid = place.start({(fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME).string(), "compile",
                                   "g.tsc", "-o", "g.so", "--header", "g.h"});
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(pid, SIGINT);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    for (const std::string& name : place.files())
      CHECK(!name.ends_with(".tmp"));
    CHECK((WIFSIGNALED(status) ? WTERMSIG(status) == SIGINT : WEXITSTATUS(status) == 0));
  }
}

TEST_CASE("code for another CPU is not run here") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = x + 1\n");
  int refused = 0;
  for (const char* cpu : {"sapphirerapids", "znver1"}) { // no CPU has all that both have
    const Output output = place.tsc({"run", "g.tsc", "x=1", "--cpu", cpu});
    INFO(output);
    if (output.status == 0) continue;
    ++refused;
    CHECK(output.status == 4);
    CHECK(output.err.starts_with("error[E0508] cpu-feature: code for " + std::string(cpu) +
                                 " cannot run here: this CPU lacks "));
    CHECK(output.err.ends_with("'tsc compile' makes libraries for others\n"));
    CHECK(place.tsc({"compile", "g.tsc", "-o", "g.so", "--cpu", cpu}).status == 0);
  }
  CHECK(refused > 0);
}

TEST_CASE("devices that are not there") {
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = x + 1\n");
  place.set("TSC_CUDA_DRIVER=no-libcuda.so");
  const auto run_on = [&](const std::string& device) {
    return place.tsc({"run", "g.tsc", "x=[1]", "--device", device});
  };
  for (const char* device : {"gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:0x", "CPU", ""})
    CHECK(run_on(device) ==
          Output{4, "",
                 "error[E0702] bad-target: no device is called '" + std::string(device) +
                     "'\n  hint: devices are cpu, cuda:0, cuda:1, ...\n"});
  if (!TSC_CUDA) return;
  CHECK(
      run_on("cuda:0") ==
      Output{
          4, "",
          "error[E0509] no-device: the CUDA driver 'no-libcuda.so' cannot be opened\n"
          "  hint: CUDA devices need NVIDIA's driver; TSC_CUDA_DRIVER names its library where the "
          "system does not find it\n"});
  for (const char* verb : {"bench", "verify"})
    CHECK(place.tsc({verb, "g.tsc", "--device", "cuda:1"}) == run_on("cuda:0"));
  const Output doctor = place.tsc({"doctor"});
  CHECK(doctor.status == 0);
  CHECK(
      doctor.out.find("note     gpu          the CUDA driver 'no-libcuda.so' cannot be opened\n") !=
      std::string::npos);
}
