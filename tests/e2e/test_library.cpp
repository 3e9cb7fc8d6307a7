// The functions of a compiled library, called: docs/abi.md says how.
#include "support/error.h"
#include "tests/e2e/library.h"
#include "tests/jit.h"

#include <atomic>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <thread>

using namespace tsc;
using namespace tsc::test;

namespace {

const fs::path examples = fs::path(TSC_SOURCE_DIR) / "examples" / "library";

void take_example(Place& place, const std::string& name) {
  fs::copy_file(examples / name, place.path / name);
}

// A layer with an input, a state that grows, and two results.
const std::string layer = "input x: f32[n, 3]\n"
                          "state w: f32[3, 2] = [[1, 2], [3, 4], [5, 6]]\n"
                          "state steps: i64 = 40\n"
                          "update steps = steps + 1\n"
                          "output h = matmul(x, w)\n"
                          "output total = sum(x)\n";

struct LayerState {
  float* w;
  int64_t* steps;
};
using Layer = int32_t(int64_t, const float*, const LayerState*, float*, float*, const tsc_options*);

// All that a call of the layer needs.
struct LayerCall {
  std::vector<float> x, h;
  float w[6] = {1, 2, 3, 4, 5, 6}, total = 0;
  int64_t steps = 40;
  LayerState state = {w, &steps};

  explicit LayerCall(size_t n) : x(3 * n, 1), h(2 * n) {}
  int32_t operator()(Layer* f, const tsc_options* options) {
    return f(static_cast<int64_t>(h.size() / 2), x.data(), &state, h.data(), &total, options);
  }
};

void compile_layer(Place& place) {
  place.graph("layer.tsc", layer);
  REQUIRE(place.tsc({"compile", "layer.tsc", "-o", "l.so"}) == Output{0, "", ""});
}

} // namespace

TEST_CASE("a C program of twelve lines calls a function of static shapes") {
  NEEDS_JIT();
  Place place;
  for (const char* file : {"norm.tsc", "norm.c"})
    take_example(place, file);
  REQUIRE(place.tsc({"compile", "norm.tsc", "-o", "libnorm.so", "--header", "norm.h"}).status == 0);
  CHECK(place.run({"cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "norm.c", "-o",
                   "norm", "./libnorm.so"}) == Output{0, "", ""});
  CHECK(place.run({"./norm"}) == Output{0, "0.0321 0.0871 0.2369 0.6439\n", ""});
  std::istringstream program(place.read("norm.c"));
  int lines = 0;
  for (std::string line; std::getline(program, line);)
    lines += line.find_first_not_of(" \t") != line.npos;
  CHECK(lines <= 12);
}

TEST_CASE("the examples in C++ and Python call a library with states") {
  NEEDS_JIT();
  Place place;
  for (const char* file : {"votes.tsc", "votes.cpp", "votes.py"})
    take_example(place, file);
  REQUIRE(place.tsc({"compile", "votes.tsc", "-o", "libvotes.so", "--header", "votes.h"}).status ==
          0);
  const Output expected = {0,
                           "candidate 1 leads with 12 votes\n"
                           "votes: scatter_add: index 7 is out of range for axis 0, which has 4 "
                           "items (votes.tsc:7:8)\n"
                           "1 call counted\n",
                           ""};
  CHECK(place.run({"c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I.",
                   "votes.cpp", "-o", "votes", "./libvotes.so"}) == Output{0, "", ""});
  CHECK(place.run({"./votes"}) == expected);
  if (!place.has("python3")) {
    WARN("skipped: there is no python3 to run votes.py");
    return;
  }
  CHECK(place.run({"python3", "votes.py", "./libvotes.so"}) == expected);
}

