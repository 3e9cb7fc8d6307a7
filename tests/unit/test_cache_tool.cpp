// tools/tsc-cache: the built program, run as a user runs it, with its whole output compared.
#include "cache/store.h"
#include "tests/unit/cache_scratch.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

using namespace tsc;
using namespace tsc::test;

namespace {

const fs::path program = fs::path(TSC_BINARY_DIR) / "tsc-cache";

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
  store.put(entry_of(1));
  store.put(odd);
  store.get(key_of(1)), store.get(key_of(3)), store.get(key_of(3));
  set_age(file_of(root, key_of(2)), 7200);
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
      0, "{\"hits\":1,\"misses\":2,\"entries\":2,\"bytes\":" + std::to_string(bytes) + "}\n", ""};
  CHECK(run(scratch.path, {"stats", "--json"}) == json);
  CHECK(run("/nowhere", {"--dir", scratch.path, "stats", "--json"}) == json);
  CHECK(run("/nowhere", {"stats", "--json", "--dir", scratch.path}) == json);
  const Output text = {0,
                       "directory  " + scratch.path.string() +
                           "\n"
                           "entries    2 of 20000\n"
                           "size       " +
                           std::to_string(bytes) +
                           " B of 2.0 GiB\n"
                           "hits       1 (33.3 %)\n"
                           "misses     2\n",
                       ""};
  CHECK(run(scratch.path, {"stats"}) == text);
  CHECK(run(scratch.path, {}) == text);
}

TEST_CASE("tsc-cache list prints the entries, the last used first") {
  const Scratch scratch;
  fill(scratch.path);
  const std::string first = sha256(key_of(1)).hex(), second = sha256(key_of(2)).hex();
  const fs::path first_file = file_of(scratch.path, key_of(1));
  const fs::path second_file = file_of(scratch.path, key_of(2));
  CHECK(run(scratch.path, {"list", "--json"}) ==
        Output{0,
               "[{\"key\":\"" + first + "\",\"bytes\":" + number(fs::file_size(first_file)) +
                   ",\"last_used\":" + number(time_of(first_file)) +
                   ",\"metadata\":{\"number\":1}},"
                   "{\"key\":\"" +
                   second + "\",\"bytes\":" + number(fs::file_size(second_file)) +
                   ",\"last_used\":" + number(time_of(second_file)) + ",\"metadata\":null}]\n",
               ""});
  const Output text = run(scratch.path, {"list"});
  CHECK(text.status == 0);
  CHECK(text.out.find(first.substr(0, 12) + " ") == 0);
  CHECK(text.out.find("{\"number\":1}\n" + second.substr(0, 12) + " ") != std::string::npos);
  CHECK(text.out.ends_with("no \\x1b[31m JSON\n")); // nothing reaches the terminal unescaped
}

TEST_CASE("tsc-cache clear removes the entries and keeps the counters") {
  const Scratch scratch;
  fill(scratch.path);
  const uint64_t bytes = Store(scratch.path, CacheMode::Read).stats().bytes;
  CHECK(run(scratch.path, {"clear"}) ==
        Output{0, "", "removed 2 entries, " + std::to_string(bytes) + " B\n"});
  CHECK(run(scratch.path, {"stats", "--json"}).out ==
        "{\"hits\":1,\"misses\":2,\"entries\":0,\"bytes\":0}\n");
  CHECK(run(scratch.path, {"list", "--json"}).out == "[]\n");
}

TEST_CASE("tsc-cache makes no directory by looking into it or emptying it") {
  const Scratch scratch;
  const fs::path missing = scratch.path / "missing";
  CHECK(run(missing, {"stats", "--json"}).out ==
        "{\"hits\":0,\"misses\":0,\"entries\":0,\"bytes\":0}\n");
  CHECK(run(missing, {"clear"}) == Output{0, "", "removed 0 entries, 0 B\n"});
  CHECK(!fs::exists(missing));
}

TEST_CASE("tsc-cache helps, and says what is wrong in the exit code") {
  const Scratch scratch;
  for (const std::vector<std::string>& help :
       {std::vector<std::string>{"--help"}, {"stats", "-h"}}) {
    const Output output = run(scratch.path, help);
    CHECK(output.status == 0);
    CHECK(output.out.find("Examples:\n  tsc-cache ") != std::string::npos);
    CHECK(output.err.empty());
  }
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"frob"}, {"stats", "--frob"}, {"--dir"}, {"list", "stats"}}) {
    const Output output = run(scratch.path, wrong);
    CHECK(output.status == 2);
    CHECK(output.out.empty());
    CHECK(output.err.starts_with("tsc-cache: "));
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
