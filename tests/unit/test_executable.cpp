// runtime/executable and runtime/manifest, with programs written by hand instead of emitted.
#include "runtime/cpu_executable.h"
#include "runtime/program_symbols.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/message.h"

#include <chrono>
#include <cstring>
#include <thread>

using namespace tsc;

namespace {

using Symbols = std::vector<std::pair<std::string, void*>>;

class FakeCode : public LoadedCode {
public:
  explicit FakeCode(Symbols symbols) : symbols_(std::move(symbols)) {}
  void* symbol(const std::string& name) const override {
    for (const auto& [known, address] : symbols_)
      if (known == name) return address;
    return nullptr;
  }

private:
  Symbols symbols_;
};

// y[n] = scale * x + take[i]: s is a running sum, its next value s + sum(x); i indexes the
// constant.
//   inputs   x f32[n], i i64[], state s f32[]
//   outputs  y f32[n], next s f32[]
//   constants table f32[3]
int binds = 0; // calls of bind, in tests of one thread

int32_t bind(const int64_t* in_dims, int64_t* sizes, int64_t* out_dims, int64_t* workspace,
             tsc_report* error) {
  ++binds;
  const int64_t n = in_dims[0];
  if (n > 1000) {
    *error = {TSC_E_SHAPE, 0, {n, 1000, 0, 0}};
    return TSC_E_SHAPE;
  }
  if (n == 999) return TSC_E_NOMEM;
  if (n == 998) return 77;
  sizes[0] = n;
  out_dims[0] = n;
  *workspace = 4 * n;
  return TSC_OK;
}

int32_t run(const tsc_call* call) {
  const int64_t n = call->sizes[0];
  auto* x = static_cast<const float*>(call->inputs[0]);
  const int64_t i = *static_cast<const int64_t*>(call->inputs[1]);
  const float s = *static_cast<const float*>(call->inputs[2]);
  auto* y = static_cast<float*>(call->outputs[0]);
  if (i < 0 || i >= 3) {
    *call->error = {TSC_E_INDEX, 1, {i, 3, 0, 0}};
    return TSC_E_INDEX;
  }
  const float c = static_cast<const float*>(call->constants[0])[i];
  auto* scratch = static_cast<float*>(call->workspace);
  float sum = s;
  for (int64_t k = 0; k < n; ++k)
    scratch[k] = x[k] + c, sum += x[k];
  for (int64_t k = 0; k < n; ++k)
    y[k] = scratch[n - 1 - k]; // reversed: aliasing would show
  *static_cast<float*>(call->outputs[1]) = sum;
  return TSC_OK;
}

const Symbols program = {{"tsc_bind", reinterpret_cast<void*>(&bind)},
                         {"tsc_run", reinterpret_cast<void*>(&run)}};

Manifest manifest() {
  return {.inputs = {{"x", DType::F32, 1, "f32[n]", "model.cpp:17"},
                     {"i", DType::I64, 0, "i64[]", "model.cpp:18:5"},
                     {"s", DType::F32, 0, "f32[]", ""}},
          .outputs = {{"y", DType::F32, 1, "f32[n]", "model.cpp:30"},
                      {"s", DType::F32, 0, "f32[]", ""}},
          .states = 1,
          .updates = 1,
          .sizes = 1,
          .constants = 1,
          .checks = {{"E0503",
                      "axis 0 of x is {0}, but at most {1} are allowed",
                      "model.cpp:17",
                      {{"x", "f32[n]"}, {"n", "{0}"}},
                      "cut x to {1}"},
                     {"E0504",
                      "index {0} is outside axis 0 of table, which has {1}",
                      "model.tsc:3:9",
                      {},
                      ""}},
          .libraries = {}};
}

const Array table = Array::of<float>({10, 20, 30});

const CpuExecutable& executable() {
  static const CpuExecutable e(manifest(), std::make_unique<FakeCode>(program), {table});
  return e;
}

std::vector<Array> inputs(std::vector<float> x, int64_t i = 0, float s = 0) {
  return {Array::from(x), Array::scalar(i), Array::scalar(s)};
}

std::string fault(const std::vector<Array>& given) {
  return message_of([&] { executable().run(given); });
}

std::string fault(const std::vector<Array>& given, std::vector<Array> outputs) {
  return message_of([&] { executable().run_into(given, outputs); });
}

std::vector<Array> outputs(int64_t n) {
  return {Array::zeros(DType::F32, {n}), Array::zeros(DType::F32, {})};
}

} // namespace

