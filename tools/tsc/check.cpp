// tsc check: is the graph file right? Everything short of compiling.
#include "compiler/compile.h"
#include "ir/verify.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <cstdio>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

void check(const std::string& path) {
  const GraphFile file = load_graph(path);
  verify(file.graph);
  for (NodeId id : unused_inputs(file.graph))
    warn(fmt::format("{}: no output or update needs the input '{}'",
                     file.graph.first_location(file.graph[id].locs).text(),
                     printable(argument_name(file.graph, id))));
  planned(optimised(file.graph));
  put(fmt::format("{}: ok\n{}", printable(path, 200), signature(file.graph)));
}

// Goes on behind a wrong file; the exit code is that of the first.
int run(const std::vector<std::string>& paths) {
  int code = Done;
  for (const std::string& path : paths)
    try {
      check(path);
    } catch (const Error& error) {
      flush_output();
      std::fputs(fmt::format("{}\n", error.what()).c_str(), stderr);
      if (code == Done) code = exit_code(error.diag());
    }
  return code;
}

std::function<int()> declare(CLI::App& app) {
  const auto paths = std::make_shared<std::vector<std::string>>();
  app.add_option("GRAPH", *paths, "Graph files (.tsc)")->required()->type_name("");
  return [paths] { return run(*paths); };
}

} // namespace

const Verb check_verb = {"check", "Check graph files and print their signatures",
                         "  tsc check model.tsc\n"
                         "  tsc check *.tsc",
                         declare};

} // namespace tsc::cli
