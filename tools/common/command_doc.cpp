#include "tools/common/command_doc.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

OptionDoc read_option(const CLI::Option& option, const Choices& choices) {
  OptionDoc doc;
  for (const std::string& name : option.get_snames())
    doc.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    doc.names.push_back("--" + name);
  const bool flag = option.get_items_expected_max() == 0;
  if (!flag) doc.value = doc.names.empty() ? option.get_name(true) : option.get_type_name();
  doc.doc = option.get_description();
  doc.repeated = option.get_items_expected_max() > 1;
  doc.required = option.get_required();
  if (!flag) doc.choices = choices(doc.value);
  return doc;
}

std::vector<OptionDoc> read_options(const CLI::App& app, const Choices& choices) {
  std::vector<OptionDoc> options;
  for (const bool named : {false, true})
    for (const CLI::Option* option : app.get_options())
      if (option->nonpositional() == named) options.push_back(read_option(*option, choices));
  return options;
}

} // namespace

CommandDoc read_command(const CLI::App& app, Verbs verbs, const Choices& choices) {
  CommandDoc command{app.get_name(), app.get_description(), "", read_options(app, choices), {}, {}};
  for (const Verb* verb : verbs)
    if (!verb->hidden)
      command.verbs.push_back({verb, read_options(*app.get_subcommand(verb->name), choices)});
  return command;
}

std::string usage(const CommandDoc& command, const VerbDoc& verb) {
  std::string text = fmt::format("{} {}", command.name, verb.verb->name);
  for (const OptionDoc& option : verb.options) {
    if (!option.names.empty() && !option.required) continue;
    std::string word = option.names.empty()
                           ? option.value
                           : fmt::format("{} {}", option.names.back(), option.value);
    if (option.repeated) word += "...";
    text += option.required ? " " + word : fmt::format(" [{}]", word);
  }
  return text + " [OPTIONS]";
}

} // namespace tsc::cli
