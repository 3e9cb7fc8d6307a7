// tsc passes: what the optimiser does, in order.
#include "passes/pass.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

const char* when_text(When when) {
  switch (when) {
  case When::Always:
    return "always";
  case When::Optimising:
    return "optimising";
  case When::Lax:
    return "not with --strict";
  case When::FastMath:
    return "with fast math";
  }
  return "";
}

int run(bool json) {
  Json all = Json::array();
  for (const Pass& pass : optimiser_passes()) {
    const char* when = when_text(pass.when);
    if (json)
      all.push_back({{"name", pass.name}, {"doc", pass.doc}, {"when", when}});
    else
      put(fmt::format("{:15} {} ({})\n", pass.name, pass.doc, when));
  }
  if (json) put(json_line({{"passes", all}}));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json] { return run(*json); };
}

} // namespace

const Verb passes_verb = {"passes", "List the optimiser's passes, in order",
                          "  tsc passes\n  tsc passes --json", declare,
                          R"({"passes": [{"name", "doc", "when"}]})"};

} // namespace tsc::cli
