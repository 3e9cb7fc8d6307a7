// Completions for shells. Values are ours, not the user's, so that single quotes are all the
// quoting there is.
#include "support/writer.h"
#include "tools/common/command_doc.h"

#include <fmt/ranges.h>

namespace tsc::cli {

namespace {

// What a shell completes where the value is free.
enum class Free { Files, Directories, Nothing };

Free free_value(const OptionDoc& option) {
  if (option.value == "DIR") return Free::Directories;
  const bool file = option.names.empty() || option.value.find("FILE") != std::string::npos;
  return file ? Free::Files : Free::Nothing;
}

std::vector<std::string> names_of(const std::vector<OptionDoc>& options) {
  std::vector<std::string> names;
  for (const OptionDoc& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> verb_names(const CommandDoc& command) {
  std::vector<std::string> names;
  for (const VerbDoc& verb : command.verbs)
    names.emplace_back(verb.verb->name);
  return names;
}

// Text within single quotes.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The words that may stand for a verb's argument without a name.
std::vector<std::string> argument_choices(const VerbDoc& verb) {
  return verb.options.empty() || !verb.options[0].names.empty() ? std::vector<std::string>()
                                                                : verb.options[0].choices;
}

std::string bash_words(const std::vector<std::string>& words) {
  return fmt::format("mapfile -t COMPREPLY < <(compgen -W {} -- \"$cur\")",
                     in_quotes(fmt::format("{}", fmt::join(words, " "))));
}

std::string bash_value(const OptionDoc& option) {
  if (!option.choices.empty()) return bash_words(option.choices);
  switch (free_value(option)) {
  case Free::Files:
    return "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
  case Free::Directories:
    return "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
  case Free::Nothing:
    return "COMPREPLY=()";
  }
  return "";
}

void bash_values(Writer& w, const std::string& verb, const std::vector<OptionDoc>& options) {
  for (const OptionDoc& option : options) {
    if (option.names.empty() || option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names)
      patterns.push_back(verb + ":" + name);
    w.line("{}) {}; return ;;", fmt::join(patterns, "|"), bash_value(option));
  }
}

} // namespace

std::string bash_completion(const CommandDoc& command) {
  Writer w;
  w.line("# Completion of {} for bash: source <({} completions bash)", command.name, command.name);
  {
    const auto function = w.block("_{}()", command.name);
    w.line(
        "local cur=${{COMP_WORDS[COMP_CWORD]}} verb=${{COMP_WORDS[1]}} before=$((COMP_CWORD - 1))");
    w.line("# --name=value comes as three words");
    w.line("if [[ $cur == = ]]; then cur=; elif [[ ${{COMP_WORDS[before]}} == = ]]; then "
           "((before--)); fi");
    w.line("local prev=${{COMP_WORDS[before]}}");
    std::vector<std::string> first = verb_names(command), anywhere = names_of(command.options);
    first.insert(first.end(), anywhere.begin(), anywhere.end());
    w.line("if ((COMP_CWORD == 1)); then {}; return; fi", bash_words(first));
    w.line("case $verb:$prev in");
    bash_values(w, "*", command.options);
    for (const VerbDoc& verb : command.verbs)
      bash_values(w, verb.verb->name, verb.options);
    w.line("esac");
    w.line("case $verb:$cur in");
    for (const VerbDoc& verb : command.verbs) {
      w.line("{}:-*) {} ;;", verb.verb->name, bash_words(names_of(verb.options)));
      if (const auto choices = argument_choices(verb); !choices.empty())
        w.line("{}:*) {} ;;", verb.verb->name, bash_words(choices));
    }
    w.line("*) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;");
    w.line("esac");
  }
  w.line("complete -o filenames -F _{} {}", command.name, command.name);
  return w.text();
}

namespace {

// What _arguments says of a value: ":FILE:_files".
std::string zsh_value(const OptionDoc& option) {
  if (option.value.empty()) return "";
  std::string action;
  if (!option.choices.empty())
    action = fmt::format("({})", fmt::join(option.choices, " "));
  else if (free_value(option) == Free::Files)
    action = "_files";
  else if (free_value(option) == Free::Directories)
    action = "_files -/";
  return ":value:" + action;
}

std::string zsh_text(std::string_view text) { // where ], [ and : have a meaning
  std::string out;
  for (char c : text)
    out += std::string(c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" : "") + c;
  return out;
}

void zsh_arguments(Writer& w, const std::vector<OptionDoc>& options) {
  for (const OptionDoc& option : options) {
    if (option.names.empty())
      w.line("  {} \\", in_quotes((option.repeated ? "*" : "") + zsh_value(option)));
    for (const std::string& name : option.names) {
      const bool equals = !option.value.empty() && name.starts_with("--");
      w.line("  {} \\", in_quotes(fmt::format("{}{}[{}]{}", name, equals ? "=" : "",
                                              zsh_text(option.doc), zsh_value(option))));
    }
  }
}

} // namespace

std::string zsh_completion(const CommandDoc& command) {
  Writer w;
  w.line("#compdef {}", command.name);
  w.line("# Completion of {0} for zsh: {0} completions zsh > \"${{fpath[1]}}/_{0}\"", command.name);
  {
    const auto function = w.block("_{}()", command.name);
    w.line("local -a verbs=(");
    for (const VerbDoc& verb : command.verbs)
      w.line("  {}", in_quotes(fmt::format("{}:{}", verb.verb->name, zsh_text(verb.verb->doc))));
    w.line(")");
    w.line("if (( CURRENT == 2 )); then _describe verb verbs; return; fi");
    w.line("shift words; (( CURRENT-- ))");
    w.line("case $words[1] in");
    for (const VerbDoc& verb : command.verbs) {
      w.line("{}) _arguments \\", verb.verb->name);
      zsh_arguments(w, command.options);
      zsh_arguments(w, verb.options);
      w.line("  ;;");
    }
    w.line("esac");
  }
  w.line("# Loaded by name, this file is the function's first call.");
  w.line("if [[ $funcstack[1] == _{0} ]]; then _{0} \"$@\"; else compdef _{0} {0}; fi",
         command.name);
  return w.text();
}

namespace {

void fish_option(Writer& w, const std::string& start, const OptionDoc& option) {
  std::string line = start;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.choices.empty())
    line += fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(option.choices, " "))));
  else if (!option.value.empty() && !option.names.empty())
    line += free_value(option) == Free::Nothing ? " -x" : " -r -F";
  if (!option.names.empty() || !option.choices.empty())
    w.line("{} -d {}", line, in_quotes(option.doc));
}

} // namespace

std::string fish_completion(const CommandDoc& command) {
  Writer w;
  w.line("# Completion of {0} for fish: {0} completions fish | source", command.name);
  for (const OptionDoc& option : command.options)
    fish_option(w, fmt::format("complete -c {}", command.name), option);
  for (const VerbDoc& verb : command.verbs) {
    w.line("complete -c {} -n __fish_use_subcommand -f -a {} -d {}", command.name, verb.verb->name,
           in_quotes(verb.verb->doc));
    for (const OptionDoc& option : verb.options)
      fish_option(w,
                  fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}'", command.name,
                              verb.verb->name),
                  option);
  }
  return w.text();
}

} // namespace tsc::cli
