// tsc explain: what a diagnostic means.
#include "support/error.h"
#include "tools/common/json.h"
#include "tools/common/program_name.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

struct Options {
  std::string code;
  bool json = false;
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string line_of(const DiagRow& row) {
  return fmt::format("{} {}: {}\n", row.code, row.slug, row.summary);
}

std::vector<DiagRow> rows_named(const std::string& wanted) {
  if (wanted.empty()) return all_diagnostics();
  for (const DiagRow& row : all_diagnostics())
    if (upper(wanted) == row.code || wanted == row.slug) return {row};
  check_choice("there is no diagnostic", wanted, choices("CODE"));
  return {};
}

int run(const Options& options) {
  const std::vector<DiagRow> rows = rows_named(options.code);
  Json all = Json::array();
  std::string text;
  for (const DiagRow& row : rows) {
    all.push_back(
        {{"code", row.code}, {"name", row.slug}, {"summary", row.summary}, {"advice", row.advice}});
    text += line_of(row);
  }
  if (!options.code.empty()) text += rows[0].advice + std::string("\n");
  put(options.json ? json_line({{"diagnostics", all}}) : with_tool_names(text));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("CODE", options->code,
                 "A code such as E0204 or its name; without it all are listed")
      ->type_name("");
  add_json(app, options->json);
  return [options] { return run(*options); };
}

} // namespace

const Verb explain_verb = {"explain", "Say what a diagnostic means and what to do",
                           "  tsc explain E0204\n  tsc explain shape-mismatch", declare,
                           R"({"diagnostics": [{"code", "name", "summary", "advice"}]})"};

} // namespace tsc::cli
