// Limits, traces, dumps, and bundles that replay internal errors.
#include "support/npy.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"
#include "tests/sanitized.h"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

using namespace tsc;
using namespace tsc::test;
using Json = nlohmann::json;

namespace {

// Takes many seconds to interpret, and next to nothing to parse.
const std::string endless = "x = f64(iota([3000, 3000], i64, 0))\n"
                            "output s = sum(sin(matmul(x, x)))\n";

const std::string small = "input x: f32[n]\noutput y = log(1 + exp(x))\n";

} // namespace

TEST_CASE("--time-limit ends the command, and leaves no file") {
  Place place;
  place.graph("g.tsc", endless);
  const auto begin = std::chrono::steady_clock::now();
  const Output output =
      place.tsc({"run", "--interpret", "g.tsc", "--time-limit", "300ms", "-o", "s.npy"});
  CHECK(output ==
        Output{6, "", "error[E0408] time-limit: stopped after 300ms, as --time-limit says\n"});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  CHECK(place.files() == std::vector<std::string>{"g.tsc"});
}

TEST_CASE("--mem-limit ends the command, and what fits runs as without") {
  Place place;
  place.graph("g.tsc", "output s = sum(f64(iota([100000000], i64, 0)))\n");
#if !TSC_ASAN // which ends the process where operator new would throw
  const Output output = place.tsc({"run", "--interpret", "g.tsc", "--mem-limit=200M"});
  INFO(output);
  CHECK(output.status == 6);
  CHECK(contains(output.err, "error[E0409] memory-limit: more was needed than "));
#endif
  place.graph("small.tsc", small);
  CHECK(place.tsc({"run", "--interpret", "small.tsc", "x=[0]", "--mem-limit=4G",
                   "--time-limit=1h"}) == Output{0, "y = [0.6931472]\n", ""});
  CHECK(place.tsc({"run", "--interpret", "small.tsc", "--mem-limit=4G"}).status == 1);
  CHECK(place.tsc({"run", "g.tsc", "--mem-limit=4x"}) ==
        Output{2, "",
               "tsc run: --mem-limit: '4x' is not a number with a unit (K, M, G)\nTry 'tsc run "
               "--help'.\n"});
  CHECK(place.tsc({"run", "g.tsc", "--time-limit=-1s"}).status == 2);
}

TEST_CASE("under limits, a signal reaches the child, which cleans up") {
  Place place;
  place.graph("g.tsc", endless);
  for (int number : {SIGINT, SIGTERM}) {
    const pid_t pid = place.start({(fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME).string(), "run",
                                   "--interpret", "g.tsc", "--time-limit=60s"});
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(pid, number);
    CHECK(wait_for(pid) == 128 + number);
  }
  CHECK(place.files() == std::vector<std::string>{"g.tsc"});
}

TEST_CASE("a limited command's child goes with it") {
  Place place;
  place.graph("g.tsc", endless);
  const pid_t pid = place.start({(fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME).string(), "run",
                                 "--interpret", "g.tsc", "--time-limit=60s"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const std::string children = place.run({"pgrep", "-P", std::to_string(pid)}).out;
  if (children.empty()) {
    WARN("skipped: pgrep is not installed, or the machine too slow");
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return;
  }
  ::kill(pid, SIGKILL);
  wait_for(pid);
  const pid_t child = std::stoi(children);
  for (int i = 0; i < 100 && ::kill(child, 0) == 0; ++i) {
    const std::string state = "/proc/" + std::to_string(child) + "/stat";
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ifstream stat(state); // a zombie that nobody reaps here is gone enough
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    if (contains(text, ") Z ")) return;
  }
  CHECK(::kill(child, 0) != 0);
}

TEST_CASE("--trace writes the phases and passes of a run") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", small);
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]", "--trace", "cold.json"}).status == 0);
  const Json cold = Json::parse(place.read("cold.json"));
  std::map<std::string, std::string> names;
  double end = 0;
  for (const Json& event : cold.at("traceEvents")) {
    names[event.at("name")] = event.at("cat");
    CHECK(event.at("ph") == "X");
    CHECK(event.at("dur").get<double>() >= 0);
    if (event.at("cat") != "phase") continue;
    CHECK(event.at("ts").get<double>() >= end - 1); // one behind the other
    end = event.at("ts").get<double>() + event.at("dur").get<double>();
  }
  for (const char* phase :
       {"parse", "key", "cache", "optimise", "lower", "emit", "clang", "load", "call"}) {
    INFO(phase);
    CHECK(names[phase] == "phase");
  }
  CHECK(names["stabilise"] == "pass");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[0]", "--trace", "warm.json"}).status == 0);
  CHECK(!contains(place.read("warm.json"), "\"clang\""));
}

