// tools/tsc-cache: the built program, run as a user runs it, with its whole output compared.
#include "cache/store.h"
#include "tests/contains.h"
#include "tests/sanitized.h"
#include "tests/unit/cache_scratch.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

using namespace tsc;
using namespace tsc::test;
using Json = nlohmann::ordered_json;

namespace {

const fs::path program = fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME "-cache";

struct Output {
  int status;
  std::string out, err;
  bool operator==(const Output&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const Output& output) {
  return stream << output.status << "\nstdout:\n" << output.out << "stderr:\n" << output.err;
}

// Runs the program on the cache directory `root`; `out` may name where its output shall go.
Output run(const fs::path& root, std::vector<std::string> arguments, const fs::path& out = {},
           const fs::path& executable = program) {
  const Scratch scratch;
  const fs::path out_path = out.empty() ? scratch.path / "out" : out;
  const fs::path err_path = scratch.path / "err";
  arguments.insert(arguments.begin(), executable.string());
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int status = wait_for(start_child([&] {
    for (const char* other : {"TSC_CACHE", "TSC_CACHE_LAYERS", "TSC_CACHE_SIZE", "TSC_CACHE_FILES"})
      ::unsetenv(other);
    ::setenv("TSC_CACHE_DIR", root.c_str(), 1);
    ::dup2(::open(out_path.c_str(), O_WRONLY | O_CREAT, 0600), 1);
    ::dup2(::open(err_path.c_str(), O_WRONLY | O_CREAT, 0600), 2);
    ::execv(executable.c_str(), argv.data());
    return 127;
  }));
  return {status, out.empty() ? read_file(out_path) : "", read_file(err_path)};
}

// One entry whose metadata is JSON, one whose is not; one hit and two misses.
void fill(const fs::path& root) {
  Store store(root, CacheMode::On);
  Entry odd = entry_of(2);
  odd.metadata = "no \x1B[31m JSON";
  store.put(entry_of(1), 400);
  store.put(odd, 300);
  store.get(key_of(1)), store.get(key_of(3)), store.get(key_of(3));
  set_age(file_of(root, key_of(2)), 7200);
}

Json parsed(const Output& output, int status = 0) {
  INFO(output);
  CHECK(output.status == status);
  CHECK(output.err.empty());
  const Json json = Json::parse(output.out);
  CHECK(json.at("schema") == 1);
  return json;
}

// An entry with a key as the compiler writes them: sum(OP(x)).
Entry real_entry(const std::string& cpu, const std::string& op) {
  Entry entry = entry_of(1);
  KeyText graph;
  graph.field("inputs", int64_t{1}).field("node", "input").field("shape", "s0,");
  graph.field("node", op).field("args", "0").field("node", "sum").field("args", "1");
  graph.field("axes", "0").field("output", "2");
  KeyText key;
  key.field("generation", "2").field("cpu", cpu).field("feature", "+avx").field("feature", "+fma");
  entry.key_text = key.field("graph", graph.text()).text();
  return entry;
}

std::string number(int64_t n) { return std::to_string(n); }

int64_t time_of(const fs::path& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mtime;
}

} // namespace

TEST_CASE("tsc-cache stats prints counters, as text and as JSON") {
  const Scratch scratch;
  fill(scratch.path);
  const uint64_t bytes = Store(scratch.path, CacheMode::Read).stats().bytes;
  const Output json = {
      0,
      "{\"hits\":1,\"misses\":2,\"entries\":2,\"bytes\":" + number(bytes) +
          ",\"misses_by\":{\"new\":2,\"tool\":0,\"target\":0,\"options\":0,\"salt\":0,\"damaged\":"
          "0,"
          "\"unreadable\":0},\"builds\":2,\"build_ms\":700,\"saved_ms\":350,\"prunes\":1,"
          "\"directory\":\"" +
          scratch.path.string() +
          "\",\"max_entries\":20000,\"max_bytes\":2147483648,\"schema\":1}\n",
      ""};
  CHECK(run(scratch.path, {"stats", "--json"}) == json);
  CHECK(run(scratch.path, {"--json"}) == json);
  CHECK(run("/nowhere", {"--dir", scratch.path, "stats", "--json"}) == json);
  CHECK(run("/nowhere", {"stats", "--json", "--dir", scratch.path}) == json);
  const std::string text = "directory  " + scratch.path.string() +
                           "\nentries    2 of 20000\nsize       " + number(bytes) +
                           " B of 2.0 GiB\n"
                           "hits       1 (33.3 %)\n"
                           "misses     2: new 2\n"
                           "saved      about 350 ms of compiling\n";
  CHECK(run(scratch.path, {}) == Output{0, text, ""});
  const Output long_text = run(scratch.path, {"stats", "--zero"});
  CHECK(long_text.status == 0);
  CHECK(long_text.out.starts_with(text + "builds     2 in 700 ms\nevictions  looked for 1 time\n"));
  CHECK(contains(long_text.out, "        2  new        no entry of this graph"));
  CHECK(parsed(run(scratch.path, {"stats", "--json"}))["hits"] == 0);
}

TEST_CASE("tsc-cache list prints the entries, the last used first or the largest first") {
  const Scratch scratch;
  fill(scratch.path);
  const std::string first = sha256(key_of(1)).hex(), second = sha256(key_of(2)).hex();
  const fs::path first_file = file_of(scratch.path, key_of(1));
  const fs::path second_file = file_of(scratch.path, key_of(2));
  CHECK(run(scratch.path, {"list", "--json"}) ==
        Output{0,
               "{\"entries\":[{\"key\":\"" + first +
                   "\",\"bytes\":" + number(fs::file_size(first_file)) +
                   ",\"last_used\":" + number(time_of(first_file)) +
                   ",\"cpu\":\"\",\"graph\":\"\",\"metadata\":{\"number\":1}},"
                   "{\"key\":\"" +
                   second + "\",\"bytes\":" + number(fs::file_size(second_file)) +
                   ",\"last_used\":" + number(time_of(second_file)) +
                   ",\"cpu\":\"\",\"graph\":\"\",\"metadata\":null}],\"schema\":1}\n",
               ""});
  Entry real = real_entry("znver4", "ex\x1Bp");
  real.object = std::string(5000, 'x');
  Store(scratch.path, CacheMode::On).put(real);
  set_age(file_of(scratch.path, real.key_text), 9000);
  const std::string key = sha256(real.key_text).hex();
  const Output text = run(scratch.path, {"list"});
  CHECK(text.status == 0);
  CHECK(text.out.starts_with(first.substr(0, 12) + " "));
  CHECK(
      text.out.ends_with("  znver4      ex\\x1bp sum\n")); // nothing reaches the terminal unescaped
  CHECK(run(scratch.path, {"list", "--sort", "size"}).out.starts_with(key.substr(0, 12) + " "));
  CHECK(run(scratch.path, {"list", "--sort", "colour"}) ==
        Output{2, "",
               "tsc-cache list: --sort has no value 'colour'; choose of used, size\n"
               "Try 'tsc-cache list --help'.\n"});
}

TEST_CASE("tsc-cache clear removes the entries and keeps the counters") {
  const Scratch scratch;
  fill(scratch.path);
  const uint64_t bytes = Store(scratch.path, CacheMode::Read).stats().bytes;
  CHECK(run(scratch.path, {"clear"}) ==
        Output{0, "", "removed 2 entries, " + std::to_string(bytes) + " B\n"});
  CHECK(run(scratch.path, {"stats", "--json"})
            .out.starts_with("{\"hits\":1,\"misses\":2,\"entries\":0,\"bytes\":0,"));
  CHECK(run(scratch.path, {"list", "--json"}).out == "{\"entries\":[],\"schema\":1}\n");
  CHECK(run(scratch.path, {"clear", "--json"}).out ==
        "{\"removed\":0,\"bytes\":0,\"dry_run\":false,\"schema\":1}\n");
}

TEST_CASE("tsc-cache prune removes what is old or too much, and tells before") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 10; ++i) {
    store.put(entry_of(i));
    set_age(file_of(scratch.path, key_of(i)), 86400 * i + 100);
  }
  const uint64_t size = encode(entry_of(0)).size();
  CHECK(run(scratch.path, {"prune"}) == Output{0, "", "removed 0 entries, 0 B\n"});
  CHECK(run(scratch.path, {"prune", "--older-than", "7d", "--dry-run"}) ==
        Output{0, "", "would remove 3 entries, " + number(3 * size) + " B\n"});
  CHECK(store.stats().entries == 10);
  CHECK(run(scratch.path, {"prune", "--older-than", "7d", "--json"}).out ==
        "{\"removed\":3,\"bytes\":" + number(3 * size) + ",\"dry_run\":false,\"schema\":1}\n");
  CHECK(run(scratch.path, {"prune", "--max-files", "5"}).err ==
        "removed 2 entries, " + number(2 * size) + " B\n");
  CHECK(run(scratch.path, {"prune", "--max-size", number(2 * size)}).status == 0);
  CHECK(store.stats().entries == 2);
  CHECK(store.get(key_of(0)));
  CHECK(store.get(key_of(1)));
  for (const char* wrong : {"", "x", "12", "5y", "-3d", "99999999999999999999d"})
    CHECK(run(scratch.path, {"prune", "--older-than", wrong}).status == (*wrong ? 2 : 0));
  CHECK(run(scratch.path, {"prune", "--max-size", "much"}) ==
        Output{2, "",
               "tsc-cache prune: 'much' is no size such as 500M or 2G\nTry 'tsc-cache prune "
               "--help'.\n"});
}

