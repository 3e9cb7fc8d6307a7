// What befalls a command from outside: damaged caches, full disks, kill -9, odd outputs, threads at
// exit. Whatever happens, a file is old or whole, and the next command works.
#include "support/npy.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <csignal>
#include <map>
#include <random>
#include <thread>

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string tool = (fs::path(TSC_BINARY_DIR) / TSC_TOOL_NAME).string();

// Takes a moment to compile, and gives a library and an entry of some KiB.
const std::string graph = "input x: f32[n]\noutput y = sin(x) * exp(x) + tan(x) * lgamma(x + 2)\n";

fs::path only_entry(const Place& place) {
  const std::vector<fs::path> entries = files_below(place.cache(), ".tsce");
  REQUIRE(entries.size() == 1);
  return entries[0];
}

// What the cache holds, by the names of its files.
std::map<std::string, std::string> all_entries(const Place& place) {
  std::map<std::string, std::string> entries;
  for (const fs::path& file : files_below(place.cache(), ".tsce"))
    entries[file.filename().string()] = read_file(file);
  return entries;
}

// Runs the tool where no file may grow beyond `blocks` of 512 bytes.
Output with_small_files(Place& place, int blocks, const std::string& arguments) {
  return place.run(
      {"sh", "-c", "ulimit -f " + std::to_string(blocks) + "; exec \"$0\" " + arguments, tool});
}

} // namespace

TEST_CASE("a cache entry that is whole but no program for the graph is compiled anew") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\nconst c: f32[5000] = 2\noutput y = x * 2\n"
                       "output z = c * 3 + f32(iota([5000], i64, 0))\n");
  const std::vector<std::string> command = {"run", "g.tsc", "x=[1 2]"};
  const Output right = place.tsc(command);
  REQUIRE(right.status == 0);
  const fs::path file = only_entry(place);
  const std::string bytes = read_file(file);
  const Entry good = decode(bytes).value();

  std::vector<std::string> bad = {bytes.substr(0, bytes.size() / 2), "", std::string(9999, '\0')};
  Entry e = good;
  e.metadata = "{}";
  bad.push_back(encode(e));
  e.metadata = "nonsense";
  bad.push_back(encode(e));
  e = good;
  e.metadata.replace(e.metadata.find("\"constants\":["), 13, "\"constants\":[\"0\",");
  bad.push_back(encode(e));
  for (const std::string& object :
       {std::string(), std::string("ELF"), good.object.substr(0, good.object.size() / 2)}) {
    e = good;
    e.object = object;
    bad.push_back(encode(e));
  }
  for (const std::string& damaged : bad) {
    write_file(file, damaged);
    CHECK(place.tsc(command) == right);
    CHECK(read_file(file) == bytes);
  }
}

TEST_CASE("an error of our own ends with exit code 70") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\noutput y = x * 2\n");
  REQUIRE(place.tsc({"run", "g.tsc", "x=[1]"}).status == 0);
  Entry entry = decode(read_file(only_entry(place))).value();
  entry.object += '\0';
  write_file(only_entry(place), encode(entry));
  place.set("TSC_CACHE=verify");
  const Output output = place.tsc({"run", "g.tsc", "x=[1]"});
  CHECK(output.status == 70);
  CHECK(output.err.starts_with(
      "internal error in tsc (please report): the cache held another object than compiling "
      "again gives (TSC_CACHE=verify)\n"
      "This is a bug in tsc. Please report it with the file\n  " +
      (place.state() / "tsc/repro-").string()));
}

TEST_CASE("a full disk leaves the old files, and says so") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph);
  place.file("g.cpp", "old");
  CHECK(with_small_files(place, 4, "compile g.tsc --emit=cpp -o g.cpp") ==
        Output{3, "", "error[E0704] cannot-write: cannot write 'g.cpp': File too large\n"});
  CHECK(place.read("g.cpp") == "old");
  const Output linked = with_small_files(place, 4, "compile g.tsc -o g.so");
  INFO(linked);
  CHECK(linked.status == 3);
  CHECK(contains(linked.err, "\nerror[E0704] cannot-write: cannot ")); // behind the cache's warning
  CHECK(place.files() == std::vector<std::string>{"g.cpp", "g.tsc"});

  const std::string no_space = ": No space left on device\n";
  CHECK(place.tsc({"compile", "g.tsc", "-o", "/dev/full"}) ==
        Output{3, "", "error[E0704] cannot-write: cannot write '/dev/full'" + no_space});
  CHECK(fs::is_character_file("/dev/full"));

  fs::create_directory(place.path / "disk");
  const Mounted disk(place.path / "disk", "size=16k,mode=0700");
  if (!disk.ok) {
    WARN("skipped: cannot mount a small file system here");
    return;
  }
  place.file("disk/g.so", "old");
  CHECK(place.tsc({"compile", "g.tsc", "--header", "disk/g.h", "-o", "disk/g.so"}) ==
        Output{3, "", "error[E0704] cannot-write: cannot write 'disk/g.so'" + no_space});
  CHECK(place.read("disk/g.so") == "old");
  CHECK(files_below(place.path / "disk").size() == 1);
}

TEST_CASE("a cache without room is a warning, not an error") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph);
  const Output output = with_small_files(place, 4, "run g.tsc 'x=[0 0]'");
  INFO(output);
  CHECK(output.status == 0);
  CHECK(output.out.starts_with("y = ["));
  CHECK(output.err ==
        "warning[E0601]: the kernel cache is not used: cannot write in the cache directory '" +
            (place.cache() / "v2").string() + "': File too large\n");
  CHECK(files_below(place.cache(), ".tsce").empty());
  CHECK(files_below(place.cache(), ".tmp").empty());
  CHECK(place.tsc({"run", "g.tsc", "x=[0 0]"}) == Output{0, output.out, ""});
  only_entry(place);
}

