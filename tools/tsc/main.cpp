// tsc: the tensor compiler's command. Data goes to stdout, messages to stderr; exit codes stand in
// exit_code.h. Each verb has a file of its own.
#include "support/settings.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <new>

using namespace tsc;
using namespace tsc::cli;

namespace {

const std::array verbs = {&run_verb,   &compile_verb, &describe_verb, &check_verb,
                          &show_verb,  &grad_verb,    &verify_verb,   &ops_verb,
                          &rules_verb, &explain_verb, &version_verb};

constexpr const char* examples = R"(Examples:
  tsc run examples/logistic.tsc "x=[[0,1],[-1,-2]]"
'tsc VERB --help' shows a verb's options. Exit codes: 1 graph or data wrong, 2 usage,
3 files, 4 not supported, 5 verify failed, 70 a bug in tsc.)";

void print_settings() {
  for (const SettingRow& row : all_settings())
    fmt::print("{}\n    {}{}\n", row.variable, row.help,
               *row.fallback ? fmt::format(" (default: {})", row.fallback) : "");
}

bool is_verb(std::string_view name) {
  return std::any_of(verbs.begin(), verbs.end(), [&](const Verb* v) { return name == v->name; });
}

// A name that is no verb: CLI11 would call it an unexpected argument.
void check_verb_name(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-' || is_verb(argv[1])) return;
  std::vector<std::string_view> names;
  for (const Verb* verb : verbs)
    names.emplace_back(verb->name);
  const std::string name = printable(argv[1]);
  throw UsageError(fmt::format("there is no verb '{}'{}", name,
                               name.ends_with(".tsc")
                                   ? fmt::format("; did you mean 'tsc run {}'?", name)
                                   : did_you_mean(argv[1], names)));
}

// The first argument that the verb did not expect, with what was perhaps meant.
[[noreturn]] void unexpected(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining(true);
  const std::string first = extras.empty() ? "" : extras[0];
  const std::string option = first.substr(0, first.find('='));
  if (!option.starts_with("-"))
    throw UsageError(fmt::format("unexpected argument '{}'", printable(first)));
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands())
    for (const CLI::Option* o : sub->get_options())
      for (const std::string& name : o->get_lnames())
        names.push_back("--" + name);
  throw UsageError(fmt::format("there is no option '{}'{}", printable(option),
                               did_you_mean(option, {names.begin(), names.end()})));
}

int run(int argc, char** argv) {
  CLI::App app("Compiles tensor graphs to native code, and runs them.", "tsc");
  app.footer(examples);
  app.require_subcommand(0, 1);
  bool help_env = false;
  app.add_flag("--help-env", help_env, "List the settings that the environment may give");
  std::function<int()> action;
  for (const Verb* verb : verbs) {
    CLI::App* sub = app.add_subcommand(verb->name, verb->doc);
    sub->footer(std::string("Examples:\n") + verb->examples);
    sub->callback([&action, run = verb->declare(*sub)] { action = run; });
  }
  check_verb_name(argc, argv);
  if (argc == 2 && argv[1] == std::string_view("--version")) return version_verb.declare(app)();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return Done;
  } catch (const CLI::ExtrasError&) {
    unexpected(app);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  if (help_env) print_settings();
  if (!action && !help_env) std::fputs(app.help().c_str(), stdout);
  return action ? action() : Done;
}

int fail(const std::string& message, int code) {
  std::fflush(stdout);
  std::fputs((message + "\n").c_str(), stderr);
  return code;
}

int guarded(int argc, char** argv) {
  try {
    const int code = run(argc, argv);
    flush_output();
    return code;
  } catch (const UsageError& error) {
    const std::string verb = argc > 1 && is_verb(argv[1]) ? fmt::format(" {}", argv[1]) : "";
    return fail(fmt::format("tsc{0}: {1}\nTry 'tsc{0} --help'.", verb, error.what()), Usage);
  } catch (const Error& error) {
    return fail(error.what(), exit_code(error.diag()));
  } catch (const InternalError& error) {
    return fail(
        fmt::format("{}\nThis is a bug in tsc. Please report it with the graph, the command "
                    "and what 'tsc version' prints.",
                    error.what()),
        Internal);
  } catch (const std::bad_alloc&) {
    return fail("tsc: out of memory", Wrong);
  } catch (const std::exception& error) {
    return fail(fmt::format("internal error in tsc (please report): {}", error.what()), Internal);
  }
}

} // namespace

int main(int argc, char** argv) {
  clean_up_on_signals();
  return guarded(argc, argv);
}