TEST_CASE("a library runs on many threads at once") {
  NEEDS_JIT();
  Place place;
  compile_layer(place);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] { // each opens the library itself
      void* const handle = ::dlopen((place.path / "l.so").c_str(), RTLD_NOW | RTLD_LOCAL);
      auto* const f = handle ? reinterpret_cast<Layer*>(::dlsym(handle, "layer")) : nullptr;
      LayerCall call(10 + t);
      for (int i = 0; f && i < 200; ++i)
        wrong += call(f, nullptr) != TSC_OK || call.h[19] != 12 || call.total != 30 + 3 * t;
      wrong += !f || call.steps != 240;
      if (handle) ::dlclose(handle);
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a graph's first values of states") {
  NEEDS_JIT();
  Place place;
  compile_layer(place);
  const OpenLibrary library(place.path / "l.so");
  LayerCall call(1);
  std::memset(call.w, 0, sizeof call.w);
  call.steps = 0;
  const auto initial = library.get<int32_t(const LayerState*)>("layer_initial_state");
  CHECK(initial(&call.state) == TSC_OK);
  CHECK(call.w[5] == 6);
  CHECK(call.steps == 40);
  CHECK(initial(nullptr) == TSC_E_NULL);

  place.graph("fill.tsc", "input x: f32[n]\nstate s: c64[n, 2] = 3\noutput y = x\n");
  REQUIRE(place.tsc({"compile", "fill.tsc", "-o", "fill.so"}).status == 0);
  const OpenLibrary filling(place.path / "fill.so");
  float s[8] = {};
  void* const state[] = {s};
  const auto fill = filling.get<int32_t(int64_t, void* const*)>("fill_initial_state");
  CHECK(fill(2, state) == TSC_OK);
  CHECK((s[0] == 3 && s[1] == 0 && s[6] == 3 && s[7] == 0));
  CHECK(fill(-1, state) == TSC_E_SHAPE);
}

TEST_CASE("what is wrong with a call is said in words, with the graph's line") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f32[n, 3]\ninput i: i64[m]\nrequire m <= n, \"few\"\n"
                       "output y = take(x, i)\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so"}).status == 0);
  const OpenLibrary library(place.path / "f.so");
  const auto f =
      library
          .get<int32_t(int64_t, int64_t, const float*, const int64_t*, float*, const tsc_options*)>(
              "f");
  const float x[6] = {};
  const int64_t i[3] = {0, 1, -4};
  float y[9] = {};
  Options o;
  std::vector<std::string> log;
  tsc_host host{};
  host.size = sizeof host;
  host.context = &log;
  host.log = [](void* context, const char* text) {
    static_cast<std::vector<std::string>*>(context)->push_back(text);
  };
  o.options.host = &host;
  CHECK(f(2, 2, x, i, y, &o.options) == TSC_OK);
  CHECK(log.empty());

  CHECK(f(2, 3, x, i, y, &o.options) == TSC_E_SHAPE);
  CHECK(o.error.text == std::string("f: few: m <= n does not hold: 3 and 2 (f.tsc:4:11)"));
  CHECK(o.error.code == TSC_E_SHAPE);
  CHECK((o.error.actual == 3 && o.error.expected == 2 && o.error.argument == -1));
  CHECK(f(3, 3, x, i, y, &o.options) == TSC_E_INDEX);
  CHECK(o.error.text ==
        std::string(
            "f: gather: index -4 is out of range for axis 0, which has 3 items (f.tsc:5:12)"));
  CHECK(f(-1, 1, x, i, y, &o.options) == TSC_E_SHAPE);
  CHECK(o.error.text == std::string("f: there can be no size -1 for n"));
  CHECK(f(2, 2, x, nullptr, y, &o.options) == TSC_E_NULL);
  CHECK(o.error.text == std::string("f: 'i' (i64[m]) is null"));
  CHECK(o.error.argument == 1);
  CHECK(f(2, 2, x, i, nullptr, &o.options) == TSC_E_NULL);
  CHECK(o.error.argument == 2);
  CHECK(f(0, 0, nullptr, nullptr, nullptr, &o.options) == TSC_OK); // arrays without elements
  CHECK(log.size() == 5);
  CHECK(log[0] == "f: few: m <= n does not hold: 3 and 2 (f.tsc:4:11)");
  CHECK(f(2, 3, x, i, y, nullptr) == TSC_E_SHAPE); // nobody to tell
}