TEST_CASE("tsc-cache show decodes an entry, whole or in parts") {
  const Scratch scratch;
  const Entry entry = real_entry("znver4", "exp");
  Store(scratch.path, CacheMode::On).put(entry);
  const std::string key = sha256(entry.key_text).hex();
  const std::string digits = key.substr(0, 8);
  CHECK(run(scratch.path, {"show", digits}) ==
        Output{0,
               "key       " + key +
                   "\n"
                   "size      12 B of source, 100 B of object, " +
                   number(entry.key_text.size()) +
                   " B of key\n"
                   "metadata  {\"number\":1}\n\n"
                   "settings\n"
                   "  generation: 2\n"
                   "  cpu: znver4\n"
                   "  feature: +avx +fma\n\n"
                   "graph\n"
                   "  inputs 1\n"
                   "  node input  shape s0,\n"
                   "  node exp  args 0\n"
                   "  node sum  args 1  axes 0\n"
                   "  output 2\n",
               ""});
  CHECK(run(scratch.path, {"show", digits, "--source"}) == Output{0, entry.source, ""});
  CHECK(run(scratch.path, {"show", digits, "--key"}) == Output{0, entry.key_text, ""});
  CHECK(run(scratch.path, {"show", digits, "--metadata"}) == Output{0, "{\"number\":1}\n", ""});
  const Json json = parsed(run(scratch.path, {"show", digits, "--json"}));
  CHECK(json["key"] == key);
  CHECK(json["settings"]["feature"] == Json::array({"+avx", "+fma"}));
  CHECK(json["graph"][2] == "node exp  args 0");
  CHECK(json["metadata"]["number"] == 1);
  CHECK(json["object_bytes"] == 100);
  CHECK(json["source"] == entry.source);
  CHECK(run(scratch.path, {"show", digits, "--key", "--source"}).status == 2);
  CHECK(run(scratch.path, {"show", digits, "--assembly"}).status == 1); // its object is none
}

