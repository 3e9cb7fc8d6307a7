#include "tools/common/parse.h"

#include "support/error.h"
#include "tools/common/io.h"
#include "tools/common/program_name.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <regex>

namespace tsc::cli {

namespace {

// A name that is no verb: CLI11 would call it an unexpected argument.
void check_verb_name(Verbs verbs, const std::string& command, std::string_view given) {
  if (given.starts_with("-") || verb_named(verbs, given)) return;
  std::vector<std::string_view> names;
  for (const Verb* verb : verbs)
    if (!verb->hidden) names.emplace_back(verb->name);
  const std::string name = printable(given);
  throw UsageError(fmt::format("there is no verb '{}'{}", name,
                               name.ends_with(".tsc")
                                   ? fmt::format("; did you mean '{} run {}'?", command, name)
                                   : did_you_mean(given, names)));
}

void add_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
}

// The first argument that the verb did not expect, with what was perhaps meant.
[[noreturn]] void unexpected(const CLI::App& app, Verbs verbs) {
  const std::vector<std::string> extras = app.remaining(true);
  const std::string first = extras.empty() ? "" : extras[0];
  const std::string option = first.substr(0, first.find('='));
  if (app.get_subcommands().empty()) check_verb_name(verbs, app.get_name(), first);
  if (!option.starts_with("-"))
    throw UsageError(fmt::format("unexpected argument '{}'", printable(first)));
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands())
    add_names(*sub, names);
  add_names(app, names);
  throw UsageError(fmt::format("there is no option '{}'{}", printable(option),
                               did_you_mean(option, {names.begin(), names.end()})));
}

// What CLI11 says of an option, in our words.
std::string in_our_words(const std::string& text) {
  static const std::regex not_converted("Could not convert: (\\S+) = ([^]*)"),
      without_value("(\\S+): 1 required (\\S+) missing");
  return std::regex_replace(std::regex_replace(text, not_converted, "$1: '$2' is no number"),
                            without_value, "$1 needs a value: $2");
}

} // namespace

const Verb* verb_named(Verbs verbs, std::string_view name) {
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb* v) { return name == v->name; });
  return found == verbs.end() ? nullptr : *found;
}

void add_verbs(CLI::App& app, Verbs verbs, std::function<int()>& action,
               const std::function<void(const Verb&, CLI::App&)>& also) {
  app.require_subcommand(0, 1);
  for (const Verb* verb : verbs) {
    CLI::App* sub = app.add_subcommand(verb->name, verb->doc);
    if (verb->hidden) sub->group("");
    sub->footer(std::string("Examples:\n") + verb->examples);
    sub->callback([&action, run = verb->declare(*sub)] { action = run; });
    if (also) also(*verb, *sub);
  }
}

bool parse(CLI::App& app, Verbs verbs, int argc, const char* const* argv) {
  if (argc > 1) check_verb_name(verbs, app.get_name(), argv[1]);
  for (int i = 2; i < argc; ++i) // CLI11 would take it apart
    if (const std::string_view word = argv[i]; word.starts_with("[") && word.ends_with("]"))
      throw UsageError(
          fmt::format("unexpected argument '{}'; write NAME={}", printable(word), printable(word)));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return put(with_tool_names(app.help())), false;
  } catch (const CLI::ExtrasError&) {
    unexpected(app, verbs);
  } catch (const CLI::ParseError& error) {
    throw UsageError(printable(in_our_words(error.what()), 400));
  }
  return true;
}

void print_help(const CLI::App& app, Verbs verbs, std::string_view below) {
  const std::string name = app.get_name();
  put(fmt::format("Usage: {0} VERB [OPTIONS]    '{0} VERB --help' shows a verb's options\n\n",
                  name));
  for (const Verb* verb : verbs)
    if (!verb->hidden) put(fmt::format("  {:12} {}\n", verb->name, with_tool_names(verb->doc)));
  put(with_tool_names(below));
}

std::string usage_message(const std::string& command, Verbs verbs, int argc,
                          const char* const* argv, const UsageError& error) {
  const bool is_verb = argc > 1 && verb_named(verbs, argv[1]);
  const std::string asked = is_verb ? fmt::format("{} {}", command, argv[1]) : command;
  return fmt::format("{0}: {1}\nTry '{0} --help'.", asked, error.what());
}

void check_choice(const std::string& what, const std::string& given,
                  const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), given) != allowed.end()) return;
  std::string meant = did_you_mean(given, {allowed.begin(), allowed.end()});
  if (meant.empty() && allowed.size() <= 20)
    meant = fmt::format("; choose of {}", fmt::join(allowed, ", "));
  throw UsageError(fmt::format("{} '{}'{}", what, printable(given), meant));
}

} // namespace tsc::cli
