// Every table of facts: names are unique, and each row says what it is for.
#include "ir/composites.h"
#include "ir/op.h"
#include "passes/pass.h"
#include "passes/rules/rules.h"
#include "support/error.h"
#include "support/settings.h"
#include "tests/catch.h"

#include <set>

using namespace tsc;

namespace {

// A sentence: something with a full stop at its end.
bool is_sentence(std::string_view text) { return text.size() > 4 && text.back() == '.'; }

} // namespace

TEST_CASE("each op has a name of its own and a sentence of documentation") {
  std::set<std::string_view> names;
  for (const OpRow& r : all_ops()) {
    INFO(r.name);
    CHECK(names.insert(r.name).second);
    CHECK(is_sentence(r.doc));
    CHECK(op_named(r.name) == r.op);
    CHECK(&row(r.op) == &r);
    CHECK(r.types != 0);
  }
  CHECK(names.size() > 80);
}

TEST_CASE("each elementwise op says what tests need") {
  for (const OpRow& r : all_ops()) {
    if (r.kind != Kind::Elementwise) continue;
    INFO(r.name);
    CHECK((r.arity >= 1 && r.arity <= 3));
    CHECK((*r.infix != 0 || *r.header != 0 || r.op == Op::select));
    CHECK((r.grad.empty() || r.grad.size() == static_cast<size_t>(r.arity)));
  }
}

TEST_CASE("each function has a name of its own and a sentence of documentation") {
  std::set<std::string_view> names;
  for (const FunctionRow& f : all_functions()) {
    INFO(f.name);
    CHECK(names.insert(f.name).second);
    CHECK(is_sentence(f.doc));
    CHECK(function_named(f.name) == &f);
    std::set<std::string_view> params;
    for (const Param& p : f.params)
      CHECK(params.insert(p.name).second);
  }
}

TEST_CASE("each diagnostic has a code and a slug of its own, in order") {
  std::set<std::string_view> slugs;
  std::string_view last;
  for (const DiagRow& d : all_diagnostics()) {
    INFO(d.code);
    CHECK(std::string_view(d.code) > last);
    last = d.code;
    CHECK((last.size() == 5 && last[0] == 'E'));
    CHECK(slugs.insert(d.slug).second);
    CHECK(is_sentence(d.summary));
  }
}

TEST_CASE("each rule and pass has a name of its own and a reason") {
  std::set<std::string_view> names;
  for (const RuleSet& set : all_rule_sets()) {
    for (const Rule& r : set.rules) {
      INFO(r.name);
      CHECK(names.insert(r.name).second);
      CHECK(*r.why != 0);
    }
    for (const CodeRule& r : set.code) {
      INFO(r.name);
      CHECK(names.insert(r.name).second);
      CHECK(*r.why != 0);
    }
  }
  std::set<std::string_view> passes;
  for (const Pass& p : optimiser_passes()) {
    INFO(p.name);
    CHECK(passes.insert(p.name).second);
    CHECK(*p.doc != 0);
  }
}

TEST_CASE("each setting is a variable of its own") {
  std::set<std::string_view> variables;
  for (const SettingRow& s : all_settings()) {
    INFO(s.variable);
    CHECK(variables.insert(s.variable).second);
    CHECK(std::string_view(s.variable).substr(0, 4) == "TSC_");
    CHECK(*s.help != 0);
  }
}
