// tsc bench: how long a graph takes to compile, to load, and to call.
#include "compiler/states.h"
#include "compiler/tensor_array.h"
#include "ir/interpret.h"
#include "ir/samples.h"
#include "tools/tsc/bench_report.h"
#include "tools/tsc/common_options.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/phases.h"
#include "tools/tsc/run_arguments.h"
#include "tools/tsc/sizes_option.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <limits>

namespace tsc::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Sizes = std::map<std::string, int64_t>;

constexpr int64_t size_where_none_is_given = 1000;

struct Options {
  std::string graph, cpu = "native", device = "cpu", compare;
  std::vector<std::string> values;
  int64_t seed = 1;
  double seconds = 1;
  bool strict = false, json = false;
};

// "x=@x.npy" and "n=1000", told apart by what the graph has.
struct Given {
  std::vector<std::string> values; // of inputs
  Sizes sizes;
};

Given given_to(const Graph& graph, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (NodeId id : graph.inputs())
    names.push_back(argument_name(graph, id));
  Given given;
  for (const std::string& word : words) {
    const std::string name = split_name(word, names).name;
    if (std::find(names.begin(), names.end(), name) != names.end())
      given.values.push_back(word);
    else
      for (const auto& [size, number] : numbers_by_name(
               word, fmt::format("no input is named '{}', and as a size", printable(name))))
        given.sizes[size] = number;
  }
  check_symbols(graph, given.sizes);
  return given;
}

// The sizes that the arrays given have already.
void add_sizes_of(const Shape& declared, const Array& array, Sizes& sizes) {
  for (size_t axis = 0; axis < declared.size() && axis < array.shape().size(); ++axis)
    if (const auto symbol = declared[axis].symbol_name())
      sizes.emplace(*symbol, array.shape()[axis]);
}

struct Arguments {
  std::vector<Array> inputs, states;
  Sizes sizes;
};

// Inputs that are not given are random, the same for the same seed.
Arguments arguments_for(const GraphFile& file, const Options& options) {
  const Graph& graph = file.graph;
  const Given given = given_to(graph, options.values);
  std::vector<std::optional<Array>> known = some_arguments(graph, given.values);
  Arguments all;
  all.sizes = given.sizes;
  for (size_t i = 0; i < known.size(); ++i)
    if (known[i]) add_sizes_of(graph.type(graph.inputs()[i]).shape, *known[i], all.sizes);
  SampleSizes sizes(size_where_none_is_given, 0, all.sizes);
  Samples samples(Sampling::Moderate, static_cast<uint64_t>(options.seed));
  for (size_t i = 0; i < known.size(); ++i) {
    const auto& type = graph.type(graph.inputs()[i]);
    all.inputs.push_back(known[i] ? *known[i]
                                  : to_array(samples.tensor(type.dtype, sizes.of(type.shape))));
    add_sizes_of(type.shape, all.inputs.back(), all.sizes);
  }
  all.states = initial_states(file, all.inputs);
  return all;
}

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Short calls are timed several at once, so that the clock costs nothing.
std::vector<double> call_times(const Executable& executable, std::span<const Array> inputs,
                               double seconds) {
  std::vector<Array> outputs = executable.run(inputs);
  const auto time_of = [&](size_t calls) {
    const auto begin = Clock::now();
    for (size_t i = 0; i < calls; ++i)
      executable.run_into(inputs, outputs);
    return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() /
           static_cast<double>(calls);
  };
  const auto begin = Clock::now();
  double once = time_of(1);
  while (milliseconds_since(begin) < 100 * seconds) // caches, threads and clocks come to speed
    once = time_of(1);
  const auto batch = static_cast<size_t>(std::clamp(20e3 / once, 1.0, 1000.0));
  std::vector<double> times;
  for (const auto start = Clock::now();
       times.size() < 10 ||
       (milliseconds_since(start) < 1000 * seconds && times.size() < 1'000'000);)
    times.push_back(time_of(batch));
  std::sort(times.begin(), times.end());
  return times;
}