TEST_CASE("an executable returns results, then next states") {
  const auto out = executable().run(inputs({1, 2, 3}, 1, 100));
  REQUIRE(out.size() == 2);
  CHECK(out[0] == Array::of<float>({23, 22, 21}));
  CHECK(out[1].scalar<float>() == 106);
}

TEST_CASE("outputs may be the caller's") {
  std::vector<Array> out = outputs(3);
  const void* y = out[0].data();
  executable().run_into(inputs({1, 2, 3}), out);
  CHECK(out[0].data() == y);
  CHECK(out[0] == Array::of<float>({13, 12, 11}));
}

TEST_CASE("arrays without elements pass through") {
  const auto out = executable().run(inputs({}, 2, 5));
  CHECK(out[0].type() == "f32[0]");
  CHECK(out[1].scalar<float>() == 5);
}

TEST_CASE("inputs of any layout are taken") {
  const float memory[] = {1, 0, 2, 0, 3, 0};
  std::vector<Array> given = inputs({});
  given[0] = Array::view(memory, {3}, {2});
  CHECK(executable().run(given)[0] == Array::of<float>({13, 12, 11}));
}

TEST_CASE("an output may overwrite inputs") {
  Array x = Array::of<float>({1, 2, 3}), s = Array::scalar(7.0f);
  std::vector<Array> out = {x, s};
  executable().run_into(std::vector<Array>{x, Array::scalar<int64_t>(0), s}, out);
  CHECK(x == Array::of<float>({13, 12, 11}));
  CHECK(s.scalar<float>() == 13);

  float memory[] = {1, 2, 3, 4, 5};
  out = {Array::view(memory + 2, {3}), Array::scalar(0.0f)};
  executable().run_into(
      std::vector<Array>{Array::view(memory, {3}), Array::scalar<int64_t>(0), Array::scalar(0.0f)},
      out);
  CHECK(out[0] == Array::of<float>({13, 12, 11}));
  CHECK(memory[1] == 2);
}

TEST_CASE("constants in any layout are taken") {
  const float memory[] = {30, 20, 10};
  const CpuExecutable e(manifest(), std::make_unique<FakeCode>(program),
                        {Array::view(&memory[2], {3}, {-1})});
  CHECK(e.run(inputs({0}, 2))[0].at<float>({0}) == 30);
}

TEST_CASE("sizes are bound once for calls of equal shapes") {
  const CpuExecutable e(manifest(), std::make_unique<FakeCode>(program), {table});
  binds = 0;
  for (int k = 0; k < 5; ++k)
    e.run(inputs({1, 2}));
  CHECK(binds == 1);
  CHECK(e.run(inputs({1, 2, 3}))[0].size() == 3);
  CHECK(binds == 2);
  CHECK_THROWS_AS(e.run(inputs(std::vector<float>(1001))), Error);
  CHECK(e.run(inputs({1, 2, 3}))[0].size() == 3);
}

TEST_CASE("the number of arguments is checked") {
  CHECK(fault({}) ==
        "error[E0501] argument-count: the function takes 2 arguments and 1 state, but 0 "
        "arrays were given\n"
        "  takes  x f32[n], i i64[], s f32[]");
  CHECK(fault({table}) ==
        "error[E0501] argument-count: the function takes 2 arguments and 1 state, but "
        "1 array was given\n"
        "  takes  x f32[n], i i64[], s f32[]");
  CHECK(fault(inputs({1}), {table}) ==
        "error[E0501] argument-count: the function has 2 outputs, but room for 1 was given\n"
        "  gives  y f32[n], s f32[]");
}

TEST_CASE("an argument's dtype and rank are checked, and where it is declared is told") {
  std::vector<Array> given = inputs({1, 2});
  given[0] = given[0].astype(DType::F64);
  CHECK(fault(given) ==
        "error[E0502] argument-type: argument 'x' is declared f32[n], but f64[2] was given\n"
        "  --> model.cpp:17\n"
        "  hint: convert with astype to f32");
  given = inputs({1, 2});
  given[1] = Array::zeros(DType::I64, {1});
  CHECK(fault(given) ==
        "error[E0502] argument-type: argument 'i' is declared i64[], but i64[1] was given\n"
        "  --> model.cpp:18:5\n"
        "  hint: declared with 0 axes, given with 1");
  given = inputs({1, 2});
  given[2] = Array::scalar(1);
  CHECK(fault(given) ==
        "error[E0502] argument-type: state 's' is declared f32[], but i32[] was given\n"
        "  hint: convert with astype to f32");
}

