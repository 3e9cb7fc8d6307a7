// cache/: writers killed at each system call, torn writes, each file operation failing, many
// processes and versions at once. Whatever happens: no wrong hit, nobody stuck, no other entry
// lost.
//
// TSC_LONG=1 takes each place many times over and more errors; the counts are printed.
#include "cache/upkeep.h"
#include "tests/sanitized.h"
#include "tests/unit/traced.h"

#include <cerrno>
#include <fmt/format.h>
#include <random>
#include <sys/resource.h>
#include <thread>

using namespace tsc;
using namespace tsc::test;

namespace {

const bool long_run = std::getenv("TSC_LONG") != nullptr;

// Something done to a cache: what was there before, what is done, and the entries that must
// survive.
struct Scene {
  const char* name;
  void (*prepare)(const fs::path& root);
  int (*act)(const fs::path& root);
  std::vector<int> kept;
};

int done(const Store& store) { return store.problem() ? 1 : 0; }

int put_one(const fs::path& root) {
  Store store(root, CacheMode::On);
  store.put(entry_of(1), 3);
  return done(store);
}

int look_up_one(const fs::path& root) {
  Store store(root, CacheMode::On);
  const auto entry = store.get(key_of(1));
  if (entry && *entry != entry_of(1)) return 2;
  if (!entry) store.put(entry_of(1));
  return done(store);
}

int put_and_evict(const fs::path& root) {
  Store store(root, CacheMode::On, {.entries = 6, .prune_seconds = 0});
  store.put(entry_of(1));
  return done(store);
}

void prepare_some(const fs::path& root) {
  Store store(root, CacheMode::On);
  for (int i : {1, 2, 3})
    store.put(entry_of(i));
}

void prepare_aged(const fs::path& root) {
  prepare_some(root);
  set_age(file_of(root, key_of(1)), 7200);
}

void prepare_damaged(const fs::path& root) {
  prepare_some(root);
  write_file(file_of(root, key_of(1)), encode(entry_of(1)).substr(0, 100));
}

void prepare_many(const fs::path& root) {
  Store store(root, CacheMode::On);
  for (int i = 2; i < 10; ++i) {
    store.put(entry_of(i));
    set_age(file_of(root, key_of(i)), 100 * i);
  }
  write_file(file_of(root, key_of(5)).parent_path() / "0123456789abcdef.tmp", "left by a writer");
  set_age(file_of(root, key_of(5)).parent_path() / "0123456789abcdef.tmp", 7200);
}

const std::vector<Scene> scenes = {
    {"the first put", [](const fs::path&) {}, put_one, {}},
    {"another put of an entry", prepare_some, put_one, {1, 2, 3}},
    {"a hit that renews the time", prepare_aged, look_up_one, {1, 2, 3}},
    {"a damaged entry and its replacement", prepare_damaged, look_up_one, {2, 3}},
    {"a put that evicts and sweeps", prepare_many, put_and_evict, {2, 3, 4}}};

void begin(const Scene& scene, const fs::path& root) {
  fs::remove_all(root);
  scene.prepare(root);
}

// No wrong hit, what was there is there, and the cache goes on as if nothing had been.
std::string trouble(const Scene& scene, const fs::path& root) {
  Store store(root, CacheMode::On);
  for (int i = 0; i < 10; ++i) {
    const auto entry = store.get(key_of(i));
    if (entry && *entry != entry_of(i)) return "a wrong hit";
    const bool kept = std::find(scene.kept.begin(), scene.kept.end(), i) != scene.kept.end();
    if (kept && !entry) return "entry " + std::to_string(i) + " is lost";
  }
  for (const fs::path& temporary : files_below(root, ".tmp"))
    set_age(temporary, 7200);
  fs::remove(root / format_folder / "prunes");
  store.put(entry_of(1));
  if (store.get(key_of(1)) != entry_of(1)) return "a put does not work";
  if (!files_below(root, ".tmp").empty()) return "a temporary stays";
  return store.problem().value_or("");
}

void check_fine(const Scene& scene, const fs::path& root, const std::string& when) {
  const std::string what = trouble(scene, root);
  if (what.empty()) return;
  FAIL_CHECK(scene.name << ", " << when << ": " << what);
}

} // namespace

