// cache/: what the store keeps and gives back, how it counts and evicts, and many users at once.
#include "cache/store.h"
#include "support/error.h"
#include "tests/unit/cache_scratch.h"

#include <atomic>
#include <set>
#include <sys/stat.h>
#include <thread>

using namespace tsc;
using namespace tsc::test;

TEST_CASE("cache: what is put comes back") {
  const Scratch scratch;
  Store store(scratch.path / "c", CacheMode::On);
  CHECK(!store.get(key_of(1)));
  store.put(entry_of(1));
  CHECK(store.get(key_of(1)) == entry_of(1));
  CHECK(!store.get(key_of(2)));
  CHECK(Store(scratch.path / "c", CacheMode::On).get(key_of(1)) == entry_of(1));
  CHECK(!store.problem());
}

TEST_CASE("cache: sections may be empty, large, and hold any bytes") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  std::string all_bytes;
  for (int i = 0; i < 256; ++i)
    all_bytes += static_cast<char>(i);
  const std::vector<Entry> entries = {
      {.key_text = "", .metadata = "", .source = "", .object = ""},
      {.key_text = "k", .metadata = "", .source = "", .object = all_bytes},
      {.key_text = all_bytes, .metadata = all_bytes, .source = all_bytes, .object = ""},
      {.key_text = "big", .metadata = "{}", .source = "s", .object = std::string(20 << 20, 'x')},
      {.key_text = std::string(1 << 20, 'k'),
       .metadata = std::string(9000, 'm'),
       .source = "",
       .object = "o"}};
  for (const Entry& entry : entries) {
    store.put(entry);
    const bool same = store.get(entry.key_text) == entry;
    CHECK(same);
  }
  CHECK(!store.problem());
  CHECK(store.stats().entries == entries.size());
}

TEST_CASE("cache: a second put replaces the entry") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  Entry entry = entry_of(1);
  store.put(entry);
  entry.object = "new";
  store.put(entry);
  CHECK(store.get(entry.key_text) == entry);
  CHECK(store.stats().entries == 1);
}

TEST_CASE("cache: the bytes of an entry file are the documented ones") {
  const std::string bytes =
      encode({.key_text = "key", .metadata = "{}", .source = "s", .object = ""});
  const std::string content = std::string("TSCE\1\0\0\0", 8) + std::string("\2\0\0\0\0\0\0\0", 8) +
                              std::string("\3\0\0\0\0\0\0\0", 8) +
                              std::string("\1\0\0\0\0\0\0\0", 8) + std::string(8, '\0') + "{}" +
                              "key" + "s";
  REQUIRE(bytes.size() == content.size() + 32);
  CHECK(bytes.substr(0, content.size()) == content);
  const Digest digest = sha256(content);
  CHECK(std::equal(digest.bytes.begin(), digest.bytes.end(), bytes.end() - 32,
                   [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); }));
}

TEST_CASE("cache: files and directories are for the user alone, whatever the umask") {
  const Scratch scratch;
  const fs::path root = scratch.path / "new" / "c";
  const mode_t old = ::umask(0);
  Store(root, CacheMode::On).put(entry_of(1));
  ::umask(old);
  auto mode = [](const fs::path& path) { return static_cast<int>(fs::status(path).permissions()); };
  CHECK(mode(scratch.path / "new") == 0700);
  CHECK(mode(root) == 0700);
  CHECK(mode(root / format_folder) == 0700);
  CHECK(mode(file_of(root, key_of(1)).parent_path()) == 0700);
  CHECK(mode(file_of(root, key_of(1))) == 0600);
  CHECK(read_file(root / "CACHEDIR.TAG")
            .starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"));
}

TEST_CASE("cache: lookups are counted, and entries listed with the last used first") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 3; ++i)
    store.put(entry_of(i));
  store.get(key_of(0)), store.get(key_of(1)), store.get(key_of(9));
  const Stats stats = store.stats();
  CHECK(stats.hits == 2);
  CHECK(stats.misses == 1);
  CHECK(stats.entries == 3);
  CHECK(stats.bytes == 3 * encode(entry_of(0)).size());

  set_age(file_of(scratch.path, key_of(1)), 30);
  set_age(file_of(scratch.path, key_of(2)), 10);
  const auto list = store.list();
  REQUIRE(list.size() == 3);
  CHECK(list[0].key == sha256(key_of(0)).hex());
  CHECK(list[1].key == sha256(key_of(2)).hex());
  CHECK(list[2].key == sha256(key_of(1)).hex());
  CHECK(list[1].metadata == "{\"number\":2}");
  CHECK(list[1].bytes == encode(entry_of(2)).size());
}