TEST_CASE("tsc-cache names entries by the first digits of their keys") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 40; ++i)
    store.put(entry_of(i));
  const std::string several = sha256(key_of(1)).hex().substr(0, 1);
  const Output many = run(scratch.path, {"show", several});
  CHECK(many.status == 1);
  CHECK(contains(many.err, " entries' keys start with '" + several + "': "));
  CHECK(run(scratch.path, {"show", "g"}).status == 2);
  CHECK(run(scratch.path, {"show", ""}).status == 2);
  CHECK(run(scratch.path, {"show", std::string(64, '0')}) ==
        Output{1, "", "tsc-cache: no entry's key starts with '" + std::string(64, '0') + "'\n"});
  const std::string key = sha256(key_of(1)).hex();
  write_file(file_of(scratch.path, key_of(1)), "damaged");
  CHECK(run(scratch.path, {"show", key}) == Output{1, "",
                                                   "tsc-cache: the entry " + key.substr(0, 12) +
                                                       " is damaged, or went away meanwhile\n"});
}

TEST_CASE("tsc-cache diff and why compare keys field by field") {
  const Scratch scratch;
  const Entry first = real_entry("znver4", "exp"), second = real_entry("skylake", "sin");
  Store store(scratch.path / "c", CacheMode::On);
  store.put(first), store.put(second);
  const std::string a = sha256(first.key_text).hex(), b = sha256(second.key_text).hex();
  CHECK(run(scratch.path / "c", {"diff", a, a}) == Output{0, "the same entry\n", ""});
  CHECK(run(scratch.path / "c", {"diff", a, b}) == Output{0,
                                                          "  cpu\n"
                                                          "    first : znver4\n"
                                                          "    second: skylake\n"
                                                          "  graph line 3\n"
                                                          "    first : node exp  args 0\n"
                                                          "    second: node sin  args 0\n",
                                                          ""});
  CHECK(run(scratch.path / "c", {"diff", a, b, "--json"}).out ==
        "{\"differences\":[{\"field\":\"cpu\",\"first\":\"znver4\",\"second\":\"skylake\"},"
        "{\"field\":\"graph line 3\",\"first\":\"node exp  args 0\","
        "\"second\":\"node sin  args 0\"}],\"schema\":1}\n");

  const fs::path key = scratch.path / "key";
  write_file(key, first.key_text);
  CHECK(run(scratch.path / "c", {"why", "--key", key}) ==
        Output{0, "hit: entry " + a.substr(0, 12) + "\n", ""});
  write_file(key, real_entry("i486", "exp").key_text);
  CHECK(run(scratch.path / "c", {"why", "--key", key}) ==
        Output{0,
               "miss: this graph was compiled for another CPU\nnearest entry " + a.substr(0, 12) +
                   " differs in\n  cpu\n    asked : i486\n    stored: znver4\n",
               ""});
  const Json json = parsed(run(scratch.path / "c", {"why", "--key", key, "--json"}));
  CHECK(json["hit"] == false);
  CHECK(json["reason"] == "target");
  CHECK(json["nearest"] == a);
  CHECK(json["differences"].size() == 1);
  const Json far = parsed(run(scratch.path / "none", {"why", "--key", key, "--json"}));
  CHECK(far["reason"] == "new");
  CHECK(far["nearest"].is_null());
  write_file(key, "no key");
  CHECK(run(scratch.path / "c", {"why", "--key", key}).status == 1);
  CHECK(run(scratch.path / "c", {"why", "--key", scratch.path / "none"}).status == 3);
  CHECK(run(scratch.path / "c", {"why"}).status == 2);
  CHECK(Store(scratch.path / "c", CacheMode::Read).stats().misses == 0); // asking is no lookup
}

