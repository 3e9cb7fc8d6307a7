// tsc ops: the operations of the graph language.
#include "ir/ops_markdown.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <map>

namespace tsc::cli {

namespace {

int run(bool markdown) {
  if (markdown) {
    put(ops_markdown());
    return 0;
  }
  std::map<std::string, std::string> lines; // by what is called
  for (const OpRow& op : all_ops())
    if (op.kind == Kind::Elementwise && op.attrs.empty())
      lines[fmt::format("{}({})", op.name, signature(op))] = op.doc;
  for (const FunctionRow& f : all_functions())
    lines[fmt::format("{}({})", f.name, signature(f))] = f.doc;
  for (const auto& [call, doc] : lines)
    put(fmt::format("{}\n    {}\n", call, doc));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print docs/ops.md");
  return [markdown] { return run(*markdown); };
}

} // namespace

const Verb ops_verb = {"ops", "List the operations",
                       "  tsc ops\n  tsc ops --markdown > docs/ops.md", declare};

} // namespace tsc::cli
