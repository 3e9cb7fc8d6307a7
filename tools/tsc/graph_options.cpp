#include "tools/tsc/graph_options.h"

#include <fmt/format.h>

namespace tsc::cli {

void add_graph(CLI::App& app, std::string& path) {
  app.add_option("GRAPH", path, "The graph file (.tsc)")->required()->type_name("");
}

void add_cpu(CLI::App& app, std::string& cpu) {
  app.add_option("--cpu", cpu, "The CPU to compile for: native, x86-64-v3, znver4, ...")
      ->type_name("CPU");
}

void add_device(CLI::App& app, std::string& device) {
  app.add_option("--device", device, "Where to run it: cpu, or a GPU: cuda:0, cuda:1, ...")
      ->type_name("DEVICE");
}

void add_json(CLI::App& app, bool& json) { app.add_flag("--json", json, "Print JSON"); }

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

namespace {

Json port_json(const Graph& graph, NodeId id, const std::string& name) {
  Json shape = Json::array(); // sizes may be expressions, so that all are text
  for (const Dim& dim : graph.type(id).shape)
    shape.push_back(dim.text());
  return {{"name", name}, {"dtype", tsc::name(graph.type(id).dtype)}, {"shape", shape}};
}

} // namespace

Json signature_json(const Graph& graph) {
  Json inputs = Json::array(), states = Json::array(), outputs = Json::array();
  for (NodeId id : graph.inputs())
    inputs.push_back(port_json(graph, id, argument_name(graph, id)));
  for (NodeId id : graph.states())
    states.push_back(port_json(graph, id, argument_name(graph, id)));
  for (const Output& output : graph.outputs)
    outputs.push_back(port_json(graph, output.node, output.name));
  return {{"inputs", inputs}, {"states", states}, {"outputs", outputs}};
}

} // namespace tsc::cli