TEST_CASE("outputs that are no plain files are written as they stand, links are followed") {
  Place place;
  place.graph("g.tsc", "input x: f32\noutput y = -x\n");
  const std::vector<std::string> run = {"run", "--interpret", "g.tsc", "x=1", "-o"};
  const auto written_to = [&](const std::string& file) {
    std::vector<std::string> command = run;
    command.push_back(file);
    return place.tsc(command);
  };
  REQUIRE(written_to("y.npy") == Output{0, "", ""});
  const std::string bytes = place.read("y.npy");
  CHECK(written_to("/dev/null") == Output{0, "", ""});
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(written_to("/dev/stdout") == Output{0, bytes, ""});
  CHECK(fs::is_symlink("/dev/stdout"));
  fs::create_symlink("real.npy", place.path / "link.npy");
  place.file("real.npy", "old");
  CHECK(written_to("link.npy") == Output{0, "", ""});
  CHECK(fs::is_symlink(place.path / "link.npy"));
  CHECK(place.read("real.npy") == bytes);
  fs::create_directory(place.path / "folder");
  CHECK(written_to("folder") ==
        Output{3, "", "error[E0704] cannot-write: cannot write 'folder': Is a directory\n"});
  CHECK(place.files() ==
        std::vector<std::string>{"folder", "g.tsc", "link.npy", "real.npy", "y.npy"});
}

TEST_CASE("an index out of range at the call names itself, compiled and interpreted") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\ninput i: i64[k]\noutput y = take(x, i)\n");
  for (const char* how : {"--exact", "--interpret"}) {
    const Output output = place.tsc({"run", "g.tsc", "x=[1 2]", "i=[0 5]", how});
    INFO(output);
    CHECK(output.status == 1);
    CHECK(output.err.starts_with("error[E0504] index-range: "));
    CHECK(contains(output.err, "g.tsc:4:"));
  }
}

TEST_CASE("sizes that overflow at the call are refused, compiled and interpreted") {
  NEEDS_JIT();
  Place place;
  const std::vector<int64_t> shape = {100'000};
  write_npy(place.path / "x.npy", {DType::U8, shape, std::string(100'000, '\0')});
  for (const char* size : {"n*n*n", "n*n*n*n"}) {
    place.graph("g.tsc",
                std::string("input x: u8[n]\noutput x\noutput y = iota([") + size + "], u8, 0)\n");
    for (const char* how : {"--exact", "--interpret"}) {
      const Output output = place.tsc({"run", "g.tsc", "x=@x.npy", how});
      INFO(output);
      CHECK(output.status == 1);
      CHECK(output.err.starts_with("error[E0404] size-overflow: "));
    }
  }
}

TEST_CASE("kill -9 at any moment leaves old or whole files, and a cache that works") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", graph);
  const std::vector<std::string> compile = {tool, "compile", "g.tsc", "-o", "g.so"},
                                 run = {tool, "run", "g.tsc", "x=[0 0]"};
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  REQUIRE(place.run(compile).status == 0);
  const std::chrono::duration<double> whole = Clock::now() - begin;
  const std::string library = place.read("g.so");
  const Output right = place.run(run);
  REQUIRE(right.status == 0);
  auto entries = all_entries(place); // the library's two, and the program that runs
  REQUIRE(entries.size() == 3);

  std::mt19937 random(20261122);
  int killed = 0;
  for (int trial = 0; trial < 24; ++trial) {
    const bool compiles = trial % 2 == 0;
    place.file("g.so", "old");
    fs::remove_all(place.cache());
    const pid_t pid = place.start(compiles ? compile : run);
    std::this_thread::sleep_for(whole * (1.1 * (random() % 1000) / 1000));
    ::kill(pid, SIGKILL);
    killed += wait_for(pid) == 128 + SIGKILL;
    const std::string now = place.read("g.so");
    CHECK((now == "old" || now == library));
    for (const auto& [name, bytes] : all_entries(place))
      CHECK(bytes == entries[name]);
    if (trial % 8 == 1) CHECK(place.run(run) == right);
  }
  CHECK(killed > 5);
  CHECK(place.run(run) == right);
  REQUIRE(place.run(compile).status == 0);
  CHECK(all_entries(place) == entries);
}

TEST_CASE("threads: a bad number is an error, and their being alive does not disturb the exit") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input k: f64\noutput s = sum(sin(f64(iota([3000000], i64, 0)) * k))\n"
                       "output t = max(exp(f64(iota([1000, 3000], i64, 0)) * k))\n");
  {
    Place wrong;
    wrong.graph("g.tsc", "input x: f32[n]\noutput y = x * 2\n");
    wrong.set("TSC_THREADS=many");
    CHECK(wrong.tsc({"run", "g.tsc", "x=[1]"}) ==
          Output{2, "",
                 "error[E0705] bad-setting: TSC_THREADS='many' is not a whole number from 0 to "
                 "1024\n"});
  }
  place.set("TSC_THREADS=7");
  const Output first = place.tsc({"run", "g.tsc", "k=0"});
  CHECK(first == Output{0, "s = 0.0\nt = 1.0\n", ""});
  for (int i = 0; i < 10; ++i)
    CHECK(place.tsc({"run", "g.tsc", "k=0"}) == first);
}
