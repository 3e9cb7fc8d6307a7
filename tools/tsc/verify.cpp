// tsc verify: does the compiled program compute what the graph says?
#include "compiler/compare.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <charconv>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, sizes, cpu = "native";
  size_t seeds = 8;
  double limit = 16;
};

// "n=3,m=5"
std::map<std::string, int64_t> sizes_of(const std::string& text) {
  std::map<std::string, int64_t> sizes;
  if (text.empty()) return sizes;
  for (const std::string& part : split_list(text)) {
    const NamedText size = split_name(part, {});
    int64_t number = -1;
    const char* end = size.text.data() + size.text.size();
    const auto [read, error] = std::from_chars(size.text.data(), end, number);
    if (size.text.empty() || error != std::errc() || read != end || number < 0)
      throw UsageError(fmt::format("--sizes: '{}' is not NAME=NUMBER", printable(part)));
    sizes[size.name] = number;
  }
  return sizes;
}

void check_symbols(const Graph& graph, const std::map<std::string, int64_t>& sizes) {
  std::vector<std::string> symbols;
  for (const auto* list : {&graph.inputs(), &graph.states()})
    for (NodeId id : *list)
      for (const Dim& dim : graph.type(id).shape)
        for (const std::string& symbol : dim.symbols())
          symbols.push_back(symbol);
  for (const auto& [name, size] : sizes)
    if (std::find(symbols.begin(), symbols.end(), name) == symbols.end())
      throw Error(Diag::UnknownName,
                  fmt::format("no input has a size '{}'{}", printable(name),
                              did_you_mean(name, {symbols.begin(), symbols.end()})));
}

bool within(const Distance& distance, double limit) {
  return distance.ulp <= limit || distance.relative <= limit;
}

std::string distance_text(const Distance& d, double limit) {
  if (d.ulp <= limit) return fmt::format("{:.3g} ulp", d.ulp);
  return fmt::format("{:.3g} ulp of the largest term", d.relative);
}

int run(const Options& options) {
  const std::map<std::string, int64_t> sizes = sizes_of(options.sizes);
  const GraphFile file = load_graph(options.graph);
  check_symbols(file.graph, sizes);
  const Comparison found = compare_with_interpreter(
      file.graph, {.seeds = options.seeds, .sizes = sizes, .cpu = options.cpu});
  const ComparedOutput* worst = nullptr;
  for (const ComparedOutput& output : found.outputs) {
    put(fmt::format("{}: {}  as written {}, optimised {}\n", printable(output.name), output.type,
                    distance_text(output.plain, options.limit),
                    distance_text(output.optimised, options.limit)));
    if (!within(output.plain, options.limit) || !within(output.optimised, options.limit))
      worst = &output;
  }
  put(fmt::format("{} calls compared, {} refused by both sides\n", found.calls, found.refused));
  if (worst)
    throw Error(Diag::VerifyFailed,
                fmt::format("'{}' differs from the interpreter by more than {} ulp",
                            printable(worst->name), options.limit));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  app.add_option("--seeds", options->seeds, "How many random and special inputs to try")
      ->capture_default_str();
  app.add_option("--sizes", options->sizes, "Values of size symbols; others vary")
      ->type_name("n=3,m=5");
  app.add_option(
         "--limit", options->limit,
         "The largest distance allowed, in units in the last place: of the result, or of the "
         "largest term of a sum that it comes from")
      ->capture_default_str();
  add_cpu(app, options->cpu);
  return [options] { return run(*options); };
}

} // namespace

const Verb verify_verb = {"verify", "Compare compiled results with the interpreter's",
                          "  tsc verify model.tsc\n"
                          "  tsc verify model.tsc --seeds 100 --sizes batch=7",
                          declare};

} // namespace tsc::cli
