// tsc grad: the graph with derivatives, as further outputs or as definitions alone.
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
  bool names_only = false;
};

int run(const Options& options) {
  const std::vector<std::string> wrt = split_list(options.wrt);
  GraphFile file = load_within_limits(options.graph);
  file.graph = with_gradients(std::move(file.graph), options.of, wrt);
  for (size_t i = 0; i < file.states.size(); ++i)
    file.states[i].state = file.graph.states()[i];
  const PrintOptions how = {.defined_outputs = options.names_only ? wrt.size() : 0};
  if (options.output.empty() || options.output == "-")
    put(print(file, how));
  else
    save_graph(file, options.output, how);
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
  app.add_flag("--names-only", options->names_only,
               "Define the derivatives without making them outputs, for updates that use them");
  app.add_option("-o,--output", options->output, "The file to write (default: stdout)")
      ->type_name("FILE");
  add_graph_limits(app);
  return [options] { return run(*options); };
}

} // namespace

const Verb grad_verb = {"grad", "Add derivatives to a graph",
                        "  tsc grad loss.tsc --of loss --wrt w,b\n"
                        "  tsc grad loss.tsc --of loss --wrt w,b --names-only -o train.tsc\n"
                        "  echo 'update w = w - 0.1 * d_loss_d_w' >> train.tsc",
                        declare};

} // namespace tsc::cli