TEST_CASE("cache: the bytes of many entries may be estimated") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 600; ++i)
    store.put(entry_of(1000 + i, 1000));
  const Stats exact = store.stats(), rough = store.stats(599), few = store.stats(600);
  CHECK(exact.entries == 600);
  CHECK(rough.entries == 600);
  CHECK(rough.estimated);
  CHECK(rough.bytes == exact.bytes); // since all are of one size
  CHECK(!few.estimated);
  CHECK(few.bytes == exact.bytes);
  CHECK(!exact.estimated);
}

TEST_CASE("cache: metadata longer than a block is listed whole") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  Entry entry = entry_of(1);
  entry.metadata = std::string(10'000, 'm');
  store.put(entry);
  CHECK(store.list().at(0).metadata == entry.metadata);
}

TEST_CASE("cache: clear removes entries and nothing else") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 5; ++i)
    store.put(entry_of(i));
  store.get(key_of(0));
  const fs::path shard = file_of(scratch.path, key_of(0)).parent_path();
  const std::string digits = std::string(12, 'f') + "-" + std::string(64, 'f');
  for (const fs::path& other : {shard / "notes.txt", shard / (digits + ".tsce"),
                                scratch.path / "mine.tsce", shard / "x.tsce"})
    write_file(other, "not ours");
  set_age(shard / "notes.txt", 7200);
  write_file(shard / "old.tmp", "not ours");
  set_age(shard / "old.tmp", 7200);
  write_file(shard / "0123456789abcdef.tmp", "being written");
  write_file(shard / "fedcba9876543210.tmp", "left by a killed writer");
  set_age(shard / "fedcba9876543210.tmp", 7200);
  const uint64_t bytes = store.stats().bytes;

  const Removed removed = store.clear();
  CHECK(removed.entries == 5);
  CHECK(removed.bytes == bytes);
  CHECK(store.stats().entries == 0);
  CHECK(store.stats().hits == 1);
  CHECK(fs::exists(shard / "notes.txt"));
  CHECK(fs::exists(shard / "old.tmp"));
  CHECK(fs::exists(shard / (digits + ".tsce"))); // its name belongs in shard ff
  CHECK(fs::exists(shard / "x.tsce"));
  CHECK(fs::exists(scratch.path / "mine.tsce"));
  CHECK(fs::exists(shard / "0123456789abcdef.tmp"));
  CHECK(!fs::exists(shard / "fedcba9876543210.tmp"));
  store.put(entry_of(0));
  CHECK(store.get(key_of(0)));
}

TEST_CASE("cache: off neither reads nor writes") {
  const Scratch scratch;
  Store(scratch.path / "c", CacheMode::On).put(entry_of(1));
  Store off(scratch.path / "c", CacheMode::Off);
  CHECK(!off.get(key_of(1)));
  Store fresh(scratch.path / "d", CacheMode::Off);
  fresh.put(entry_of(1));
  CHECK(!fs::exists(scratch.path / "d"));
  CHECK(!fresh.problem());
}

TEST_CASE("cache: notes are kept until another takes their place, and are no entries") {
  Scratch scratch;
  Store store(scratch.path / "cache", CacheMode::On);
  CHECK_FALSE(store.note("question"));
  store.keep_note("question", "answer");
  CHECK(store.note("question") == "answer");
  store.keep_note("question", "other");
  CHECK(store.note("question") == "other");
  CHECK(Store(scratch.path / "cache", CacheMode::Read).note("question") == "other");
  for (int i = 0; i < 200; ++i) {
    store.keep_note(std::to_string(i), "a");
    CHECK(store.note(std::to_string(i)) == "a");
  }
  CHECK_FALSE(store.note("question")); // there is room for sixteen
  CHECK(store.stats().entries == 0);
  CHECK(store.stats().misses == 0);
  for (const auto& file : fs::directory_iterator(scratch.path / "cache/v2/notes"))
    write_file(file.path(), "damaged");
  CHECK_FALSE(store.note("199"));
  CHECK_FALSE(store.problem());

  Store reader(scratch.path / "none", CacheMode::Read), off(scratch.path / "none", CacheMode::Off);
  for (Store* closed : {&reader, &off}) {
    closed->keep_note("question", "answer");
    CHECK_FALSE(closed->note("question"));
  }
  CHECK_FALSE(fs::exists(scratch.path / "none"));
}