TEST_CASE("--dump writes each step, and overwrites nothing but an earlier dump") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", small);
  const std::vector<std::string> command = {"run", "g.tsc", "x=[0]", "--dump", "steps"};
  REQUIRE(place.tsc(command) == Output{0, "y = [0.6931472]\n", ""});
  const std::string index = place.read("steps/index.txt");
  CHECK(contains(index, "\n000-graph.tsc            the graph as it was read\n"));
  CHECK(contains(index, "\n010-stabilise.tsc        behind the pass: unsafe forms"));
  CHECK(contains(index, "changed nothing\n"));
  CHECK(contains(place.read("steps/010-stabilise.tsc"), "softplus(x)"));
  for (const auto& item : fs::directory_iterator(place.path / "steps")) {
    const std::string name = item.path().filename().string();
    INFO(name);
    CHECK((name == "index.txt" || contains(index, "\n" + name + " ")));
  }
  place.graph("h.tsc", "input x: f32[n]\noutput y = x\n");
  REQUIRE(place.tsc({"run", "h.tsc", "x=[0]", "--dump", "steps"}).status == 0);
  CHECK(!place.exists("steps/010-stabilise.tsc"));
  fs::create_directory(place.path / "mine");
  place.file("mine/notes.txt", "precious");
  CHECK(place.tsc({"run", "g.tsc", "x=[0]", "--dump", "mine"}) ==
        Output{3, "",
               "error[E0704] cannot-write: 'mine' is not empty, and no earlier dump\n"
               "  hint: name a directory that is empty or not there yet\n"});
  CHECK(place.read("mine/notes.txt") == "precious");
}

TEST_CASE("an internal error leaves a bundle, which replays it elsewhere") {
  Place place;
  fs::create_directory(place.path / "d");
  place.file("d/c.npy", npy_bytes({DType::F32, std::vector<int64_t>{1}, std::string(4, '\0')}));
  place.graph("d/g.tsc", "input x: f32[1]\nconst c: f32[1] = @c.npy\noutput y = x + c\n");
  const Output crash = place.tsc({"crash", "d/g.tsc", "x=@d/c.npy"});
  CHECK(crash.status == 70);
  CHECK(crash.err.starts_with(
      "internal error in tsc (please report): asked for by 'tsc crash'\nThis is a bug in tsc. "
      "Please report it with the file\n  "));
  const std::vector<fs::path> bundles = files_below(place.state(), ".json");
  REQUIRE(bundles.size() == 1);
  const std::string text = read_file(bundles[0]);
  CHECK(!contains(text, place.path.string())); // nothing of where the user keeps things
  CHECK(place.tsc({"crash", "d/g.tsc", "x=@d/c.npy"}) == crash);
  CHECK(files_below(place.state(), ".json").size() == 1); // the same again is the same file

  Place elsewhere;
  elsewhere.file("bundle.json", text);
  const Output replayed = elsewhere.tsc({"repro", "bundle.json"});
  CHECK(replayed.status == 70);
  CHECK(replayed.err.starts_with(
      "internal error in tsc (please report): asked for by 'tsc crash'\n"));
  CHECK(elsewhere.files() == std::vector<std::string>{"bundle.json"});
  CHECK(!fs::exists(elsewhere.state()));
}