TEST_CASE("tsc-cache extract writes an entry's parts to files") {
  const Scratch scratch;
  const Entry entry = real_entry("znver4", "exp");
  Store(scratch.path / "c", CacheMode::On).put(entry);
  const std::string key = sha256(entry.key_text).hex();
  const std::string stem = (scratch.path / "out" / key.substr(0, 12)).string();
  CHECK(run(scratch.path / "c", {"extract", key.substr(0, 5), "-o", scratch.path / "out"}) ==
        Output{0, stem + ".cpp\n" + stem + ".o\n" + stem + ".json\n" + stem + ".key\n", ""});
  CHECK(read_file(stem + ".cpp") == entry.source);
  CHECK(read_file(stem + ".o") == entry.object);
  CHECK(read_file(stem + ".json") == entry.metadata);
  CHECK(read_file(stem + ".key") == entry.key_text);
  const Json json =
      parsed(run(scratch.path / "c", {"extract", key, "-o", scratch.path / "out", "--json"}));
  CHECK(json["files"].size() == 4);
  write_file(scratch.path / "file", "");
  CHECK(run(scratch.path / "c", {"extract", key, "-o", scratch.path / "file"}).status == 3);
}

TEST_CASE("tsc-cache verify finds damaged entries, and removes them if told") {
  const Scratch scratch;
  fill(scratch.path);
  const uint64_t bytes = Store(scratch.path, CacheMode::Read).stats().bytes;
  CHECK(run(scratch.path, {"verify", "--json"}).out ==
        "{\"entries\":2,\"bytes\":" + number(bytes) +
            ",\"bad\":[],\"deleted\":false,\"schema\":1}\n");
  const fs::path damaged = file_of(scratch.path, key_of(2));
  std::string content = read_file(damaged);
  content[content.size() / 2] ^= 1;
  write_file(damaged, content);
  const std::string name = damaged.lexically_relative(scratch.path / format_folder);
  const Output found = run(scratch.path, {"verify"});
  CHECK(found.status == 5);
  CHECK(found.out.starts_with("bad  " + name + "\n1 entry whole ("));
  CHECK(fs::exists(damaged));
  CHECK(parsed(run(scratch.path, {"verify", "--json", "--delete"}), 0)["bad"][0] == name);
  CHECK(!fs::exists(damaged));
  CHECK(run(scratch.path, {"verify"}).status == 0);
}