TEST_CASE("a size check of the program speaks in the manifest's words") {
  CHECK(fault(inputs(std::vector<float>(1001))) ==
        "error[E0503] argument-shape: axis 0 of x is 1001, but at most 1000 are allowed\n"
        "  --> model.cpp:17\n"
        "  x      f32[n]\n"
        "  n      1001\n"
        "  given  x f32[1001], i i64[], s f32[]\n"
        "  hint: cut x to 1000");
}

TEST_CASE("an index out of range is told with its place") {
  CHECK(fault(inputs({1}, 3)) ==
        "error[E0504] index-range: index 3 is outside axis 0 of table, which has 3\n"
        "  --> model.tsc:3:9");
}

TEST_CASE("a program that runs out of memory, or makes no sense") {
  CHECK(fault(inputs(std::vector<float>(999))) ==
        "error[E0507] out-of-memory: the program ran out of memory");
  CHECK(fault(inputs(std::vector<float>(998))) ==
        "internal error in tsc (please report): the program reported code 77, check 0");
}

TEST_CASE("the caller's outputs are checked") {
  const auto given = inputs({1, 2, 3});
  std::vector<Array> out = outputs(3);
  out[0] = Array::zeros(DType::F64, {3});
  CHECK(fault(given, out) ==
        "error[E0502] argument-type: output 'y' is declared f32[n], but f64[3] was given\n"
        "  --> model.cpp:30\n"
        "  hint: convert with astype to f32");
  CHECK(fault(given, outputs(4)) == "error[E0503] argument-shape: output 'y' is f32[3] in this "
                                    "call, but room for f32[4] was given\n"
                                    "  --> model.cpp:30");
  float memory[6] = {};
  out = outputs(3);
  out[0] = Array::view(memory, {3}, {2});
  CHECK(fault(given, out) ==
        "error[E0302] data-mismatch: output 'y' cannot be written to the array given: "
        "it is not contiguous\n"
        "  --> model.cpp:30");
  const float constant = 0;
  out = outputs(3);
  out[1] = Array::view(&constant, {});
  CHECK(fault(given, out) ==
        "error[E0302] data-mismatch: next state 's' cannot be written to the array "
        "given: it is read-only");
  out = {Array::view(memory, {3}), Array::view(memory + 2, {})};
  CHECK(fault(given, out) ==
        "error[E0302] data-mismatch: output 'y' and next state 's' share memory\n"
        "  hint: give each output an array of its own");
}

TEST_CASE("code that is no program is our fault") {
  const auto make = [](const Symbols& symbols, std::vector<Array> constants) {
    return message_of([&] {
      CpuExecutable(manifest(), std::make_unique<FakeCode>(symbols), std::move(constants));
    });
  };
  const std::string start = "internal error in tsc (please report): ";
  CHECK(make({}, {table}) == start + "the program lacks tsc_bind");
  CHECK(make({program[0]}, {table}) == start + "the program lacks tsc_run");
  CHECK(make(program, {}) == start + "the program needs 1 constants, not 0");
}

TEST_CASE("calls into the caller's outputs allocate nothing after the first") {
  const float memory[] = {1, 0, 2, 0, 3, 0};
  std::vector<Array> given = inputs({1, 2, 3}), strided = given, out = outputs(3);
  strided[0] = Array::view(memory, {3}, {2});
  executable().run_into(given, out);
  executable().run_into(strided, out);
  const size_t before = allocations();
  for (int k = 0; k < 100; ++k) {
    executable().run_into(given, out);
    executable().run_into(strided, out);
  }
  CHECK(allocations() == before);
}

