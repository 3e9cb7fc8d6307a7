// tsc check: is the graph file right? Everything short of compiling.
#include "compiler/compile.h"
#include "ir/verify.h"
#include "tools/common/json.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::vector<std::string> paths;
  bool json = false;
};

// Throws what is wrong with the graph.
GraphFile checked(const std::string& path) {
  GraphFile file = load_within_limits(path);
  verify(file.graph);
  planned(optimised(file.graph));
  return file;
}

void print(const std::string& path, const Graph& graph) {
  for (NodeId id : unused_inputs(graph))
    warn(fmt::format("{}: no output or update needs the input '{}'",
                     graph.first_location(graph[id].locs).text(),
                     printable(argument_name(graph, id))));
  put(fmt::format("{}: ok\n{}", printable(path, 200), signature(graph)));
}

Json json_of(const std::string& path, const Graph& graph) {
  Json unused = Json::array();
  for (NodeId id : unused_inputs(graph))
    unused.push_back(argument_name(graph, id));
  Json json = {{"file", path}, {"ok", true}};
  json.update(signature_json(graph));
  json["unused"] = unused;
  return json;
}

Json json_of(const std::string& path, const Error& error) {
  return {{"file", path},
          {"ok", false},
          {"error",
           {{"code", error.code()},
            {"name", row(error.diag()).slug},
            {"message", error.message()},
            {"text", error.what()}}}};
}

// Goes on behind a wrong file; the exit code is that of the first.
int run(const Options& options) {
  int code = Done;
  Json files = Json::array();
  for (const std::string& path : options.paths)
    try {
      const GraphFile file = checked(path);
      if (options.json)
        files.push_back(json_of(path, file.graph));
      else
        print(path, file.graph);
    } catch (const Error& error) {
      if (code == Done) code = exit_code(error.diag());
      if (options.json) {
        files.push_back(json_of(path, error));
        continue;
      }
      flush_output();
      error_text(fmt::format("{}\n", error.what()));
    }
  if (options.json) put(json_line({{"files", files}}));
  return code;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("GRAPH", options->paths, "Graph files (.tsc)")->required()->type_name("");
  add_json(app, options->json);
  add_graph_limits(app);
  return [options] { return run(*options); };
}

} // namespace

const Verb check_verb = {"check", "Check graph files and print their signatures",
                         "  tsc check model.tsc\n"
                         "  tsc check *.tsc",
                         declare,
                         "{\"files\": [{\"file\", \"ok\": true, \"inputs\": [{\"name\", \"dtype\", "
                         "\"shape\": [\"n\", \"2\"]}],\n"
                         "  \"states\", \"outputs\": the same, \"unused\": [names of inputs]}]}\n"
                         "  of a wrong file: {\"file\", \"ok\": false, \"error\": {\"code\", "
                         "\"name\", \"message\", \"text\"}}"};

} // namespace tsc::cli
