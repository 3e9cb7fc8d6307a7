// tsc rules: the rewrite rules of the optimiser.
#include "passes/rules/rules.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  bool markdown = false, json = false;
};

std::string text_of_all() {
  std::string out;
  for (const RuleSet& set : all_rule_sets()) {
    for (const Rule& rule : set.rules)
      out += fmt::format("{}/{}: {} -> {}  ({}: {})\n", set.name, rule.name, rule.lhs.text(),
                         rule.rhs.text(), name(rule.claim), rule.why);
    for (const CodeRule& rule : set.code)
      out += fmt::format("{}/{}: {}  ({})\n", set.name, rule.name, rule.why, name(rule.claim));
  }
  return out;
}

// A rule that is code has no two sides to show.
Json json_of_all() {
  Json all = Json::array();
  for (const RuleSet& set : all_rule_sets()) {
    for (const Rule& rule : set.rules)
      all.push_back({{"set", set.name},
                     {"name", rule.name},
                     {"from", rule.lhs.text()},
                     {"to", rule.rhs.text()},
                     {"claim", name(rule.claim)},
                     {"why", rule.why}});
    for (const CodeRule& rule : set.code)
      all.push_back({{"set", set.name},
                     {"name", rule.name},
                     {"from", nullptr},
                     {"to", nullptr},
                     {"claim", name(rule.claim)},
                     {"why", rule.why}});
  }
  return {{"rules", all}};
}

int run(const Options& options) {
  put(options.markdown ? rules_markdown()
      : options.json   ? json_line(json_of_all())
                       : text_of_all());
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_flag("--markdown", options->markdown, "Print docs/rules.md");
  add_json(app, options->json);
  return [options] { return run(*options); };
}

} // namespace

const Verb rules_verb = {
    "rules", "List the rewrite rules", "  tsc rules\n  tsc rules --markdown > docs/rules.md",
    declare,
    "{\"rules\": [{\"set\", \"name\", \"from\", \"to\", \"claim\", \"why\"}]}\n"
    "  \"from\" and \"to\" are null for rules that are code"};

} // namespace tsc::cli
