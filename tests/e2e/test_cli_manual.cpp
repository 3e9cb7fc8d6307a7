// What is generated from the one table of options: help, completions, the manual page, docs/cli.md;
// and what --json prints, held against its documentation.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

using namespace tsc;
using namespace tsc::test;
using Json = nlohmann::json;

namespace {

std::vector<std::string> matches(const std::string& text, const char* pattern) {
  std::vector<std::string> found;
  const std::regex regex(pattern, std::regex::multiline);
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it)
    found.push_back((*it)[1]);
  return found;
}

const std::string tool = TSC_TOOL_NAME, cache_tool = TSC_TOOL_NAME "-cache";

std::vector<std::string> all_verbs(Place& place, const std::string& program) {
  return matches(place.program(program, {"--help"}).out, "^  ([a-z]+)  ");
}

// The long options that a verb's help shows.
std::vector<std::string> options_in_help(Place& place, const std::string& program,
                                         const std::string& verb) {
  return matches(place.program(program, {verb, "--help"}).out, "^  (?:-[a-z],)?(--[a-z-]+)");
}

std::string section(const std::string& manual, const std::string& verb) {
  const size_t begin = manual.find("\n## " + verb + "\n");
  REQUIRE(begin != std::string::npos);
  return manual.substr(begin, manual.find("\n## ", begin + 1) - begin);
}

} // namespace

TEST_CASE("each verb and option of --help is in the manuals and in each completion") {
  Place place;
  const auto [program, doc, least] = GENERATE(
      table<std::string, std::string, size_t>({{tool, "cli", 18}, {cache_tool, "cli-cache", 14}}));
  const std::string markdown = place.program(program, {"manual", "--markdown"}).out,
                    man = place.program(program, {"manual"}).out;
  const std::vector<std::string> verbs = all_verbs(place, program);
  REQUIRE(verbs.size() >= least);
  for (const std::string& verb : verbs) {
    INFO(verb);
    CHECK(contains(man, "\n.SS " + verb + "\n"));
    const std::string part = section(markdown, verb);
    for (const std::string& option : options_in_help(place, program, verb)) {
      INFO(option);
      CHECK(contains(part, option));
      CHECK(contains(man, std::regex_replace(option, std::regex("-"), "\\-")));
      for (const char* shell : {"bash", "zsh", "fish"}) {
        INFO(shell);
        const std::string script = place.program(program, {"completions", shell}).out;
        CHECK(contains(script, verb));
        CHECK(contains(script, shell == std::string("fish") ? "-l " + option.substr(2) : option));
      }
    }
  }
  CHECK(!contains(markdown, "crash"));
  if (tool != "tsc") return; // the docs are of programs with their usual names
  CHECK(read_file(fs::path(TSC_SOURCE_DIR) / "docs" / (doc + ".md")) == markdown);
  CHECK(read_file(fs::path(TSC_SOURCE_DIR) / "docs/man" / (program + ".1")) == man);
}

TEST_CASE("whatever reads graph files takes --limit") {
  Place place;
  size_t readers = 0;
  for (const std::string& program : {tool, cache_tool})
    for (const std::string& verb : all_verbs(place, program)) {
      const std::string help = place.program(program, {verb, "--help"}).out;
      if (!contains(help, "raph file (.tsc)") && !contains(help, "raph files (.tsc)")) continue;
      INFO(verb);
      ++readers;
      CHECK(contains(help, "--limit NAME=NUMBER"));
    }
  CHECK(readers == 9);
}

TEST_CASE("each verb's help has two examples or more") {
  Place place;
  const std::string program = GENERATE(tool, cache_tool);
  for (const std::string& verb : all_verbs(place, program)) {
    const std::string help = place.program(program, {verb, "--help"}).out;
    INFO(help);
    const size_t begin = help.find("\nExamples:\n");
    REQUIRE(begin != std::string::npos);
    CHECK(matches(help.substr(begin), "^  (.*)").size() >= 2);
  }
}

