// The rule sets, one file each. Each contains what it builds on, so that it can be run alone.
#pragma once

#include "passes/rule.h"

#include <string>
#include <vector>

namespace tsc {

const RuleSet& view_rules();      // views merged, moved out of the way, constants brought to form
const RuleSet& stabilise_rules(); // numerically unsafe forms become stable ops
const RuleSet& canonical_rules(); // one form for what can be written in several
const RuleSet& simplify_rules();  // less work
const RuleSet& cancel_rules();    // Finite rules whose fact nobody proves: see docs/rules.md
const RuleSet& fast_rules();      // with fast math only

// All of them, in the order of the pipeline, each with its own rules only.
const std::vector<RuleSet>& all_rule_sets();

std::string rules_markdown(); // docs/rules.md

} // namespace tsc