TEST_CASE("a bundle that would write elsewhere, or is damaged, is refused") {
  Place place;
  const auto refused = [&](const std::string& text, const std::string& why) {
    place.file("b.json", text);
    const Output output = place.tsc({"repro", "b.json"});
    INFO(output);
    CHECK(output ==
          Output{1, "", "error[E0302] data-mismatch: 'b.json' is no bundle of tsc: " + why + "\n"});
  };
  const auto bundle = [](const std::string& word, const std::string& file,
                         const std::string& setting) {
    return Json{{"command", {"ops", word}},
                {"settings", {{setting, "1"}}},
                {"files", {{{"path", file}, {"text", ""}}}}}
        .dump();
  };
  refused("{}", "its text is damaged");
  refused("[", "its text is damaged");
  refused(bundle("/etc/x", "0/g", "TSC_THREADS"), "'/etc/x' leads out of it");
  refused(bundle("-o=/etc/x", "0/g", "TSC_THREADS"), "'-o=/etc/x' leads out of it");
  for (const char* word : {"-o/etc/x", "-oy=/etc/x", "--output=y=/etc/x", "a=b=@/etc/x"})
    refused(bundle(word, "0/g", "TSC_THREADS"), "'" + std::string(word) + "' leads out of it");
  refused(bundle("-o", "../g", "TSC_THREADS"), "'../g' leads out of it");
  refused(bundle("-o", "0/g", "LD_PRELOAD"), "'LD_PRELOAD' is no setting");
  for (const char* digits : {"0", "-1", "+1", "1 ", "0x", "zz"})
    refused(Json{{"command", {"ops"}},
                 {"settings", Json::object()},
                 {"files", {{{"path", "g"}, {"hex", digits}}}}}
                .dump(),
            "its text is damaged");
  CHECK(place.files() == std::vector<std::string>{"b.json"});
}

TEST_CASE("a bundle whose files cannot all be written is no bug of tsc") {
  Place place;
  const Json files = {{{"path", "a"}, {"text", ""}}, {{"path", "a/b"}, {"text", ""}}};
  place.file("b.json",
             Json{{"command", {"ops"}}, {"settings", Json::object()}, {"files", files}}.dump());
  const Output output = place.tsc({"repro", "b.json"});
  CHECK(output.status == 3);
  CHECK(output.err.starts_with("error[E0704] cannot-write: cannot write '"));
  place.set("TMPDIR=/dev/null");
  CHECK(place.tsc({"repro", "b.json"}) ==
        Output{3, "",
               "error[E0704] cannot-write: cannot make a temporary directory\n"
               "  hint: TMPDIR names a directory for it\n"});
}

TEST_CASE("a bundle brings no code: neither its files nor its settings are a cache") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[1]\noutput y = x + 1\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[1]"}).status == 0);
  Json files = {{{"path", "g.tsc"}, {"text", place.read("g.tsc")}}};
  for (const auto& item : fs::recursive_directory_iterator(place.cache()))
    if (item.is_regular_file())
      for (const char* folder : {"cache", "layer"}) {
        std::string hex;
        for (const char c : read_file(item.path()))
          hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
        const fs::path name = fs::path(folder) / fs::relative(item.path(), place.cache());
        files.push_back({{"path", name.string()}, {"hex", hex}});
      }
  REQUIRE(files.size() > 2);
  const Json settings = {{"TSC_CACHE_LAYERS", "layer"}, {"TSC_CACHE_DIR", "layer"}};
  place.file("b.json", Json{{"command", {"run", "g.tsc", "x=[1]", "--explain-cache"}},
                            {"settings", settings},
                            {"files", files}}
                           .dump());
  const Output output = place.tsc({"repro", "b.json"});
  INFO(output);
  CHECK(output.out == "y = [2.]\n");
  CHECK(output.err.starts_with("note: cache miss: no entry of this graph"));
}

TEST_CASE("tsc bench takes sizes and values, and says what it found") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc",
              "input x: f32[n, m]\ninput i: i64[k]\noutput y = sum(x, axes=[1])\noutput z = i\n");
  const Output output =
      place.tsc({"bench", "g.tsc", "n=7", "i=[1 2 3]", "--seconds", "0.01", "--json", "-j1"});
  INFO(output);
  REQUIRE(output.status == 0);
  const Json json = Json::parse(output.out);
  CHECK(json.at("sizes") == Json({{"k", 3}, {"m", 1000}, {"n", 7}}));
  CHECK(json.at("bytes") == 7 * 1000 * 4 + 7 * 4 + 2 * 3 * 8);
  CHECK(json.at("median_ns").get<double>() > 0);
  CHECK(json.at("least_ns") <= json.at("median_ns"));
  CHECK(json.at("warm_load_ms").get<double>() > 0);
  CHECK(
      place.tsc({"bench", "g.tsc", "q=7"}) ==
      Output{
          1, "",
          "error[E0107] unknown-name: no input has a size 'q'\n  size  k\n  size  m\n  size  n\n"});
  place.set("TSC_CACHE=off");
  const Output text = place.tsc({"bench", "g.tsc", "n=7", "--seconds=0.01", "--compare=interp"});
  CHECK(contains(text.out, "times slower\n"));
  CHECK(!contains(text.out, "from the cache"));
}