TEST_CASE("the manual page is well-formed") {
  Place place;
  if (!place.has("groff")) {
    WARN("skipped: groff is not installed");
    return;
  }
  const std::string program = GENERATE(tool, cache_tool);
  place.file("tsc.1", place.program(program, {"manual"}).out);
  const Output page = place.run({"groff", "-ww", "-man", "-Tascii", "tsc.1"});
  CHECK(page.status == 0);
  CHECK(page.err.empty());
}

TEST_CASE("bash completes verbs, options and values") {
  Place place;
  if (!place.has("bash")) {
    WARN("skipped: bash is not installed");
    return;
  }
  place.file("tsc.bash", place.tsc({"completions", "bash"}).out);
  place.file("cache.bash", place.tsc_cache({"completions", "bash"}).out);
  const auto completed = [&](const std::string& words, int at) {
    const std::string function = "_" + words.substr(0, words.find(' '));
    const Output output = place.run({"bash", "-c",
                                     "source ./tsc.bash; source ./cache.bash; COMP_WORDS=(" +
                                         words + "); COMP_CWORD=" + std::to_string(at) + "; " +
                                         function + "; printf '%s\\n' \"${COMPREPLY[@]}\""});
    INFO(output);
    CHECK(output.status == 0);
    return output.out;
  };
  CHECK(completed("tsc comp", 1) == "compile\ncompletions\n");
  CHECK(completed("tsc run --inter", 2) == "--interpret\n");
  CHECK(completed("tsc show g.tsc --after sta", 4) == "stabilise\n");
  CHECK(completed("tsc compile --emit = ll", 4) == "llvm-ir\n");
  CHECK(completed("tsc explain E0204", 2) == "E0204\n");
  CHECK(completed("tsc completions z", 2) == "zsh\n");
  CHECK(completed("tsc run tsc.b", 2) == "tsc.bash\n");
  CHECK(completed("tsc-cache st", 1) == "stats\n");
  CHECK(completed("tsc-cache list --sort s", 3) == "size\n");
  CHECK(completed("tsc-cache prune --ol", 2) == "--older-than\n");
}

namespace {

// Every name of a member, at any depth; below `free` they are the user's.
void collect_names(const Json& json, const std::set<std::string>& free,
                   std::set<std::string>& names) {
  if (json.is_array())
    for (const Json& item : json)
      collect_names(item, free, names);
  if (!json.is_object()) return;
  for (const auto& [name, value] : json.items()) {
    names.insert(name);
    if (!free.contains(name)) collect_names(value, free, names);
  }
}

// A command with --json prints one line, whose members the verb's part of the manual names but for
// what is below `free`.
void check_json(Place& place, const std::string& program, std::vector<std::string> command,
                const std::set<std::string>& free) {
  const std::string verb = command[0];
  command.push_back("--json");
  const Output output = place.program(program, command);
  INFO(verb << "\n" << output);
  CHECK(output.err.empty());
  CHECK(std::count(output.out.begin(), output.out.end(), '\n') == 1);
  const Json json = Json::parse(output.out);
  CHECK(json.at("schema") == 1);
  std::set<std::string> names;
  collect_names(json, free, names);
  names.erase("schema");
  const std::string manual = section(place.program(program, {"manual", "--markdown"}).out, verb);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(contains(manual, "\"" + name + "\""));
  }
}

} // namespace

TEST_CASE("--json prints one line whose members the manual names") {
  Place place;
  place.graph("g.tsc", "input x: f32[n]\ninput z: f32\nstate s: f32 = 1\noutput y = x + s\n");
  place.graph("wrong.tsc", "output y = expp(1)\n");
  std::vector<std::vector<std::string>> commands = {{"check", "g.tsc", "wrong.tsc"},
                                                    {"ops"},
                                                    {"rules"},
                                                    {"passes"},
                                                    {"targets"},
                                                    {"explain"},
                                                    {"explain", "E0204"},
                                                    {"version"},
                                                    {"doctor"}};
  if (TSC_CPU_JIT) {
    commands.push_back({"verify", "g.tsc", "--seeds", "1"});
    commands.push_back({"bench", "g.tsc", "n=10", "--seconds", "0.01"});
  }
  std::set<std::string> shown;
  for (const std::vector<std::string>& command : commands) {
    shown.insert(command[0]);
    check_json(place, tool, command, {"sizes"});
  }
  for (const std::string& verb : all_verbs(place, tool))
    for (const std::string& option : options_in_help(place, tool, verb)) {
      INFO(verb);
      if (option == "--json" && TSC_CPU_JIT && verb != "describe") CHECK(shown.contains(verb));
    }
}