TEST_CASE("cache: read gives hits and writes nothing") {
  const Scratch scratch;
  Store missing(scratch.path / "d", CacheMode::Read);
  CHECK(!missing.get(key_of(1)));
  missing.put(entry_of(1));
  CHECK(!fs::exists(scratch.path / "d"));

  const fs::path root = scratch.path / "c";
  {
    Store writer(root, CacheMode::On);
    writer.put(entry_of(1));
    writer.put(entry_of(2));
  }
  const fs::path used = file_of(root, key_of(1)), damaged = file_of(root, key_of(2));
  write_file(damaged, "damaged");
  set_age(used, 7200);
  const auto before = files_below(root);
  Store reader(root, CacheMode::Read);
  CHECK(reader.get(key_of(1)) == entry_of(1));
  CHECK(!reader.get(key_of(2)));
  CHECK(!reader.get(key_of(3)));
  reader.put(entry_of(3));
  CHECK(reader.clear().entries == 0);
  CHECK(files_below(root) == before);
  CHECK(age(used) >= 7199);
  CHECK(reader.stats().hits + reader.stats().misses == 0);
  CHECK(!reader.problem());
}

TEST_CASE("cache: verify stores and finds as on does") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::Verify);
  store.put(entry_of(1));
  CHECK(store.get(key_of(1)) == entry_of(1));
  CHECK(store.mode() == CacheMode::Verify);
}

TEST_CASE("cache: settings choose mode and directory") {
  const Scratch scratch;
  const Variable home("HOME", scratch.path.c_str());
  const Variable xdg("XDG_CACHE_HOME", nullptr), directory("TSC_CACHE_DIR", nullptr);
  const Variable mode("TSC_CACHE", nullptr);
  CHECK(Store::open().directory() == scratch.path / ".cache" / "tsc");
  CHECK(Store::open().mode() == CacheMode::On);
  {
    const Variable relative("XDG_CACHE_HOME", "relative");
    CHECK(cache_directory() == scratch.path / ".cache" / "tsc");
  }
  const Variable given_xdg("XDG_CACHE_HOME", (scratch.path / "xdg").c_str());
  CHECK(cache_directory() == scratch.path / "xdg" / "tsc");
  const Variable given("TSC_CACHE_DIR", (scratch.path / "a \"b'\n\xFF").c_str());
  Store odd = Store::open();
  odd.put(entry_of(1));
  CHECK(odd.get(key_of(1)));
  CHECK(!odd.problem());

  const Variable read("TSC_CACHE", "read");
  CHECK(Store::open().mode() == CacheMode::Read);
  const Variable wrong("TSC_CACHE", "maybe\n");
  try {
    Store::open();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "error[E0602] bad-cache-mode: TSC_CACHE='maybe\\x0a' is not off, on, read or verify");
  }
}

TEST_CASE("cache: a hit renews an entry's time once an hour") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  store.put(entry_of(1));
  const fs::path file = file_of(scratch.path, key_of(1));
  set_age(file, 1800);
  store.get(key_of(1));
  CHECK(age(file) >= 1799);
  set_age(file, 3700);
  store.get(key_of(1));
  CHECK(age(file) <= 5);
  set_age(file, -1'000'000); // from before the clock was set back
  store.get(key_of(1));
  CHECK(std::abs(age(file)) <= 5);
}

TEST_CASE("cache: eviction removes the least recently used, by number and by bytes") {
  const Scratch scratch;
  const uint64_t size = encode(entry_of(10)).size();
  const CacheLimits limits = GENERATE_COPY(CacheLimits{.entries = 20, .prune_seconds = 0},
                                           CacheLimits{.bytes = 20 * size, .prune_seconds = 0});
  Store store(scratch.path, CacheMode::On, limits);
  for (int i = 10; i < 30; ++i) {
    store.put(entry_of(i));
    set_age(file_of(scratch.path, key_of(i)), 3000 - 100 * (i - 10));
  }
  CHECK(store.stats().entries == 20);
  set_age(file_of(scratch.path, key_of(10)), 4000);
  store.get(key_of(10)); // older than an hour, so its time is renewed
  store.put(entry_of(30));
  CHECK(store.stats().entries == 18);
  CHECK(store.get(key_of(10)));
  CHECK(store.get(key_of(30)));
  for (int i : {11, 12, 13})
    CHECK(!store.get(key_of(i)));
  CHECK(store.get(key_of(14)));
  CHECK(!store.problem());
}