TEST_CASE("--limit lowers and raises what a graph may be") {
  Place place;
  place.file("c.npy", npy_bytes({DType::F32, std::vector<int64_t>{4}, std::string(16, '\0')}));
  place.graph("g.tsc", "const c: f32[4] = @c.npy\nconst d: f32[4] = [1, 2, 3, 4]\n"
                       "input x: f32[4]\noutput total = ((x + c)) * d\n");
  const auto check = [&](const std::string& file, std::vector<std::string> limits) {
    std::vector<std::string> command = {"check", file};
    for (const std::string& limit : limits)
      command.insert(command.end(), {"--limit", limit});
    const Output output = place.tsc(command);
    return output.status == 0 ? "fine" : output.err.substr(0, output.err.find(']') + 1);
  };
  // What goes last counts; what is raised again is as it was.
  for (const auto& [name, low, code] :
       std::vector<std::array<std::string, 3>>{{"file_bytes", "20", "E0401"},
                                               {"data_bytes", "20", "E0401"},
                                               {"inline_bytes", "8", "E0407"},
                                               {"nodes", "2", "E0402"},
                                               {"nesting", "1", "E0405"},
                                               {"name_bytes", "3", "E0406"}}) {
    INFO(name);
    CHECK(check("g.tsc", {name + "=" + low}) == "error[" + code + "]");
    CHECK(check("g.tsc", {name + "=" + low, name + "=1000"}) == "fine");
  }
  const std::string long_name(2000, 'y');
  place.graph("long.tsc", "input x: f32\noutput " + long_name + " = x\n");
  CHECK(check("long.tsc", {}) == "error[E0406]");
  CHECK(check("long.tsc", {"name_bytes=2000"}) == "fine");
  place.graph("deep.tsc",
              "input x: f32\noutput y = " + std::string(990, '(') + "x" + std::string(990, ')'));
  CHECK(check("deep.tsc", {}) == "error[E0405]");
  CHECK(check("deep.tsc", {"nesting=1000,name_bytes=9"}) == "fine");
}

TEST_CASE("each verb that reads graph files takes --limit") {
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = x + 1\n");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"run", "--interpret", "x=1"},
                                             {"bench"},
                                             {"compile", "--emit=graph"},
                                             {"describe"},
                                             {"check"},
                                             {"show"},
                                             {"grad", "--of", "y", "--wrt", "x"},
                                             {"verify"}}) {
    std::vector<std::string> words = command;
    words.insert(words.begin() + 1, "g.tsc");
    words.push_back("--limit=nodes=2");
    const Output output = place.tsc(words);
    INFO(command[0] << "\n" << output);
    CHECK(contains(output.err, "error[E0402] too-many-nodes: the graph has more than 2 nodes"));
  }
  CHECK(contains(place.tsc_cache({"why", "g.tsc", "--limit", "nodes=2"}).err, "error[E0402]"));
}

TEST_CASE("--limit says what is wrong with it") {
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = x\n");
  const auto refused = [&](const std::string& limit, const std::string& why) {
    CHECK(place.tsc({"check", "g.tsc", "--limit", limit}) ==
          Output{2, "", "tsc check: --limit: " + why + "\nTry 'tsc check --help'.\n"});
  };
  refused("noes=2", "there is no limit 'noes'; did you mean 'nodes'?");
  refused("nodes", "'nodes' is not NAME=NUMBER");
  refused("nodes=", "'nodes=' is not NAME=NUMBER");
  refused("nodes=x", "'nodes=x' is not NAME=NUMBER");
  refused("nodes=-1", "'nodes=-1' is not NAME=NUMBER");
  refused("file_bytes=1G", "'file_bytes=1G' is not NAME=NUMBER");
  refused("nodes=5000001", "nodes can be 5000000 at most");
  refused("nesting=1001", "nesting can be 1000 at most");
  CHECK(place.tsc({"check", "g.tsc", "--limit"}).status == 2);
}
