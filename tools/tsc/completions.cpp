// tsc completions and tsc manual.
#include "ir/limit_rows.h"
#include "support/settings.h"
#include "tools/common/colour.h"
#include "tools/common/manual_verbs.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

SectionDoc environment() {
  SectionDoc section{"Environment", {}};
  for (const SettingRow& row : all_settings())
    section.rows.emplace_back(
        row.variable,
        *row.fallback ? fmt::format("{} (default: {})", row.help, row.fallback) : row.help);
  for (const auto& row : colour_settings())
    section.rows.push_back(row);
  return section;
}

SectionDoc exit_status() {
  SectionDoc section{"Exit status", {}};
  for (const ExitCodeRow& row : all_exit_codes())
    section.rows.emplace_back(std::to_string(row.code), row.meaning);
  section.rows.emplace_back("130, 143", "ended by SIGINT or SIGTERM, as a shell sees it");
  return section;
}

SectionDoc limits() {
  SectionDoc section{"Limits", {}};
  for (const LimitRow& row : all_limits)
    section.rows.emplace_back(row.name,
                              fmt::format("{} (default: {}; error {})", row.doc,
                                          tsc::Limits{}.*row.member, tsc::row(row.diag).code));
  return section;
}

} // namespace

CommandDoc this_command(const CLI::App& verb) {
  CommandDoc command = read_command(*verb.get_parent(), all_verbs(), choices);
  command.version = TSC_VERSION;
  command.sections = {
      exit_status(),
      environment(),
      limits(),
      {"Files",
       {{"$XDG_CACHE_HOME/tsc", "the kernel cache, else ~/.cache/tsc"},
        {"$XDG_STATE_HOME/tsc", "what 'tsc repro' replays, else ~/.local/state/tsc"}}}};
  return command;
}

const Verb completions_verb = {"completions", "Print completions for a shell",
                               "  source <(tsc completions bash)\n"
                               "  tsc completions fish | source",
                               declare_completions};

const Verb manual_verb = {"manual", "Print the manual page, or docs/cli.md",
                          "  tsc manual | man -l -\n  tsc manual --markdown > docs/cli.md",
                          declare_manual};

} // namespace tsc::cli
