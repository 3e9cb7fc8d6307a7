#include "tools/common/manual_verbs.h"

#include "tools/common/io.h"
#include "tools/common/program_name.h"

namespace tsc::cli {

namespace {

std::string completion(const CommandDoc& command, const std::string& shell) {
  if (shell == "bash") return bash_completion(command);
  if (shell == "zsh") return zsh_completion(command);
  return fish_completion(command);
}

} // namespace

std::vector<std::string> shells() { return {"bash", "zsh", "fish"}; }

std::function<int()> declare_completions(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "The shell to write for")->required()->type_name("");
  return [shell, &app] {
    check_choice("there is no completion for the shell", *shell, shells());
    put(with_tool_names(completion(this_command(app), *shell)));
    return 0;
  };
}

std::function<int()> declare_manual(CLI::App& app) {
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print the page of docs/ instead of the one for man");
  return [markdown, &app] {
    const CommandDoc command = this_command(app);
    put(with_tool_names(*markdown ? manual_markdown(command) : man_page(command)));
    return 0;
  };
}

} // namespace tsc::cli
