// tsc rules: the rewrite rules of the optimiser.
#include "passes/rules/rules.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

int run(bool markdown) {
  if (markdown) {
    put(rules_markdown());
    return 0;
  }
  for (const RuleSet& set : all_rule_sets()) {
    for (const Rule& rule : set.rules)
      put(fmt::format("{}/{}: {} -> {}  ({}: {})\n", set.name, rule.name, rule.lhs.text(),
                      rule.rhs.text(), name(rule.claim), rule.why));
    for (const CodeRule& rule : set.code)
      put(fmt::format("{}/{}: {}  ({})\n", set.name, rule.name, rule.why, name(rule.claim)));
  }
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print docs/rules.md");
  return [markdown] { return run(*markdown); };
}

} // namespace

const Verb rules_verb = {"rules", "List the rewrite rules",
                         "  tsc rules\n  tsc rules --markdown > docs/rules.md", declare};

} // namespace tsc::cli
