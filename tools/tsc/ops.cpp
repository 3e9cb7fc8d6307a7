// tsc ops: the operations of the graph language.
#include "ir/ops_markdown.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <map>

namespace tsc::cli {

namespace {

struct Options {
  bool markdown = false, json = false;
};

struct Call {
  std::string name, text, doc;
};

// By what is called: an op that a function wraps is listed as the function.
std::map<std::string, Call> all_calls() {
  std::map<std::string, Call> calls;
  const auto add = [&](const char* name, const std::string& parameters, const char* doc) {
    const std::string text = fmt::format("{}({})", name, parameters);
    calls[text] = {name, text, doc};
  };
  for (const OpRow& op : all_ops())
    if (op.kind == Kind::Elementwise && op.attrs.empty()) add(op.name, signature(op), op.doc);
  for (const FunctionRow& f : all_functions())
    add(f.name, signature(f), f.doc);
  return calls;
}

int run(const Options& options) {
  if (options.markdown) return put(ops_markdown()), 0;
  Json all = Json::array();
  std::string text;
  for (const auto& [key, call] : all_calls()) {
    all.push_back({{"name", call.name}, {"call", call.text}, {"doc", call.doc}});
    text += fmt::format("{}\n    {}\n", call.text, call.doc);
  }
  put(options.json ? json_line({{"ops", all}}) : text);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_flag("--markdown", options->markdown, "Print docs/ops.md");
  add_json(app, options->json);
  return [options] { return run(*options); };
}

} // namespace

const Verb ops_verb = {"ops", "List the operations",
                       "  tsc ops\n  tsc ops --markdown > docs/ops.md", declare,
                       R"json({"ops": [{"name", "call": "sum(x, axes=[])", "doc"}]})json"};

} // namespace tsc::cli
