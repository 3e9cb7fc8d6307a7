// tsc verify: does the compiled program compute what the graph says?
#include "compiler/compare.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/sizes_option.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, sizes, cpu = "native", device = "cpu";
  bool strict = false, json = false;
  size_t seeds = 8;
  double tolerance = 16;
};

bool within(const Distance& distance, double tolerance) {
  return distance.ulp <= tolerance || distance.relative <= tolerance;
}

std::string distance_text(const Distance& d, double tolerance) {
  if (d.ulp <= tolerance) return fmt::format("{:.3g} ulp", d.ulp);
  return fmt::format("{:.3g} ulp of the largest term", d.relative);
}

std::string text_of(const Comparison& found, double tolerance) {
  std::string out;
  for (const ComparedOutput& output : found.outputs)
    out += fmt::format("{}: {}  as written {}, optimised {}\n", printable(output.name), output.type,
                       distance_text(output.plain, tolerance),
                       distance_text(output.optimised, tolerance));
  return out +
         fmt::format("{} calls compared, {} refused by both sides\n", found.calls, found.refused);
}

Json json_of(const Distance& distance) {
  return {{"ulp", distance.ulp}, {"relative_ulp", distance.relative}};
}

Json json_of(const Comparison& found) {
  Json outputs = Json::array();
  for (const ComparedOutput& output : found.outputs)
    outputs.push_back({{"name", output.name},
                       {"type", output.type},
                       {"as_written", json_of(output.plain)},
                       {"optimised", json_of(output.optimised)}});
  return {{"outputs", outputs}, {"calls", found.calls}, {"refused", found.refused}};
}

int run(const Options& options) {
  const std::map<std::string, int64_t> sizes = numbers_by_name(options.sizes, "--sizes");
  const GraphFile file = load_within_limits(options.graph);
  check_symbols(file.graph, sizes);
  const Comparison found =
      compare_with_interpreter(file.graph, {.seeds = options.seeds,
                                            .sizes = sizes,
                                            .device = Device::parse(options.device),
                                            .cpu = options.cpu,
                                            .strict = options.strict});
  put(options.json ? json_line(json_of(found)) : text_of(found, options.tolerance));
  const ComparedOutput* worst = nullptr;
  for (const ComparedOutput& output : found.outputs)
    if (!within(output.plain, options.tolerance) || !within(output.optimised, options.tolerance))
      worst = &output;
  if (worst)
    throw Error(Diag::VerifyFailed,
                fmt::format("'{}' differs from the interpreter by more than {} ulp",
                            printable(worst->name), options.tolerance));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  app.add_option("--seeds", options->seeds, "How many random and special inputs to try")
      ->check(CLI::Range(1, 1000000).description(""))
      ->capture_default_str();
  app.add_option("--sizes", options->sizes, "Values of size symbols; others vary")
      ->type_name("n=3,m=5");
  app.add_option(
         "--tolerance", options->tolerance,
         "The largest distance allowed, in units in the last place: of the result, or of the "
         "largest term of a sum that it comes from; of a product of matrices with n terms, of "
         "sqrt(n) "
         "times the sum of their magnitudes")
      ->capture_default_str();
  add_cpu(app, options->cpu);
  add_device(app, options->device);
  add_strict(app, options->strict);
  add_json(app, options->json);
  return [options] { return run(*options); };
}

} // namespace

const Verb verify_verb = {
    "verify",
    "Compare compiled results with the interpreter's",
    "  tsc verify model.tsc\n"
    "  tsc verify model.tsc --seeds 100 --sizes batch=7",
    declare,
    "{\"outputs\": [{\"name\", \"type\",\n"
    "  \"as_written\": {\"ulp\", \"relative_ulp\"}, \"optimised\": the same}],\n"
    " \"calls\", \"refused\"}",
    true};

} // namespace tsc::cli