TEST_CASE("each thing that can be wrong with a tensor has a code and words") {
  NEEDS_JIT();
  Place place;
  compile_layer(place);
  const OpenLibrary library(place.path / "l.so");
  const auto call = library.get<CallTensors>("layer_dl");
  CHECK(library.query()->functions[0]->call == call);
  alignas(64) float memory[64] = {};
  LayerCall arrays(2);
  Options o;
  struct Case {
    int32_t code, argument;
    std::string text;
    std::function<void(std::vector<DLTensor>&, std::vector<const DLTensor*>&)> spoil;
  };
  std::vector<int64_t> strides, sizes;
  const std::vector<Case> cases = {
      {TSC_OK, -1, "", [](auto&, auto&) {}},
      {TSC_OK, -1, "", // strides that say what null says
       [&](auto& t, auto&) { t[0].strides = (strides = {3, 1}, strides.data()); }},
      {TSC_E_NULL, 1, "layer: 'w' (f32[3, 2]) is null", [](auto&, auto& p) { p[1] = nullptr; }},
      {TSC_E_NULL, 0, "layer: 'x' (f32[n, 3]) has no data",
       [](auto& t, auto&) { t[0].data = nullptr; }},
      {TSC_E_NULL, 0, "layer: 'x' (f32[n, 3]) has no sizes",
       [](auto& t, auto&) { t[0].shape = nullptr; }},
      {TSC_E_COUNT, -1, "layer: 4 tensors are given, 5 taken",
       [](auto&, auto& p) { p.pop_back(); }},
      {TSC_E_RANK, 0, "layer: 'x' (f32[n, 3]) has 1 axes", [](auto& t, auto&) { t[0].ndim = 1; }},
      {TSC_E_DTYPE, 0, "layer: 'x' (f32[n, 3]) has elements of type f64",
       [](auto& t, auto&) { t[0].dtype = f64; }},
      {TSC_E_DTYPE, 0, "layer: 'x' (f32[n, 3]) has vectors as elements, of type f32",
       [](auto& t, auto&) { t[0].dtype.lanes = 4; }},
      {TSC_E_DEVICE, 3, "layer: 'h' (f32[n, 2]) is on a device of type 2, not in the CPU's memory",
       [](auto& t, auto&) { t[3].device.device_type = 2; }},
      {TSC_E_LAYOUT, 0,
       "layer: 'x' (f32[n, 3]) has stride 2 on axis 1; it must be dense, which is stride 1",
       [&](auto& t, auto&) { t[0].strides = (strides = {6, 2}, strides.data()); }},
      {TSC_E_ALIGNMENT, 0, "layer: 'x' (f32[n, 3]) is not aligned to 4 bytes",
       [](auto& t, auto&) { t[0].byte_offset = 1; }},
      {TSC_E_SHAPE, 0, "layer: 'x' (f32[n, 3]) has size -2 on axis 0",
       [&](auto& t, auto&) { t[0].shape = (sizes = {-2, 3}, sizes.data()); }},
      {TSC_E_SHAPE, 0, "layer: 'x' has size 4 on axis 1; f32[n, 3] wants 3 (layer.tsc:2:7)",
       [&](auto& t, auto&) { t[0].shape = (sizes = {2, 4}, sizes.data()); }},
      {TSC_E_SHAPE, 3, "layer: 'h' (f32[n, 2]) has size 3 on axis 0, where the call gives 2",
       [&](auto& t, auto&) { t[3].shape = (sizes = {3, 2}, sizes.data()); }},
      {TSC_E_OVERLAP, 4, "layer: 'total' (f32) shares memory with w",
       [](auto& t, auto&) { t[4].data = static_cast<float*>(t[1].data) + 5; }},
      {TSC_E_OVERLAP, 3, "layer: 'h' (f32[n, 2]) shares memory with x",
       [](auto& t, auto&) { t[3].data = t[0].data; }}};
  for (const Case& c : cases) {
    Tensor x(memory, f32, {2, 3}), w(arrays.w, f32, {3, 2}), steps(&arrays.steps, i64, {}),
        h(arrays.h.data(), f32, {2, 2}), total(&arrays.total, f32, {});
    std::vector<DLTensor> tensors = {x.tensor, w.tensor, steps.tensor, h.tensor, total.tensor};
    std::vector<const DLTensor*> pointers;
    for (const DLTensor& t : tensors)
      pointers.push_back(&t);
    c.spoil(tensors, pointers);
    o.error.text[0] = 0;
    INFO(c.text);
    CHECK(call(pointers.data(), static_cast<int32_t>(pointers.size()), &o.options) == c.code);
    CHECK(o.error.text == c.text);
    if (c.code != TSC_OK) CHECK((o.error.code == c.code && o.error.argument == c.argument));
  }
  CHECK(arrays.steps == 42); // two calls went through
  CHECK(call(nullptr, 5, &o.options) == TSC_E_NULL);
}