TEST_CASE("threads call one executable at once") {
  std::vector<std::jthread> callers;
  std::atomic<int> wrong{0};
  const CpuExecutable e(
      manifest(),
      std::make_unique<FakeCode>(Symbols{
          {"tsc_bind", reinterpret_cast<void*>(+[](const int64_t* in, int64_t* sizes, int64_t* out,
                                                   int64_t* w, tsc_report*) -> int32_t {
             sizes[0] = out[0] = in[0];
             *w = 4 * in[0];
             return TSC_OK;
           })},
          program[1]}),
      {table});
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&e, &wrong, t] {
      for (int k = 0; k < 300; ++k) {
        const auto n = static_cast<size_t>(1 + (k + t) % 7);
        const auto out = e.run(inputs(std::vector<float>(n, static_cast<float>(t)), t % 3));
        if (out[0] !=
            Array::full<float>({static_cast<int64_t>(n)}, static_cast<float>(t + 10 * (t % 3 + 1))))
          ++wrong;
      }
    });
  callers.clear();
  CHECK(wrong == 0);
}

TEST_CASE("call overhead", "[.bench]") {
  std::vector<Array> given = inputs({1, 2, 3, 4}), out = outputs(4);
  constexpr int calls = 1000000;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < calls; ++k)
      executable().run_into(given, out);
    const std::chrono::duration<double, std::nano> into = std::chrono::steady_clock::now() - start;
    const auto middle = std::chrono::steady_clock::now();
    for (int k = 0; k < calls; ++k)
      executable().run(given);
    const std::chrono::duration<double, std::nano> fresh =
        std::chrono::steady_clock::now() - middle;
    WARN("run_into " << into.count() / calls << " ns, run " << fresh.count() / calls << " ns");
  }
}

TEST_CASE("a manifest goes to JSON and back") {
  Manifest m = manifest();
  m.libraries = {"libopenblas.so.0"};
  CHECK(manifest_from_json(to_json(m)) == m);
  CHECK(manifest_from_json(to_json({})) == Manifest{});
  CHECK(to_json(m) == to_json(m));
  CHECK(
      to_json({.inputs = {{"x", DType::BF16, 2, "bf16[n, 64]", "m.cpp:1"}}}) ==
      R"({"inputs":[{"name":"x","dtype":"bf16","rank":2,"type":"bf16[n, 64]","where":"m.cpp:1"}],)"
      R"("outputs":[],"states":0,"updates":0,"sizes":0,"constants":0,"checks":[],"libraries":[]})");
}

TEST_CASE("malformed manifests are internal errors") {
  const auto wrong = [](std::string json, std::string_view from, std::string_view to) {
    if (!from.empty()) json.replace(json.find(from), from.size(), to);
    return message_of([&] { manifest_from_json(json); });
  };
  const std::string start = "internal error in tsc (please report): malformed manifest: ";
  const std::string good = to_json(manifest());
  CHECK(wrong("{", "", "") == start + "not JSON");
  CHECK(wrong("[]", "", "") == start + "not an object of 8 fields");
  CHECK(wrong(good, "\"states\"", "\"stats\"") == start + "'states' is missing");
  CHECK(wrong(good, "\"states\":1", "\"states\":-1") ==
        start + "'states' is no whole number from 0 to 2147483647");
  CHECK(wrong(good, "\"states\":1", "\"states\":9") == start + "more states than ports");
  CHECK(wrong(good, "\"rank\":1", "\"rank\":17") ==
        start + "'rank' is no whole number from 0 to 16");
  CHECK(wrong(good, "\"f32\"", "\"f33\"") == start + "no dtype is named 'f33'");
  CHECK(wrong(good, "\"name\":\"x\"", "\"name\":1") == start + "'name' is no text");
  CHECK(wrong(good, "\"name\":\"x\",", "") == start + "not an object of 5 fields");
  CHECK(wrong(good, "E0503", "E9999") == start + "no diagnostic has the code 'E9999'");
  CHECK(wrong(good, "[\"x\",\"f32[n]\"]", "[\"x\"]") == start + "a note is no pair");
  CHECK(wrong(good, "\"libraries\":[]", "\"libraries\":{}") == start + "'libraries' is no list");
  CHECK(wrong(good, "\"libraries\":[]", "\"libraries\":[1]") ==
        start + "text is missing in a list");
}

TEST_CASE("programs may call BLAS and nothing else") {
#ifdef TSC_BLAS
  const std::vector<std::string> blas = {blas_library};
  REQUIRE(program_symbols(blas).size() == 2);
  for (const auto& [name, address] : program_symbols(blas))
    CHECK(address != nullptr);
#endif
  CHECK(program_symbols({}).empty());
  const std::vector<std::string> other = {"libevil.so"};
  CHECK_THROWS_AS(program_symbols(other), InternalError);
}
