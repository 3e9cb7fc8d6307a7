// tsc-cache: looks into the kernel cache and keeps it tidy. Links no compiler, so that it starts at
// once. Data goes to stdout, messages to stderr; exit codes stand in verb.h. Each verb has a file
// of its own.
#include "support/error.h"
#include "tools/tsc-cache/verb.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>

using namespace tsc;
using namespace tsc::cache_cli;

namespace {

const std::array verbs = {&list_verb,    &show_verb,   &diff_verb,   &why_verb,
                          &extract_verb, &stats_verb,  &verify_verb, &prune_verb,
                          &clear_verb,   &export_verb, &import_verb, &doctor_verb};

constexpr const char* examples = R"(Examples:
  tsc-cache                      directory, size and hit rate
  tsc-cache list                 entries, the last used first
  tsc-cache why model.tsc        would it hit, and if not, why?
  tsc-cache stats --json         counters, as JSON
  tsc-cache --dir /tmp/c list    look into another directory

The directory is TSC_CACHE_DIR, else $XDG_CACHE_HOME/tsc, else ~/.cache/tsc. Exit codes: 1 no such
entry, 2 usage, 3 files, 5 verify or doctor found something bad.)";

void add_common(CLI::App& app, Common& common) {
  app.add_option("--dir", common.directory, "The cache directory")->type_name("DIR");
  app.add_flag("--json", common.json, "Print JSON, as docs/cache.md describes it");
}

int run(int argc, char** argv) {
  CLI::App app("Looks into the kernel cache of tsc, and keeps it tidy.", "tsc-cache");
  app.footer(examples);
  app.require_subcommand(0, 1);
  Common common = {.directory = cache_directory().string()};
  add_common(app, common);
  std::function<int()> action = [&] { return overview(common); };
  for (const Verb* verb : verbs) {
    CLI::App* sub = app.add_subcommand(verb->name, verb->doc);
    sub->footer(std::string("Examples:\n") + verb->examples);
    add_common(*sub, common);
    sub->callback([&action, run = verb->declare(*sub, common)] { action = run; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return Done;
  } catch (const CLI::ExtrasError&) {
    throw UsageError(fmt::format("unexpected argument '{}'", printable(app.remaining(true)[0])));
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return action();
}

// Nothing may be lost unseen: a full disk behind stdout shows only when it is flushed.
void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw Error(Diag::CannotWrite, "cannot write to standard output");
}

int fail(const std::string& message, int code) {
  std::fflush(stdout);
  std::fputs(("tsc-cache: " + message + "\n").c_str(), stderr);
  return code;
}

int exit_code(Diag diag) {
  return diag == Diag::BadSetting || diag == Diag::BadCacheMode ? Usage : Io;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const int code = run(argc, argv);
    flush_output();
    return code;
  } catch (const UsageError& error) {
    return fail(std::string(error.what()) + "\nTry 'tsc-cache --help'.", Usage);
  } catch (const WrongError& error) {
    return fail(error.what(), Wrong);
  } catch (const Error& error) {
    return fail(error.message(), exit_code(error.diag()));
  } catch (const std::system_error&) { // fmt's, when stdout is closed
    return fail("cannot write to standard output", Io);
  } catch (const std::exception& error) {
    return fail(error.what(), Io);
  }
}
