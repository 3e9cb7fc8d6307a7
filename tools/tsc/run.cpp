// tsc run: compile a graph (or find it in the cache), call it once, print what it gives.
#include "compiler/compile.h"
#include "compiler/states.h"
#include "compiler/tensor_array.h"
#include "ir/interpret.h"
#include "support/npy.h"
#include "tools/tsc/common_options.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/phases.h"
#include "tools/tsc/run_arguments.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string graph, load, save, cpu = "native", device = "cpu";
  std::vector<std::string> values, outputs;
  bool interpret = false, no_interpret = false, no_cache = false, explain_cache = false,
       exact = false, strict = false;
};

// The outputs, then the next value of each state.
struct Results {
  std::vector<Array> outputs, states;
};

Results interpreted(const Graph& graph, std::span<const Array> arguments,
                    std::span<const Array> states) {
  const auto values_of = [](std::span<const Array> arrays) {
    std::vector<TensorValue> values;
    for (const Array& array : arrays)
      values.push_back(to_tensor_value(array));
    return values;
  };
  enter_phase("interpret");
  Results results;
  const Graph stable = optimised(graph, {.optimise = false});
  for (const TensorValue& value : interpret(stable, values_of(arguments), values_of(states))) {
    const bool is_output = results.outputs.size() < graph.outputs.size();
    (is_output ? results.outputs : results.states).push_back(to_array(value));
  }
  return results;
}

Results compiled(const Graph& graph, std::span<const Array> arguments,
                 std::span<const Array> states, const Options& options) {
  CompileReport report;
  const CompileOptions how = with_phases({.device = Device::parse(options.device),
                                          .cpu = options.cpu,
                                          .strict = options.strict,
                                          .cache = !options.no_cache,
                                          .explain_cache = options.explain_cache});
  dump_if_asked(graph, {.cpu = options.cpu, .strict = options.strict});
  const auto program = compile(graph, how, &report);
  if (!report.cache_explained.empty()) note("cache " + report.cache_explained);
  if (!report.cache_problem.empty())
    warn(Diag::BadCacheDir, "the kernel cache is not used: " + report.cache_problem);
  std::vector<Array> inputs(arguments.begin(), arguments.end());
  inputs.insert(inputs.end(), states.begin(), states.end());
  enter_phase("call");
  std::vector<Array> all = program->run(inputs);
  enter_phase("write");
  std::vector<Array> next = next_states(graph, states, all);
  all.resize(graph.outputs.size());
  return {std::move(all), std::move(next)};
}

// Interpreted where the system lets no compiled code run, unless the user will have none of it.
Results computed(const Graph& graph, std::span<const Array> arguments,
                 std::span<const Array> states, const Options& options) {
  if (options.interpret) return interpreted(graph, arguments, states);
  try {
    return compiled(graph, arguments, states, options);
  } catch (const NoExecutableMemory& error) {
    if (options.no_interpret) throw;
    warn(Diag::NoBackend, interpreted_instead(error));
  }
  return interpreted(graph, arguments, states);
}

// States start as the graph file says, unless a directory has them. A training loop loads from
// where it saves; on its first round nothing is there yet.
std::vector<Array> starting_states(const GraphFile& file, std::span<const Array> arguments,
                                   const Options& options) {
  if (options.load.empty()) return initial_states(file, arguments);
  const bool first_round = options.load == options.save && !has_states(file.graph, options.load);
  if (!first_round) return load_states(file.graph, options.load);
  note(fmt::format("no state in '{}' yet: starting with the graph's initial values",
                   printable(options.load, 200)));
  return initial_states(file, arguments);
}

NewFile npy_file(const fs::path& path, const Array& array) {
  const Array dense = array.to_contiguous();
  const std::string_view bytes(static_cast<const char*>(dense.data()), dense.bytes());
  return {path, npy_bytes({dense.dtype(), dense.shape(), bytes})};
}

void make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw Error(Diag::CannotWrite, fmt::format("cannot make the directory '{}': {}",
                                               printable(path.string(), 200), error.message()));
}

void write_results(const Graph& graph, const Results& results,
                   const std::vector<std::string>& files, const Options& options) {
  std::vector<NewFile> written;
  for (size_t i = 0; i < files.size(); ++i)
    if (!files[i].empty()) written.push_back(npy_file(files[i], results.outputs[i]));
  if (!options.save.empty()) {
    make_directory(options.save);
    for (NewFile& state : state_files(graph, options.save, results.states))
      written.push_back(std::move(state));
  }
  end_phases(); // the line on the terminal goes before results come
  write_files(written);
  const TextStyle style{.precision = options.exact ? -1 : 8,
                        .aligned = false,
                        .summarise_above = options.exact ? 0 : 1000};
  for (size_t i = 0; i < files.size(); ++i)
    if (files[i].empty())
      put(fmt::format("{} = {}\n", printable(graph.outputs[i].name),
                      results.outputs[i].text(style)));
}

int run(const Options& options) {
  for (const std::string& value : options.values)
    if (value.find('=') == std::string::npos)
      throw UsageError(
          fmt::format("'{}' is no argument: write NAME=VALUE or NAME=@FILE.npy", printable(value)));
  enter_phase("parse");
  const GraphFile file = load_within_limits(options.graph);
  const std::vector<std::string> files = output_files(file.graph, options.outputs);
  const std::vector<Array> given = arguments(file.graph, options.values);
  const std::vector<Array> states = starting_states(file, given, options);
  const Results results = computed(file.graph, given, states, options);
  write_results(file.graph, results, files, options);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  app.add_option("VALUES", options->values, "NAME=VALUE or NAME=@FILE.npy for each input")
      ->type_name("");
  app.add_option("-o,--output", options->outputs,
                 "Write an output to a file instead of printing it; may be given for each. "
                 "The only output needs no NAME=")
      ->type_name("NAME=FILE.npy")
      ->allow_extra_args(false);
  app.add_option("--save-state", options->save, "Write the next states there, one .npy file each")
      ->type_name("DIR");
  app.add_option("--load-state", options->load,
                 "Take the states from there, not from the graph file")
      ->type_name("DIR");
  add_cpu(app, options->cpu);
  add_device(app, options->device);
  add_strict(app, options->strict);
  app.add_flag("--exact", options->exact, "Print all elements with all their digits");
  auto* const interpret = app.add_flag("--interpret", options->interpret,
                                       "Use the reference interpreter, compile nothing");
  app.add_flag("--no-interpret", options->no_interpret,
               "Fail where the system lets no compiled code run, instead of interpreting")
      ->excludes(interpret);
  app.add_flag("--no-cache", options->no_cache, "Compile even if the kernel cache has the program");
  app.add_flag("--explain-cache", options->explain_cache,
               "Say whether the kernel cache has the program, and what differs from the nearest");
  return [options] { return run(*options); };
}

} // namespace

const Verb run_verb = {"run",
                       "Run a graph on given inputs",
                       "  tsc run examples/logistic.tsc \"x=[[0,1],[-1,-2]]\"\n"
                       "  tsc run model.tsc x=@images.npy -o logits=logits.npy\n"
                       "  tsc run train.tsc x=@x.npy y=@y.npy --load-state s --save-state s",
                       declare,
                       "",
                       true};

} // namespace tsc::cli