TEST_CASE("cache crash: a kill before and after each file operation") {
  const Scratch scratch;
  const fs::path root = scratch.path / "c";
  int trials = 0;
  for (const Scene& scene : scenes)
    for (int stop = 0;; ++stop) {
      begin(scene, root);
      const auto status = run_killed([&] { return scene.act(root); }, stop, !long_run);
      if (!status) {
        WARN("skipped: no process may be traced here");
        return;
      }
      const bool killed = *status == 128 + SIGKILL;
      trials += killed;
      if (!killed) CHECK(*status == 0);
      check_fine(scene, root, "killed at stop " + std::to_string(stop));
      if (!killed) break;
    }
  CHECK(trials > 80);
  if (long_run) WARN(trials << " kills, at every system call");
}

TEST_CASE("cache crash: a kill in the middle of writing, at each byte") {
  if (!can_change_calls) {
    WARN("skipped: no registers of this CPU are known");
    return;
  }
  const Scratch scratch;
  const fs::path root = scratch.path / "c";
  const uint64_t size = encode(entry_of(1)).size();
  int trials = 0;
  for (const Scene& scene : scenes)
    for (uint64_t bytes = 0; bytes <= size; bytes += long_run ? 1 : 37) {
      begin(scene, root);
      const auto status = run_torn([&] { return scene.act(root); }, bytes);
      if (!status) {
        WARN("skipped: no process may be traced here");
        return;
      }
      trials += *status == 128 + SIGKILL;
      check_fine(scene, root, "torn after " + std::to_string(bytes));
    }
  CHECK(trials > 20);
  if (long_run) WARN(trials << " torn writes");
}

TEST_CASE("cache crash: each file operation fails, in each way") {
  if (!can_change_calls || TSC_ASAN || TSC_TSAN) { // those call the system, too
    WARN("skipped: no registers of this CPU are known, or a sanitizer is in the way");
    return;
  }
  const Scratch scratch;
  const fs::path root = scratch.path / "c";
  const std::vector<int> errors = {EIO,    ENOSPC, ESTALE, EDQUOT, EACCES, EPERM, EROFS,
                                   EMFILE, EBUSY,  ENOENT, EEXIST, ENOMEM, EINTR, ENOLCK};
  int trials = 0;
  for (size_t round = 0; round < (long_run ? 4 : 1); ++round)
    for (const Scene& scene : scenes)
      for (int which = 0;; which += long_run || which < 25 ? 1 : 300) {
        begin(scene, root);
        bool failed = false;
        const int error = errors[(static_cast<size_t>(which) + 3 * round) % errors.size()];
        const auto status = run_failing([&] { return scene.act(root); }, which, error, failed);
        if (!status) {
          WARN("skipped: no process may be traced here");
          return;
        }
        if (*status > 1)
          FAIL_CHECK(scene.name << ": operation " << which << " failing with " << error
                                << " ended with " << *status);
        check_fine(scene, root, fmt::format("operation {} failing with {}", which, error));
        if (!failed) break;
        ++trials;
      }
  CHECK(trials > 60);
  if (long_run) WARN(trials << " failing operations");
}

