#include "tools/tsc/show_dot.h"

#include "support/writer.h"
#include "tools/tsc/show_node.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

// A string of DOT: a backslash would begin an escape such as \N, so it becomes two.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

const char* look(const Node& node) {
  switch (node.kind()) {
  case Kind::Input:
    return "shape=box, style=\"filled\", fillcolor=\"#d7e8fa\"";
  case Kind::Constant:
  case Kind::Index:
    return "shape=box, style=\"filled\", fillcolor=\"#ececec\"";
  default:
    return "shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\"";
  }
}

std::string label(const Graph& graph, NodeId id) {
  std::string out = title(graph, id);
  if (const std::string attributes = attributes_text(graph[id]); !attributes.empty())
    out += "\n" + printable(attributes);
  out += "\n" + text(graph.type(id));
  if (const Loc loc = graph.first_location(graph[id].locs); loc.known())
    out += "\n" + printable(loc.text());
  return out;
}

void write_node(Writer& out, const Graph& graph, NodeId id) {
  out.line("n{} [label={}, {}]", id.index, quoted(label(graph, id)), look(graph[id]));
}

void write_clusters(Writer& out, const Graph& graph, const Fusion& fusion) {
  for (size_t g = 0; g < fusion.groups.size(); ++g) {
    auto cluster = out.block("subgraph cluster_{}", g);
    out.line("label={}; style=\"rounded,filled\"; color=\"#8a8a8a\"; fillcolor=\"#fdf3dc\"",
             quoted(fmt::format("group {}", g)));
    for (NodeId id : fusion.groups[g].nodes)
      write_node(out, graph, id);
  }
}

} // namespace

std::string dot(const Graph& graph, const Fusion* fusion) {
  Writer out;
  {
    auto whole = out.block("digraph graph_of_tsc");
    out.line("node [fontname=\"monospace\", fontsize=11]; edge [arrowsize=0.6]");
    if (fusion) write_clusters(out, graph, *fusion);
    for (NodeId id : graph.ids())
      if (!fusion || !fusion->group_of[id.index].valid()) write_node(out, graph, id);
    for (NodeId id : graph.ids())
      for (NodeId arg : graph[id].args)
        out.line("n{} -> n{}", arg.index, id.index);
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
      out.line("out{} [label={}, shape=plaintext]", i,
               quoted("output " + printable(graph.outputs[i].name)));
      out.line("n{} -> out{}", graph.outputs[i].node.index, i);
    }
    for (const Update& update : graph.updates)
      out.line("n{} -> n{} [style=dashed, constraint=false, label=\"update\"]", update.value.index,
               update.state.index);
  }
  return out.text();
}

} // namespace tsc::cli