uint64_t bytes_of_all(std::span<const Array> arrays) {
  uint64_t bytes = 0;
  for (const Array& array : arrays)
    bytes += array.bytes();
  return bytes;
}

double interpreted_ms(const Graph& graph, const Arguments& all) {
  const auto values_of = [](std::span<const Array> arrays) {
    std::vector<TensorValue> values;
    for (const Array& array : arrays)
      values.push_back(to_tensor_value(array));
    return values;
  };
  const Graph stable = optimised(graph, {.optimise = false});
  const std::vector<TensorValue> inputs = values_of(all.inputs), states = values_of(all.states);
  const auto begin = Clock::now();
  interpret(stable, inputs, states);
  return milliseconds_since(begin);
}

// Compiles as if for the first time, then as later processes will.
std::shared_ptr<const Executable> compiled(const Graph& graph, const Options& options,
                                           BenchReport& report) {
  CompileOptions how = with_phases({.device = Device::parse(options.device),
                                    .cpu = options.cpu,
                                    .strict = options.strict,
                                    .cache = false});
  auto begin = Clock::now();
  auto executable = compile(graph, how);
  report.compile_ms = milliseconds_since(begin);
  how.cache = true;
  CompileReport second;
  compile(graph, how);
  begin = Clock::now();
  compile(graph, how, &second);
  if (second.cache_hit) report.warm_ms = milliseconds_since(begin);
  return executable;
}

int run(const Options& options) {
  if (!options.compare.empty())
    check_choice("--compare has no value", options.compare, choices("WHAT"));
  if (!(options.seconds > 0 && options.seconds <= 3600))
    throw UsageError("--seconds is more than 0 and at most 3600");
  enter_phase("parse");
  const GraphFile file = load_within_limits(options.graph);
  const Arguments all = arguments_for(file, options);
  BenchReport report{
      .graph = options.graph, .cpu = options.cpu, .device = options.device, .sizes = all.sizes};
  dump_if_asked(file.graph, {.cpu = options.cpu, .strict = options.strict});
  const auto executable = compiled(file.graph, options, report);
  std::vector<Array> inputs = all.inputs;
  inputs.insert(inputs.end(), all.states.begin(), all.states.end());
  enter_phase("call");
  report.bytes = bytes_of_all(inputs) + bytes_of_all(executable->run(inputs));
  report.nanoseconds = call_times(*executable, inputs, options.seconds);
  if (!options.compare.empty()) {
    enter_phase("interpret");
    report.interpreted_ms = interpreted_ms(file.graph, all);
  }
  end_phases();
  put(options.json ? json_line(json_of(report)) : text_of(report));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  app.add_option("VALUES", options->values,
                 "NAME=VALUE or NAME=@FILE.npy for an input, NAME=NUMBER for a size; other inputs "
                 "are random, other sizes 1000")
      ->type_name("");
  add_cpu(app, options->cpu);
  add_device(app, options->device);
  add_strict(app, options->strict);
  app.add_option("--seconds", options->seconds, "How long to call it")->capture_default_str();
  app.add_option("--seed", options->seed, "Of the random inputs")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()).description(""))
      ->capture_default_str();
  app.add_option("--compare", options->compare, "Time the reference interpreter, too")
      ->type_name("WHAT");
  add_json(app, options->json);
  return [options] { return run(*options); };
}

} // namespace

const Verb bench_verb = {
    "bench",
    "Time a graph's compilation and its calls",
    "  tsc bench examples/logistic.tsc n=1000 m=100\n"
    "  tsc bench model.tsc x=@images.npy y=@labels.npy --json\n"
    "  tsc bench model.tsc n=64 --compare interp",
    declare,
    "{\"graph\", \"cpu\", \"device\", \"sizes\": {\"n\": 1000},\n"
    " \"bytes\": of inputs, states and outputs,\n"
    " \"compile_ms\", \"warm_load_ms\": from the cache, or null, \"calls_timed\",\n"
    " \"median_ns\", \"p95_ns\", \"least_ns\", \"calls_per_s\", \"gb_per_s\",\n"
    " \"interpreted_ms\": with --compare, else null}",
    true};

} // namespace tsc::cli