TEST_CASE("tensors of any place in memory, with an offset") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f64[n]\noutput y = x + 1\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so"}).status == 0);
  const OpenLibrary library(place.path / "f.so");
  double memory[4] = {1, 2, 3, 4}, y[2] = {};
  Tensor x(memory, f64, {2}), result(y, f64, {2});
  x.tensor.byte_offset = 16;
  const DLTensor* const tensors[] = {&x.tensor, &result.tensor};
  CHECK(library.get<CallTensors>("f_dl")(tensors, 2, nullptr) == TSC_OK);
  CHECK((y[0] == 4 && y[1] == 5));
}

TEST_CASE("workspace: known before the call, given, too small, or the host's") {
  NEEDS_JIT();
  Place place;
  compile_layer(place);
  const OpenLibrary library(place.path / "l.so");
  const auto f = library.get<Layer>("layer");
  const auto bytes = library.get<int64_t(int64_t)>("layer_workspace");
  const int64_t needed = bytes(2);
  CHECK(needed >= 8); // room for the next number of steps
  CHECK(bytes(-1) == -1);
  const int64_t two = 2;
  CHECK(library.query()->functions[0]->workspace(&two) == needed);

  LayerCall call(2);
  Options o;
  std::vector<char> memory(static_cast<size_t>(needed) + 1, 'x');
  o.options.workspace = memory.data();
  o.options.workspace_bytes = static_cast<uint64_t>(needed);
  CHECK(call(f, &o.options) == TSC_OK);
  CHECK(call.steps == 41);
  CHECK(memory.back() == 'x');
  o.options.workspace = memory.data() + 1; // any alignment
  CHECK(call(f, &o.options) == TSC_OK);
  o.options.workspace_bytes = static_cast<uint64_t>(needed) - 1;
  CHECK(call(f, &o.options) == TSC_E_WORKSPACE);
  CHECK(o.error.text == fmt::format("layer: the workspace has {} bytes, and the call needs {}",
                                    needed - 1, needed));
  CHECK(call.steps == 42);

  struct Heap {
    uint64_t taken = 0, returned = 0;
    bool empty = false;
  } heap;
  tsc_host host{};
  host.size = sizeof host;
  host.context = &heap;
  host.allocate = [](void* context, uint64_t size) -> void* {
    auto& h = *static_cast<Heap*>(context);
    if (h.empty) return nullptr;
    h.taken += size;
    return std::malloc(size);
  };
  host.release = [](void* context, void* p, uint64_t size) {
    static_cast<Heap*>(context)->returned += size;
    std::free(p);
  };
  o.options.workspace = nullptr;
  o.options.host = &host;
  CHECK(call(f, &o.options) == TSC_OK);
  CHECK((heap.taken == static_cast<uint64_t>(needed) && heap.returned == heap.taken));
  heap.empty = true;
  CHECK(call(f, &o.options) == TSC_E_NOMEM);
  CHECK(o.error.text == fmt::format("layer: {} bytes of workspace cannot be had", needed));
  CHECK(call.steps == 43);
}