TEST_CASE("cache: eviction stays bounded when all times are equal or ahead of the clock") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On, {.entries = 10, .prune_seconds = 0});
  for (int i = 0; i < 40; ++i) {
    store.put(entry_of(i));
    set_age(file_of(scratch.path, key_of(i)), -1'000'000);
    set_age(scratch.path / format_folder / "prunes", -1'000'000);
    REQUIRE(store.stats().entries <= 10);
  }
  CHECK(!store.problem());
}

TEST_CASE("cache: eviction runs at most once in its interval") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On, {.entries = 5, .prune_seconds = 60});
  for (int i = 0; i < 20; ++i)
    store.put(entry_of(i));
  CHECK(store.stats().entries == 20);
  set_age(scratch.path / format_folder / "prunes", 61);
  store.put(entry_of(20));
  CHECK(store.stats().entries == 5);
}

TEST_CASE("cache: an entry larger than a quarter of the limit is not stored") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On, {.bytes = 4000});
  store.put(entry_of(1, 2000));
  CHECK(!store.get(key_of(1)));
  CHECK(store.problem().value_or("") == "an entry of 2128 bytes is not cached: the limit is 1000");
}

TEST_CASE("cache: counters keep their value when their blocks are given back") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  store.get(key_of(1));
  const fs::path counter = scratch.path / format_folder / "misses-new";
  constexpr uint64_t block = 64 << 10;
  write_file(counter, std::string(block - 1, '+'));
  store.get(key_of(1));
  CHECK(store.stats().misses == block);
  struct stat status;
  REQUIRE(::stat(counter.c_str(), &status) == 0);
  if (status.st_blocks > 0) WARN("this file system makes no holes: counters take a byte per event");
  store.get(key_of(1));
  CHECK(store.stats().misses == block + 1);
}

TEST_CASE("cache: threads share one store and one cold key") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On, {.entries = 50, .prune_seconds = 0});
  constexpr int threads = 16, rounds = 20;
  std::atomic<int> wrong = 0, hits = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        const auto entry = store.get(key_of(i));
        if (entry) ++hits;
        if (entry && *entry != entry_of(i, 20'000)) ++wrong;
        if (!entry) store.put(entry_of(i, 20'000));
      }
    });
  for (std::thread& worker : workers)
    worker.join();
  CHECK(wrong == 0);
  CHECK(store.stats().hits == static_cast<uint64_t>(hits));
  CHECK(store.stats().hits + store.stats().misses == threads * rounds);
  CHECK(store.stats().entries == rounds);
  CHECK(files_below(scratch.path, ".tmp").empty());
  CHECK(!store.problem());
}

TEST_CASE("cache: processes share one cold key, and every lookup is counted") {
  const Scratch scratch;
  constexpr int processes = 8, rounds = 200;
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p)
    children.push_back(start_child([&] {
      Store store(scratch.path / "c", CacheMode::On);
      for (int i = 0; i < rounds; ++i) {
        const auto entry = store.get(key_of(1));
        if (entry && *entry != entry_of(1, 5000)) return 1;
        if (!entry) store.put(entry_of(1, 5000));
      }
      return store.problem() ? 2 : 0;
    }));
  for (pid_t child : children)
    CHECK(wait_for(child) == 0);
  const Stats stats = Store(scratch.path / "c", CacheMode::Read).stats();
  CHECK(stats.hits + stats.misses == processes * rounds);
  CHECK(stats.misses <= processes);
  CHECK(stats.entries == 1);
}

TEST_CASE("cache: a store made before fork() works in the child") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  const pid_t child = start_child([&] {
    store.put(entry_of(1));
    return store.get(key_of(1)) == entry_of(1) ? 0 : 1;
  });
  CHECK(wait_for(child) == 0);
  CHECK(store.get(key_of(1)) == entry_of(1));
}
