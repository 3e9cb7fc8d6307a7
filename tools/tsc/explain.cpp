// tsc explain: what a diagnostic means.
#include "support/error.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string line_of(const DiagRow& row) {
  return fmt::format("{} {}: {}\n", row.code, row.slug, row.summary);
}

int run(const std::string& wanted) {
  std::vector<std::string_view> names;
  for (const DiagRow& row : all_diagnostics()) {
    if (wanted.empty()) put(line_of(row));
    if (upper(wanted) == row.code || wanted == row.slug)
      return put(line_of(row) + row.advice + "\n"), 0;
    names.insert(names.end(), {row.code, row.slug});
  }
  if (wanted.empty()) return 0;
  throw UsageError(
      fmt::format("there is no diagnostic '{}'{}", printable(wanted), did_you_mean(wanted, names)));
}

std::function<int()> declare(CLI::App& app) {
  const auto code = std::make_shared<std::string>();
  app.add_option("CODE", *code, "A code such as E0204 or its name; without it all are listed")
      ->type_name("");
  return [code] { return run(*code); };
}

} // namespace

const Verb explain_verb = {"explain", "Say what a diagnostic means and what to do",
                           "  tsc explain E0204\n  tsc explain shape-mismatch", declare};

} // namespace tsc::cli