TEST_CASE("the host's threads run a large call") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f32[n]\noutput y = exp(x)\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so"}).status == 0);
  const OpenLibrary library(place.path / "f.so");
  const auto f = library.get<int32_t(int64_t, const float*, float*, const tsc_options*)>("f");
  std::vector<float> x(300000), y(x.size()), serial(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = 1e-5f * static_cast<float>(i);
  std::atomic<int> calls = 0;
  tsc_host host{};
  host.size = sizeof host;
  host.context = &calls;
  host.parallel_for = [](void* context, int64_t count, int64_t grain,
                         void (*body)(void*, int64_t, int64_t), void* argument) {
    ++*static_cast<std::atomic<int>*>(context);
    const int64_t half = std::max(grain, count / 2);
    std::thread other([&] { body(argument, 0, half); });
    if (half < count) body(argument, half, count);
    other.join();
  };
  Options o;
  o.options.host = &host;
  CHECK(f(300000, x.data(), y.data(), &o.options) == TSC_OK);
  CHECK(calls == 1);
  CHECK(f(300000, x.data(), serial.data(), nullptr) == TSC_OK);
  CHECK(std::memcmp(y.data(), serial.data(), 4 * y.size()) == 0);
}

TEST_CASE("options that were never filled in are refused; short and long ones are taken") {
  NEEDS_JIT();
  Place place;
  compile_layer(place);
  const OpenLibrary library(place.path / "l.so");
  const auto f = library.get<Layer>("layer");
  LayerCall call(1);
  {
    Options o;
    o.options.size = 0;
    CHECK(call(f, &o.options) == TSC_E_OPTIONS);
    o.options.size = uint64_t(1) << 40;
    CHECK(call(f, &o.options) == TSC_E_OPTIONS);
  }
  Options o;
  o.error.size = 0;
  CHECK(call(f, &o.options) == TSC_E_OPTIONS);
  o.error.size = sizeof o.error;
  tsc_host host{};
  o.options.host = &host;
  CHECK(call(f, &o.options) == TSC_E_OPTIONS);
  CHECK(o.error.text == std::string("layer: the member size of options->host is not set"));
  host.size = sizeof host;
  host.release = [](void*, void*, uint64_t) {};
  CHECK(call(f, &o.options) == TSC_E_OPTIONS);
  CHECK(o.error.text ==
        std::string("layer: options->host has one of allocate and release, not both"));
  CHECK(call.steps == 40);

  // A caller of an older version knows fewer members, one of a newer version more.
  o.options.host = nullptr;
  o.options.size = offsetof(tsc_options, workspace);
  o.options.workspace = &o; // not looked at
  CHECK(call(f, &o.options) == TSC_OK);
  struct {
    tsc_options options;
    void* more[4];
  } newer = {{sizeof newer, nullptr, nullptr, 0, nullptr}, {}};
  CHECK(call(f, &newer.options) == TSC_OK);
}

