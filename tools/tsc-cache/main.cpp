// tsc-cache: looks into the kernel cache and keeps it tidy. Links no compiler, so that it starts at
// once. Data goes to stdout, messages to stderr; exit codes stand in verb.h. Each verb has a file
// of its own.
#include "support/error.h"
#include "tools/common/colour.h"
#include "tools/common/io.h"
#include "tools/common/program_name.h"
#include "tools/tsc-cache/verb.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>

using namespace tsc;
using namespace tsc::cache_cli;

namespace {

const std::array verbs = {&list_verb,   &show_verb,   &diff_verb,        &why_verb,   &extract_verb,
                          &stats_verb,  &verify_verb, &prune_verb,       &clear_verb, &export_verb,
                          &import_verb, &doctor_verb, &completions_verb, &manual_verb};

constexpr const char* examples = R"(
Examples:
  tsc-cache                    directory, size and hit rate
  tsc-cache why model.tsc      would it hit, and if not, why?
  tsc-cache --dir /tmp/c list  look into another directory

Every verb takes --dir DIR, --json and --color WHEN.
)";

Common given; // on the command line

int run(int argc, char** argv) {
  CLI::App app("Looks into the kernel cache of tsc, and keeps it tidy.", cli::cache_name());
  std::string colour = "auto";
  given.directory = cache_directory().string();
  std::function<int()> action = [] { return overview(given); };
  app.fallthrough();
  app.add_option("--dir", given.directory, "The cache directory, instead of the settings'")
      ->type_name("DIR");
  app.add_flag("--json", given.json, "Print JSON");
  app.add_option("--color", colour, "Colour in messages: auto (on a terminal), always or never")
      ->type_name("WHEN");
  cli::add_verbs(app, verbs, action);
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h") return cli::print_help(app, verbs, examples), Done;
  if (!cli::parse(app, verbs, argc, argv)) return Done;
  cli::check_choice("--color has no value", colour, cli::colour_choices());
  return action();
}

int fail(const std::string& message, int code) {
  std::fflush(stdout);
  cli::error_text(message + "\n");
  return code;
}

int fail_within(const std::string& message, int code) {
  return fail(fmt::format("{}: {}", cli::cache_name(), message), code);
}

int exit_code(Diag diag) {
  return diag == Diag::BadSetting || diag == Diag::BadCacheMode ? Usage : Io;
}

} // namespace

const Common& cache_cli::common() { return given; }

cli::Verbs cache_cli::all_verbs() { return verbs; }

int main(int argc, char** argv) {
  try {
    cli::use_colour(cli::wants_colour(cli::colour_option(argc, argv)));
    const int code = run(argc, argv);
    cli::flush_output();
    return code;
  } catch (const UsageError& error) {
    return fail(cli::usage_message(cli::cache_name(), verbs, argc, argv, error), Usage);
  } catch (const WrongError& error) {
    return fail_within(error.what(), Wrong);
  } catch (const Error& error) {
    return fail_within(error.message(), exit_code(error.diag()));
  } catch (const std::system_error&) { // fmt's, when stdout is closed
    return fail_within("cannot write to standard output", Io);
  } catch (const std::exception& error) {
    return fail_within(error.what(), Io);
  }
}
