// tsc grad: the graph with derivatives as further outputs.
#include "ir/print.h"
#include "passes/grad_names.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

namespace tsc::cli {

namespace {

struct Options {
  std::string graph, of, wrt, output;
};

int run(const Options& options) {
  GraphFile file = load_within_limits(options.graph);
  file.graph = with_gradients(std::move(file.graph), options.of, split_list(options.wrt));
  for (size_t i = 0; i < file.states.size(); ++i)
    file.states[i].state = file.graph.states()[i];
  if (options.output.empty() || options.output == "-")
    put(print(file));
  else
    save_graph(file, options.output);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_graph(app, options->graph);
  app.add_option("--of", options->of, "The value to derive, a floating scalar")
      ->required()
      ->type_name("NAME");
  app.add_option("--wrt", options->wrt, "What to derive it by: inputs, states or definitions")
      ->required()
      ->type_name("NAME,...");
  app.add_option("-o,--output", options->output, "The file to write (default: stdout)")
      ->type_name("FILE");
  add_graph_limits(app);
  return [options] { return run(*options); };
}

} // namespace

const Verb grad_verb = {"grad", "Add derivatives to a graph",
                        "  tsc grad loss.tsc --of loss --wrt w,b\n"
                        "  tsc grad loss.tsc --of loss --wrt w,b -o gradient.tsc",
                        declare};

} // namespace tsc::cli
