// tests/error/*.tsc: each holds a bad graph and, behind a line "# expect:", the whole diagnostic as
// comments. A line "# option: name=number" before it sets a limit. TSC_UPDATE=1 rewrites them.
#include "ir/limit_rows.h"
#include "ir/parse.h"
#include "support/files.h"
#include "tests/catch.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <set>

using namespace tsc;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(TSC_SOURCE_DIR) / "tests/error";
const std::string mark = "# expect:\n";

struct Case {
  std::string name, graph, expected;
};

Case read_case(const fs::path& path) {
  const std::string text = read_file(path);
  const size_t at = text.find(mark);
  if (at == std::string::npos) return {path.filename(), text, ""};
  return {path.filename(), text.substr(0, at), text.substr(at + mark.size())};
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".tsc") cases.push_back(read_case(entry.path()));
  std::sort(cases.begin(), cases.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return cases;
}

Limits limits_of(const std::string& graph) {
  Limits limits;
  for (const LimitRow& row : all_limits) {
    const std::string key = fmt::format("# option: {}=", row.name);
    if (const size_t at = graph.find(key); at != std::string::npos)
      limits.*row.member = std::strtoull(graph.c_str() + at + key.size(), nullptr, 10);
  }
  return limits;
}

std::string diagnostic(const Case& c) {
  try {
    parse(c.graph, c.name, {.directory = folder, .limits = limits_of(c.graph)});
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

std::string as_comment(const std::string& text) {
  std::string out = "# ";
  for (char c : text)
    out += c == '\n' ? std::string("\n# ") : std::string(1, c);
  return out + "\n";
}

// Diagnostics of groups E01 to E04 and E07 that no graph file can cause.
const std::set<Diag> not_from_files = {Diag::NotDifferentiable, Diag::NotInGraph, Diag::BadValue,
                                       Diag::TimeLimit, Diag::MemoryLimit};

} // namespace

TEST_CASE("bad graphs give their whole diagnostic") {
  const bool update = std::getenv("TSC_UPDATE") != nullptr;
  for (const Case& c : all_cases()) {
    const std::string got = as_comment(diagnostic(c));
    if (update) write_file(folder / c.name, c.graph + mark + got);
    INFO(c.name << "\n" << got);
    CHECK((update || got == c.expected));
    CHECK(got.starts_with("# error["));
  }
}

TEST_CASE("each diagnostic of graph files has a file") {
  std::set<std::string> covered;
  for (const Case& c : all_cases())
    covered.insert(c.expected.substr(0, std::string("# error[E0000]").size()));
  for (const DiagRow& row : all_diagnostics()) {
    const std::string code = row.code;
    if (code >= "E0500" || not_from_files.count(row.diag)) continue;
    INFO(code << " " << row.slug);
    CHECK(covered.count("# error[" + code + "]"));
  }
}