TEST_CASE("--json of tsc-cache prints one line whose members the manual names") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = exp(x) * 2\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]"}).status == 0);
  const std::string key = Json::parse(place.tsc_cache({"list", "--json"}).out)["entries"][0]["key"];
  const std::vector<std::vector<std::string>> commands = {
      {"list"},  {"show", key}, {"diff", key, key}, {"why", "g.tsc"},       {"extract", key},
      {"stats"}, {"verify"},    {"prune"},          {"export", "all.tscb"}, {"import", "all.tscb"},
      {"clear"}, {"doctor"}};
  std::set<std::string> shown = {"completions", "manual"};
  for (const std::vector<std::string>& command : commands) {
    shown.insert(command[0]);
    check_json(place, cache_tool, command, {"misses_by", "settings", "metadata"});
  }
  for (const std::string& verb : all_verbs(place, cache_tool))
    CHECK(shown.contains(verb));
}

TEST_CASE("tsc cache is tsc-cache, with all its words") {
  Place place;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"--help"}, {"--json"}, {"lst"}, {"stats", "--jsn"}, {"--dir", "other", "list"}}) {
    std::vector<std::string> cache = words;
    cache.insert(cache.begin(), "cache");
    CHECK(place.tsc(cache) == place.tsc_cache(words));
  }
  fs::copy_file(fs::path(TSC_BINARY_DIR) / tool, place.path / "copy");
  const Output alone = place.run({(place.path / "copy").string(), "cache", "list"});
  CHECK(alone.status == 3);
  CHECK(alone.err == "error[E0703] cannot-read: cannot run '" + (place.path / cache_tool).string() +
                         "': No such file or directory\n");
}

TEST_CASE("tsc-cache suggests what was perhaps meant, and has colour where asked") {
  Place place;
  CHECK(place.tsc_cache({"lst"}) == Output{2, "",
                                           "tsc-cache: there is no verb 'lst'; did you mean "
                                           "'list'?\nTry 'tsc-cache --help'.\n"});
  CHECK(place.tsc_cache({"--dir", "d", "lst"}) == place.tsc_cache({"lst"}));
  CHECK(place.tsc_cache({"list", "--srt=used"}).err ==
        "tsc-cache list: there is no option '--srt'; did you mean '--sort'?\n"
        "Try 'tsc-cache list --help'.\n");
  CHECK(place.tsc_cache({"list", "--sort", "sze"}).err ==
        "tsc-cache list: --sort has no value 'sze'; did you mean 'size'?\n"
        "Try 'tsc-cache list --help'.\n");
  const Output plain = place.tsc_cache({"show", "00"});
  CHECK(plain == Output{1, "", "tsc-cache: no entry's key starts with '00'\n"});
  place.set("CLICOLOR_FORCE=1");
  CHECK(contains(place.tsc_cache({"show", "00"}).err, "\x1b[1;31mtsc-cache:"));
  CHECK(place.tsc_cache({"show", "00", "--color=never"}) == plain);
  place.set("NO_COLOR=1");
  CHECK(place.tsc_cache({"show", "00"}) == plain);
}

