// tsc completions and tsc manual: what --help says, for shells and for readers.
#include "support/settings.h"
#include "tools/common/command_doc.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/io.h"
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
  section.rows.emplace_back("NO_COLOR", "no colour in messages, whatever it is");
  section.rows.emplace_back("CLICOLOR_FORCE", "colour in messages where stderr is no terminal too");
  return section;
}

SectionDoc exit_status() {
  SectionDoc section{"Exit status", {}};
  for (const ExitCodeRow& row : all_exit_codes())
    section.rows.emplace_back(std::to_string(row.code), row.meaning);
  section.rows.emplace_back("130, 143", "ended by SIGINT or SIGTERM, as a shell sees it");
  return section;
}

CommandDoc this_command(const CLI::App& verb) {
  CommandDoc command = read_command(*verb.get_parent(), all_verbs(), choices);
  command.version = TSC_VERSION;
  command.sections = {
      exit_status(),
      environment(),
      {"Files",
       {{"$XDG_CACHE_HOME/tsc", "the kernel cache, else ~/.cache/tsc"},
        {"$XDG_STATE_HOME/tsc", "what 'tsc repro' replays, else ~/.local/state/tsc"}}}};
  return command;
}

std::string completion(const CommandDoc& command, const std::string& shell) {
  if (shell == "bash") return bash_completion(command);
  if (shell == "zsh") return zsh_completion(command);
  return fish_completion(command);
}

std::function<int()> declare_completions(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "The shell to write for")->required()->type_name("");
  return [shell, &app] {
    check_choice("there is no completion for the shell", *shell, choices("SHELL"));
    put(completion(this_command(app), *shell));
    return 0;
  };
}

std::function<int()> declare_manual(CLI::App& app) {
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print docs/cli.md instead of the page for man");
  return [markdown, &app] {
    const CommandDoc command = this_command(app);
    put(*markdown ? manual_markdown(command) : man_page(command));
    return 0;
  };
}

} // namespace

const Verb completions_verb = {"completions", "Print completions for a shell",
                               "  source <(tsc completions bash)\n"
                               "  tsc completions fish > ~/.config/fish/completions/tsc.fish",
                               declare_completions};

const Verb manual_verb = {"manual", "Print the manual page, or docs/cli.md",
                          "  tsc manual | man -l -\n  tsc manual --markdown > docs/cli.md",
                          declare_manual};

} // namespace tsc::cli
