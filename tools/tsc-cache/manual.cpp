// tsc-cache completions and tsc-cache manual.
#include "support/settings.h"
#include "tools/common/colour.h"
#include "tools/common/manual_verbs.h"
#include "tools/tsc-cache/verb.h"

#include <fmt/format.h>

namespace tsc {

namespace {

cli::SectionDoc environment() {
  cli::SectionDoc section{"Environment", {}};
  for (const SettingRow& row : all_settings())
    if (std::string_view(row.variable).starts_with("TSC_CACHE_"))
      section.rows.emplace_back(
          row.variable,
          *row.fallback ? fmt::format("{} (default: {})", row.help, row.fallback) : row.help);
  for (const auto& row : cli::colour_settings())
    section.rows.push_back(row);
  return section;
}

} // namespace

cli::CommandDoc cli::this_command(const CLI::App& verb) {
  CommandDoc command = read_command(*verb.get_parent(), cache_cli::all_verbs(), cache_cli::choices);
  command.version = TSC_VERSION;
  command.sections = {{"Exit status",
                       {{"0", "done"},
                        {"1", "there is no such entry or graph"},
                        {"2", "the command line or a setting is wrong"},
                        {"3", "the directory, a file or the output failed"},
                        {"5", "'verify' or 'doctor' found something bad"}}},
                      environment()};
  return command;
}

namespace cache_cli {

std::vector<std::string> choices(const std::string& value) {
  if (value == "BY") return {"used", "size"};
  if (value == "SHELL") return cli::shells();
  if (value == "WHEN") return cli::colour_choices();
  return {};
}

const Verb completions_verb = {"completions", "Print completions for a shell",
                               "  source <(tsc-cache completions bash)\n"
                               "  tsc-cache completions fish | source",
                               cli::declare_completions};

const Verb manual_verb = {"manual", "Print the manual page, or docs/cli-cache.md",
                          "  tsc-cache manual | man -l -\n"
                          "  tsc-cache manual --markdown > docs/cli-cache.md",
                          cli::declare_manual};

} // namespace cache_cli

} // namespace tsc