TEST_CASE("tsc-cache export and import carry entries in one file") {
  const Scratch scratch;
  const fs::path from = scratch.path / "from", to = scratch.path / "to";
  Store source(from, CacheMode::On);
  for (int i = 0; i < 5; ++i)
    source.put(entry_of(i));
  const std::string all = scratch.path / "all.tscb", two = scratch.path / "two.tscb";
  CHECK(run(from, {"export", all}) == Output{0, "", "wrote 5 entries\n"});
  CHECK(
      run(from, {"export", two, sha256(key_of(1)).hex(), sha256(key_of(3)).hex(), "--json"}).out ==
      "{\"file\":\"" + two + "\",\"entries\":2,\"skipped\":0,\"schema\":1}\n");
  CHECK(run(to, {"import", two}) ==
        Output{0, "",
               "took 2 entries; whoever made this bundle can now run code as you, when you use "
               "them\n"});
  Store target(to, CacheMode::On);
  CHECK(target.stats().entries == 2);
  CHECK(target.get(key_of(3)) == entry_of(3));
  CHECK(parsed(run(to, {"import", all, "--json"}))["entries"] == 5);
  CHECK(target.stats().entries == 5);
  CHECK(run(to, {"export", scratch.path / "again.tscb"}).status == 0);
  CHECK(read_file(scratch.path / "again.tscb") ==
        read_file(all)); // the same entries, the same file
  CHECK(run(to, {"import", scratch.path / "none"}).status == 3);
  CHECK(run(to, {"export", scratch.path / "none" / "x"}).status == 3);
}