TEST_CASE("a value of an option that was mistyped gets a suggestion") {
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = -x\n");
  CHECK(place.tsc({"completions", "bsh"}) ==
        Output{2, "",
               "tsc completions: there is no completion for the shell 'bsh'; did you mean "
               "'bash'?\nTry 'tsc completions --help'.\n"});
  CHECK(place.tsc({"ops", "--color=alway"}) ==
        Output{2, "",
               "tsc ops: --color has no value 'alway'; did you mean 'always'?\nTry 'tsc ops "
               "--help'.\n"});
  CHECK(place.tsc({"bench", "g.tsc", "--compare", "intrp"}).err ==
        "tsc bench: --compare has no value 'intrp'; did you mean 'interp'?\nTry 'tsc bench "
        "--help'.\n");
  CHECK(place.tsc({"run", "g.tsc", "[1,2]"}) ==
        Output{2, "",
               "tsc run: unexpected argument '[1,2]'; write NAME=[1,2]\nTry 'tsc run --help'.\n"});
}

TEST_CASE("a wrong value of an option is told what would do") {
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = -x\n");
  const auto refused = [&](std::vector<std::string> command, const std::string& why) {
    const std::string verb = command[0];
    CHECK(place.tsc(command) ==
          Output{2, "", "tsc " + verb + ": " + why + "\nTry 'tsc " + verb + " --help'.\n"});
  };
  refused({"completions", "csh1"},
          "there is no completion for the shell 'csh1'; choose of bash, zsh, fish");
  refused({"ops", "--color=green"}, "--color has no value 'green'; choose of auto, always, never");
  refused({"ops", "--color"}, "--color needs a value: WHEN");
  refused({"verify", "g.tsc", "--tolerance", "x"}, "--tolerance: 'x' is no number");
  refused({"bench", "g.tsc", "--seed=-1"},
          "--seed: Value -1 not in range 0 to 9223372036854775807");
  refused({"verify", "g.tsc", "--seeds=-3"}, "--seeds: Value -3 not in range 1 to 1000000");
  refused({"bench", "g.tsc", "--seconds", "1s"}, "--seconds: '1s' is no number");
  refused({"bench", "g.tsc", "y=[1,2]"},
          "no input is named 'y', and as a size: 'y=[1' is not NAME=NUMBER");
  const Output kind = place.tsc({"compile", "g.tsc", "--emit=xyz"});
  CHECK(kind.status == 2);
  CHECK(contains(kind.err, "--emit has no kind 'xyz'; choose of graph, "));
}

TEST_CASE("colour is for terminals and for who asks, and changes no text") {
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = expp(x)\n");
  const Output plain = place.tsc({"check", "g.tsc"});
  const Output coloured = place.tsc({"check", "g.tsc", "--color=always"});
  CHECK(!contains(plain.err, "\x1b"));
  CHECK(contains(coloured.err, "\x1b[1;31merror[E0109] unknown-op:\x1b[0m"));
  CHECK(std::regex_replace(coloured.err, std::regex("\x1b\\[[0-9;]*m"), "") == plain.err);
  place.set("CLICOLOR_FORCE=1");
  CHECK(place.tsc({"check", "g.tsc"}) == coloured);
  CHECK(place.tsc({"check", "g.tsc", "--color", "never"}) == plain);
  place.set("NO_COLOR=1");
  CHECK(place.tsc({"check", "g.tsc"}) == plain);
}

TEST_CASE("tsc doctor finds settings that are wrong") {
  Place place;
  const Output well = place.tsc({"doctor"});
  INFO(well);
  CHECK(well.status == 0);
  CHECK(contains(well.out, "\nno problems\n"));
  CHECK(!fs::exists(place.cache())); // looking makes nothing
  place.set("TSC_TREADS=2");
  place.set("TSC_CACHE=maybe");
  const Output ill = place.tsc({"doctor"});
  CHECK(ill.status == 1);
  CHECK(contains(ill.out, "problem  settings     there is no setting TSC_TREADS; did you mean "
                          "'TSC_THREADS'?\n"));
  CHECK(contains(ill.out, "problem  cache        TSC_CACHE='maybe' is not off"));
  CHECK(contains(ill.out, "\n2 problems\n"));
}