TEST_CASE("cache crash: files that may not grow, at each size") {
  const Scratch scratch;
  const uint64_t size = encode(entry_of(1)).size();
  int wrong = 0;
  for (uint64_t limit = 1; limit < size; limit += long_run ? 1 : 11) {
    const fs::path root = scratch.path / std::to_string(limit);
    wrong += wait_for(start_child([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit small = {limit, limit};
      if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 1;
      Store store(root, CacheMode::On);
      store.put(entry_of(1));
      if (!store.problem() || store.get(key_of(1))) return 1;
      return files_below(root, ".tmp").empty() && files_below(root, ".tsce").empty() ? 0 : 1;
    }));
    Store store(root, CacheMode::On);
    store.put(entry_of(1));
    wrong += store.get(key_of(1)) != entry_of(1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("cache crash: 32 processes on one cold cache") {
  const Scratch scratch;
  constexpr int processes = 32, keys = 6;
  for (int round = 0; round < (long_run ? 100 : 2); ++round) {
    const fs::path root = scratch.path / std::to_string(round);
    std::array<int, 2> gate;
    REQUIRE(::pipe(gate.data()) == 0);
    std::vector<pid_t> children;
    for (int p = 0; p < processes; ++p)
      children.push_back(start_child([&] {
        ::close(gate[1]);
        char go = 0;
        if (::read(gate[0], &go, 1) != 0) return 3; // all begin when the gate is closed
        Store store(root, CacheMode::On);
        for (int i = 0; i < keys; ++i) {
          const auto entry = store.get(key_of(i));
          if (entry && *entry != entry_of(i, 20'000)) return 1;
          if (!entry) store.put(entry_of(i, 20'000), 1);
          if (store.get(key_of(i)) != entry_of(i, 20'000)) return 4;
        }
        return store.problem() ? 2 : 0;
      }));
    ::close(gate[0]), ::close(gate[1]);
    for (pid_t child : children)
      CHECK(wait_for(child) == 0);
    const Stats stats = Store(root, CacheMode::Read).stats();
    CHECK(stats.hits + stats.misses == 2 * processes * keys);
    CHECK(stats.misses >= keys);
    CHECK(stats.builds == stats.misses);
    CHECK(stats.entries == keys);
    CHECK(files_below(root, ".tmp").empty());
  }
}

TEST_CASE("cache crash: two versions of tsc side by side, with evictions") {
  const Scratch scratch;
  const auto versioned = [](int version, int i) {
    Entry entry = entry_of(100 * version + i, 3000);
    entry.key_text = KeyText()
                         .field("generation", int64_t{version})
                         .field("graph", "y = x + " + std::to_string(i))
                         .text();
    return entry;
  };
  std::vector<pid_t> children;
  for (int p = 0; p < 8; ++p)
    children.push_back(start_child([&] {
      Store store(scratch.path, CacheMode::On, {.entries = 12, .prune_seconds = 0});
      const int version = 1 + p % 2;
      for (int i = 0; i < (long_run ? 3000 : 150); ++i) {
        const Entry right = versioned(version, i % 10);
        const auto entry = store.get(right.key_text);
        if (entry && *entry != right) return 1;
        if (!entry) store.put(right);
      }
      return store.problem() ? 2 : 0;
    }));
  for (pid_t child : children)
    CHECK(wait_for(child) == 0);
  Store store(scratch.path, CacheMode::On);
  store.clear();
  store.put(versioned(1, 0));
  Miss why{};
  CHECK(!store.get(versioned(2, 0).key_text, &why));
  CHECK(why == Miss::Tool);
  CHECK(store.get(versioned(1, 0).key_text) == versioned(1, 0));
  CHECK(store.explain(versioned(2, 0).key_text).differences ==
        std::vector<Difference>{{"generation", "2", "1"}});
}

TEST_CASE("cache crash: clocks that jump by years neither break lookups nor stop eviction") {
  const Scratch scratch;
  std::mt19937 random(20261122);
  Store store(scratch.path, CacheMode::On, {.entries = 20, .prune_seconds = 60});
  constexpr int64_t years = 10LL * 365 * 86400;
  for (int i = 0; i < (long_run ? 2000 : 200); ++i) {
    store.put(entry_of(i));
    REQUIRE(store.get(key_of(i)) == entry_of(i));
    const int64_t age = static_cast<int64_t>(random() % (2 * years)) - years;
    set_age(file_of(scratch.path, key_of(i)), age);
    set_age(scratch.path / format_folder / "prunes", random() % 2 ? age : -age);
    if (i % 25 == 24) {
      set_age(scratch.path / format_folder / "prunes", -years);
      store.put(entry_of(i));
      REQUIRE(store.stats().entries <= 20);
    }
  }
  CHECK(!store.problem());
}