TEST_CASE("a library says what it holds") {
  NEEDS_JIT();
  Place place;
  place.graph("layer.tsc", layer);
  place.file("other.tsc", "tsc 1\ninput v \"a b\": bf16[2*k+1]\noutput y = v\n");
  REQUIRE(place.tsc({"compile", "layer.tsc", "other.tsc", "-o", "l.so", "--cpu", "x86-64-v2"}) ==
          Output{0, "", ""});
  const OpenLibrary library(place.path / "l.so");
  CHECK(library.query(0) == nullptr);
  CHECK(library.query(2) == nullptr);
  const tsc_library* l = library.get<const tsc_library*(uint32_t)>("tsc_query_layer")(1);
  CHECK(l == library.query());
  CHECK((l->size == sizeof *l && l->abi == 1 && l->function_count == 2));
  CHECK(l->target == std::string("x86_64-unknown-linux-gnu x86-64-v2"));
  CHECK(contains(l->features, "sse4.2"));
  const tsc_function& f = *l->functions[0];
  CHECK((f.name == std::string("layer") && f.argument_count == 5 && f.size_count == 1));
  CHECK(f.size_names[0] == std::string("n"));
  const std::vector<int32_t> roles = {TSC_ROLE_INPUT, TSC_ROLE_STATE, TSC_ROLE_UPDATED_STATE,
                                      TSC_ROLE_RESULT, TSC_ROLE_RESULT};
  for (size_t i = 0; i < 5; ++i)
    CHECK(f.arguments[i].role == roles[i]);
  CHECK(f.arguments[3].type == std::string("f32[n, 2]"));
  const int64_t sizes[] = {7};
  int64_t extents[6] = {};
  CHECK(f.shapes(sizes, extents) == TSC_OK);
  CHECK(std::vector<int64_t>(extents, extents + 6) == std::vector<int64_t>{7, 3, 3, 2, 7, 2});

  const tsc_function& g = *l->functions[1];
  CHECK(g.arguments[0].name == std::string("a b"));
  CHECK((g.arguments[0].dtype.code == 4 && g.arguments[0].dtype.bits == 16));
  int64_t lengths[2] = {};
  CHECK(g.shapes(sizes, lengths) == TSC_OK);
  CHECK((lengths[0] == 15 && lengths[1] == 15));
}

TEST_CASE("a library for another CPU says so instead of crashing") {
  NEEDS_JIT();
  Place place;
  place.graph("f.tsc", "input x: f32[n]\noutput y = sum(exp(x))\n");
  for (const char* cpu : {"sapphirerapids", "diamondrapids", "znver5", "bdver4"}) {
    REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so", "--cpu", cpu}) == Output{0, "", ""});
    const OpenLibrary library(place.path / "f.so");
    const float x[3] = {};
    float y = 0;
    Options o;
    const auto f = library.get<int32_t(int64_t, const float*, float*, const tsc_options*)>("f");
    const int32_t code = f(3, x, &y, &o.options);
    if (code == TSC_OK) continue; // this machine is such a one
    CHECK(code == TSC_E_CPU);
    const std::string text = o.error.text, start = "f: this CPU lacks ";
    CHECK(text.starts_with(start));
    CHECK(contains(" " + std::string(library.query()->features) + " ",
                   " " + text.substr(start.size()) + " "));
    CHECK(library.get<int64_t(int64_t)>("f_workspace")(3) >= 0); // what needs no such CPU works
    return;
  }
  WARN("skipped: this CPU has all that those for which the test compiles have");
}

TEST_CASE("user text reaches a library as data alone, and is cut at a whole character") {
  NEEDS_JIT();
  Place place;
  std::string why = "; } */ {2} %s ";
  for (int i = 0; i < 100; ++i)
    why += "\xc3\xa4"; // two bytes each
  place.graph("f.tsc",
              "input v \"*/ evil();\": f32[n]\nrequire n <= 2, \"" + why + "\"\noutput y = v\n");
  REQUIRE(place.tsc({"compile", "f.tsc", "-o", "f.so", "--header", "f.h"}) == Output{0, "", ""});
  const Output source = place.tsc({"compile", "f.tsc", "--emit=wrapper"});
  CHECK(!contains(source.out, "evil"));
  place.file("main.c", "#include \"f.h\"\nint main(void) { return 0; }\n");
  CHECK(place.run({"cc", "-std=c99", "-Wall", "-Werror", "main.c"}) == Output{0, "", ""});
  const OpenLibrary library(place.path / "f.so");
  Options o;
  float x[3] = {}, y[3] = {};
  const auto f = library.get<int32_t(int64_t, const float*, float*, const tsc_options*)>("f");
  CHECK(f(3, x, y, &o.options) == TSC_E_SHAPE);
  const std::string text = o.error.text;
  CHECK(text.size() <= 255);
  CHECK(text.starts_with("f: "));
  CHECK(!contains(printable(text, 1000), "\\x")); // valid UTF-8
}