TEST_CASE("tsc-cache doctor says whether the cache can work") {
  const Scratch scratch;
  const fs::path root = scratch.path / "c";
  CHECK(parsed(run(root, {"doctor", "--json"}))["ok"] == true);
  CHECK(!fs::exists(root));
  fill(root);
  const auto before = files_below(root);
  const Json json = parsed(run(root, {"doctor", "--json"}));
  CHECK(json["ok"] == true);
  std::vector<std::string> checks;
  for (const Json& finding : json["findings"]) {
    CHECK(finding["health"].is_string());
    CHECK(finding["text"].is_string());
    checks.push_back(finding["check"]);
  }
  CHECK(checks == std::vector<std::string>{"mode", "directory", "file system", "space", "writing",
                                           "clock", "entries"});
  CHECK(files_below(root) == before);
  const Output text = run(root, {"doctor"});
  CHECK(text.status == 0);
  CHECK(contains(text.out, "\n  TSC_CACHE_DIR=" + root.string() + " (environment)\n"));
  fs::create_directory(root / "v1");
  CHECK(contains(run(root, {"doctor"}).out, "v1 is another version's"));
  set_age(file_of(root, key_of(1)), -100'000);
  CHECK(contains(run(root, {"doctor"}).out, "1 from the future"));
  REQUIRE(::chmod(root.c_str(), 0777) == 0);
  const Output bad = run(root, {"doctor"});
  CHECK(bad.status == 5);
  CHECK(contains(bad.out, "bad   directory    others may write in the cache directory"));
}

TEST_CASE("tsc-cache makes no directory by looking into it or emptying it") {
  const Scratch scratch;
  const fs::path missing = scratch.path / "missing";
  CHECK(parsed(run(missing, {"stats", "--json"}))["entries"] == 0);
  CHECK(run(missing, {"clear"}) == Output{0, "", "removed 0 entries, 0 B\n"});
  CHECK(!fs::exists(missing));
}

TEST_CASE("tsc-cache helps, and says what is wrong in the exit code") {
  const Scratch scratch;
  for (const std::vector<std::string>& help : {std::vector<std::string>{"--help"},
                                               {"stats", "-h"},
                                               {"list", "-h"},
                                               {"show", "-h"},
                                               {"diff", "-h"},
                                               {"why", "-h"},
                                               {"extract", "-h"},
                                               {"verify", "-h"},
                                               {"prune", "-h"},
                                               {"clear", "-h"},
                                               {"export", "-h"},
                                               {"import", "-h"},
                                               {"doctor", "-h"}}) {
    const Output output = run(scratch.path, help);
    CHECK(output.status == 0);
    CHECK(contains(output.out, "Examples:\n  tsc-cache "));
    CHECK(output.err.empty());
  }
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"frob"}, {"stats", "--frob"}, {"--dir"}, {"list", "stats"}}) {
    const Output output = run(scratch.path, wrong);
    CHECK(output.status == 2);
    CHECK(output.out.empty());
    CHECK(output.err.starts_with("tsc-cache"));
  }
  write_file(scratch.path / "file", "");
  for (const char* command : {"list", "stats", "clear"})
    CHECK(run(scratch.path / "file", {command}) ==
          Output{3, "",
                 "tsc-cache: '" + (scratch.path / "file").string() +
                     "' is no directory, or a symbolic link to one; a cache directory must be one "
                     "itself\n"});
  CHECK(run(scratch.path, {"stats"}, "/dev/full") ==
        Output{3, "", "tsc-cache: cannot write to standard output\n"});
}

TEST_CASE("tsc-cache links no compiler, starts at once, and counts many entries fast") {
  const std::string bytes = read_file(program);
  for (const char* library : {"libLLVM", "libclang", "openblas"})
    CHECK(!contains(bytes, library));
  if (TSC_ASAN || TSC_TSAN) return;
  const Scratch scratch;
  const bool long_run = std::getenv("TSC_LONG") != nullptr;
  const int count = long_run ? 20'000 : 1000;
  Store store(scratch.path / "c", CacheMode::On);
  for (int i = 0; i < count; ++i)
    store.put(entry_of(i));
  const auto least_ms = [](const fs::path& root) {
    double least = 1e9;
    for (int i = 0; i < 10; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      CHECK(run(root, {}).status == 0);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begin;
      least = std::min(least, took.count());
    }
    return least;
  };
  constexpr double slack = 10; // for a machine that is busy; the aims are 5 and 50 ms
  CHECK(least_ms(scratch.path / "none") < 5 * slack);
  CHECK(least_ms(scratch.path / "c") < 50 * slack);
}

TEST_CASE("tsc-cache run with another user's rights uses no cache") {
  const Scratch scratch;
  struct statvfs disk;
  REQUIRE(::statvfs(scratch.path.c_str(), &disk) == 0);
  if (::geteuid() != 0 || (disk.f_flag & ST_NOSUID) || ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) {
    WARN("skipped: cannot run a set-user-id program here");
    return;
  }
  REQUIRE(::chmod(scratch.path.c_str(), 0755) == 0);
  const fs::path copy = scratch.path / "tsc-cache";
  fs::copy_file(program, copy);
  REQUIRE(::chown(copy.c_str(), 65534, 65534) == 0);
  REQUIRE(::chmod(copy.c_str(), 04755) == 0);
  const Output output = run(scratch.path / "c", {"stats"}, {}, copy);
  CHECK(output.status != 0); // 3, but for LeakSanitizer, which cannot work in such a program
  CHECK(output.err.starts_with(
      "tsc-cache: programs that run with another user's rights use no cache\n"));
}
