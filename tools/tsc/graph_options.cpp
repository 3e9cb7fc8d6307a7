#include "tools/tsc/graph_options.h"

#include <fmt/format.h>

namespace tsc::cli {

void add_graph(CLI::App& app, std::string& path) {
  app.add_option("GRAPH", path, "The graph file (.tsc)")->required()->type_name("");
}

void add_cpu(CLI::App& app, std::string& cpu) {
  app.add_option("--cpu", cpu, "The CPU to compile for: native, x86-64-v3, znver4, ...")
      ->type_name("NAME");
}

void add_strict(CLI::App& app, bool& strict) {
  app.add_flag("--strict", strict,
               "Keep what infinities and NaNs give: x - x is not always 0 then");
}

const std::string& argument_name(const Graph& graph, NodeId id) {
  return graph[id].attrs.name(Key::name);
}

std::string port(const Graph& graph, NodeId id, const std::string& name) {
  return fmt::format("{}: {}", printable(name), text(graph.type(id)));
}

std::string signature(const Graph& graph) {
  std::string out;
  for (NodeId id : graph.inputs())
    out += fmt::format("  input {}\n", port(graph, id, argument_name(graph, id)));
  for (NodeId id : graph.states())
    out += fmt::format("  state {}\n", port(graph, id, argument_name(graph, id)));
  for (const Output& output : graph.outputs)
    out += fmt::format("  output {}\n", port(graph, output.node, output.name));
  return out;
}

} // namespace tsc::cli
