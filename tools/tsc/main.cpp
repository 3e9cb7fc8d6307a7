// tsc: the tensor compiler's command. Data goes to stdout, messages to stderr; exit codes stand in
// exit_code.h. Each verb has a file of its own.
#include "support/settings.h"
#include "tools/common/colour.h"
#include "tools/common/program_name.h"
#include "tools/tsc/common_options.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/io.h"
#include "tools/tsc/repro_bundle.h"
#include "tools/tsc/verb.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <new>

using namespace tsc;
using namespace tsc::cli;

namespace {

const std::array verbs = {&run_verb,         &bench_verb,   &compile_verb, &describe_verb,
                          &check_verb,       &show_verb,    &grad_verb,    &verify_verb,
                          &ops_verb,         &rules_verb,   &passes_verb,  &targets_verb,
                          &cache_verb,       &explain_verb, &doctor_verb,  &version_verb,
                          &completions_verb, &manual_verb,  &repro_verb,   &crash_verb};

constexpr const char* examples = R"(
Examples:
  tsc run examples/logistic.tsc "x=[[0,1],[-1,-2]]"
)";

// Where a setting's value comes from, too.
void print_settings() {
  for (const SettingRow& row : all_settings()) {
    const bool given = ::secure_getenv(row.variable) != nullptr;
    put(fmt::format("{}\n    {}{}\n    now: {}\n", row.variable, row.help,
                    *row.fallback ? fmt::format(" (default: {})", row.fallback) : "",
                    given ? fmt::format("'{}', from the environment", printable(value(row.setting)))
                          : "the default"));
  }
}

int run(int argc, char** argv) {
  CLI::App app("Compiles tensor graphs to native code, and runs them.", tool_name());
  bool help_env = false, version = false;
  std::string colour = "auto";
  std::function<int()> action;
  app.fallthrough();
  app.add_flag("--help-env", help_env, "List the settings that the environment may give");
  app.add_flag("--version", version, "Print what 'tsc version' prints");
  app.add_option("--color", colour, "Colour in messages: auto (on a terminal), always or never")
      ->type_name("WHEN");
  add_verbs(app, verbs, action, [](const Verb& verb, CLI::App& sub) {
    if (verb.compiles) add_common_options(sub);
  });
  const std::string_view first = argc > 1 ? argv[1] : "--help";
  if (first == cache_verb.name) run_cache_tool(argv + 1);
  if (first == "--help" || first == "-h") return print_help(app, verbs, examples), Done;
  if (!parse(app, verbs, argc, argv)) return Done;
  check_choice("--color has no value", colour, colour_choices());
  if (version) return print_version(), Done;
  if (help_env) return print_settings(), Done;
  return action ? run_as_asked(action) : (print_help(app, verbs, examples), Done);
}

int fail(const std::string& message, int code) {
  std::fflush(stdout);
  error_text(message + "\n");
  return code;
}

// Under --mem-limit, to be without memory is the limit's doing.
int out_of_memory(const std::string& what) {
  if (!memory_is_limited()) return fail(what, Wrong);
  const Error error(Diag::MemoryLimit, "more was needed than --mem-limit allows");
  return fail(error.what(), exit_code(error.diag()));
}

int bug(const std::string& message, int argc, char** argv) {
  const std::string bundle = write_repro_bundle({argv + 1, argv + argc}, message);
  return fail(
      message + "\nThis is a bug in tsc. " +
          (bundle.empty()
               ? fmt::format(
                     "Please report it with the graph, the command and what '{} version' prints.",
                     tool_name())
               : fmt::format("Please report it with the file\n  {}\nwhich holds the command, "
                             "the graph and small data files; '{} repro FILE' replays it.",
                             printable(bundle, 4096), tool_name())),
      Internal);
}

int guarded(int argc, char** argv) {
  try {
    use_colour(wants_colour(colour_option(argc, argv)));
    const int code = run(argc, argv);
    flush_output();
    return code;
  } catch (const UsageError& error) {
    return fail(usage_message(tool_name(), verbs, argc, argv, error), Usage);
  } catch (const Error& error) {
    if (error.diag() == Diag::OutOfMemory) return out_of_memory(error.what());
    return fail(error.what(), exit_code(error.diag()));
  } catch (const InternalError& error) {
    return bug(error.what(), argc, argv);
  } catch (const std::bad_alloc&) {
    return out_of_memory(tool_name() + ": out of memory");
  } catch (const std::exception& error) {
    if (memory_is_limited()) return out_of_memory(error.what()); // a thread that cannot start
    return bug(fmt::format("internal error in tsc (please report): {}", error.what()), argc, argv);
  }
}

} // namespace

Verbs cli::all_verbs() { return verbs; }

int cli::execute(std::vector<std::string> words) {
  words.insert(words.begin(), tool_name());
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  return guarded(static_cast<int>(words.size()), argv.data());
}

int main(int argc, char** argv) {
  clean_up_on_signals();
  return guarded(argc, argv);
}
