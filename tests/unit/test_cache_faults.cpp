// cache/: damage, foreign hands, full and read-only disks, killed writers. Whatever happens, a
// lookup gives the right entry or none, and nothing throws.
#include "cache/store.h"
#include "tests/unit/cache_scratch.h"

#include <atomic>
#include <csignal>
#include <random>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>

using namespace tsc;
using namespace tsc::test;

namespace {

bool has(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

// A store on `root` must be off and say why.
void check_refused(const fs::path& root, const std::string& why) {
  for (CacheMode mode : {CacheMode::On, CacheMode::Read}) {
    Store store(root, mode);
    INFO(store.problem().value_or("no problem"));
    CHECK(has(store.problem(), why));
    CHECK(store.mode() == CacheMode::Off);
    store.put(entry_of(1));
    CHECK(!store.get(key_of(1)));
    CHECK(store.clear().entries == 0);
    CHECK(store.list().empty());
  }
}

} // namespace

TEST_CASE("cache faults: an entry cut off anywhere is a miss and goes away") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  const std::string whole = encode(entry_of(1, 10));
  store.put(entry_of(1, 10));
  const fs::path file = file_of(scratch.path, key_of(1));
  int survived = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    write_file(file, whole.substr(0, size));
    survived += store.get(key_of(1)).has_value() + fs::exists(file);
  }
  CHECK(survived == 0);
  write_file(file, whole + '\0');
  CHECK(!store.get(key_of(1)));
  write_file(file, std::string(whole.size(), '\0')); // as after a power cut
  CHECK(!store.get(key_of(1)));
  write_file(file, whole);
  CHECK(store.get(key_of(1)) == entry_of(1, 10));
  CHECK(!store.problem());
}

TEST_CASE("cache faults: each single flipped bit is a miss") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  std::string bytes = encode(entry_of(1, 10));
  store.put(entry_of(1, 10));
  const fs::path file = file_of(scratch.path, key_of(1));
  int survived = 0;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto flip = static_cast<char>(1 << (bit % 8));
    bytes[bit / 8] ^= flip;
    write_file(file, bytes);
    survived += store.get(key_of(1)).has_value();
    bytes[bit / 8] ^= flip;
  }
  CHECK(survived == 0);
}

TEST_CASE("cache faults: another magic or version is a miss though its checksum fits") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  store.put(entry_of(1));
  const size_t place = GENERATE(0, 4);
  std::string bytes = encode(entry_of(1));
  bytes.resize(bytes.size() - 32);
  bytes[place] ^= 2;
  const Digest digest = sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(digest.bytes.data()), 32);
  write_file(file_of(scratch.path, key_of(1)), bytes);
  CHECK(!store.get(key_of(1)));
}

TEST_CASE("cache faults: lengths that run over or wrap around are a miss") {
  std::string bytes = encode(entry_of(1));
  bytes.resize(bytes.size() - 32);
  for (size_t section = 0; section < 4; ++section) {
    std::string wrong = bytes;
    wrong.replace(8 + 8 * section, 8, 8, '\xFF');
    const Digest digest = sha256(wrong);
    wrong.append(reinterpret_cast<const char*>(digest.bytes.data()), 32);
    CHECK(!decode(wrong));
    CHECK(entry_start(wrong).has_value()); // a header alone may lie; the list must bear it
  }
}

TEST_CASE("cache faults: a list bears damaged entries") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  store.put(entry_of(1));
  const fs::path file = file_of(scratch.path, key_of(1));
  std::string bytes = read_file(file);
  bytes.replace(8, 8, 8, '\xFF');
  for (const std::string& damaged : {bytes, std::string(), std::string("TSCE")}) {
    write_file(file, damaged);
    REQUIRE(store.list().size() == 1);
    CHECK(store.list()[0].metadata == "");
  }
  CHECK(!store.problem());
}

TEST_CASE("cache faults: a good entry under another key's name is a miss and goes away") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  store.put(entry_of(1));
  const fs::path other = file_of(scratch.path, key_of(2));
  fs::create_directories(other.parent_path());
  fs::copy_file(file_of(scratch.path, key_of(1)), other);
  CHECK(!store.get(key_of(2)));
  CHECK(!fs::exists(other));
  CHECK(store.get(key_of(1)) == entry_of(1));
}

TEST_CASE("cache faults: entries that are no plain files are not followed") {
  const Scratch scratch;
  Store store(scratch.path / "c", CacheMode::On);
  store.put(entry_of(1));
  const fs::path file = file_of(scratch.path / "c", key_of(1));
  fs::rename(file, scratch.path / "elsewhere");
  SECTION("symbolic link") { fs::create_symlink(scratch.path / "elsewhere", file); }
  SECTION("FIFO") { REQUIRE(::mkfifo(file.c_str(), 0600) == 0); }
  SECTION("directory") { fs::create_directory(file); }
  CHECK(!store.get(key_of(1)));
  CHECK(store.problem());
}

TEST_CASE("cache faults: a symbolic link as root is refused") {
  const Scratch scratch;
  Store(scratch.path / "real", CacheMode::On).put(entry_of(1));
  fs::create_directory_symlink(scratch.path / "real", scratch.path / "link");
  for (const char* name : {"link", "link/", "link/.", "link/./"})
    check_refused(scratch.path / name, "symbolic link");
  fs::rename(scratch.path / "real" / format_folder, scratch.path / format_folder);
  fs::create_directory_symlink(scratch.path / format_folder, scratch.path / "real" / format_folder);
  check_refused(scratch.path / "real", "symbolic link");
}

TEST_CASE("cache faults: a directory that others may write in is refused") {
  const Scratch scratch;
  const fs::path root = scratch.path / "c";
  Store(root, CacheMode::On).put(entry_of(1));
  const std::string inner = GENERATE("", "v2");
  for (mode_t mode : {0777, 0770, 0702}) {
    REQUIRE(::chmod((root / inner).c_str(), mode) == 0);
    check_refused(root, "others may write in the cache directory");
  }
}

TEST_CASE("cache faults: a directory that others may read is shut") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  const fs::path inner = scratch.path / format_folder;
  REQUIRE(::chmod(inner.c_str(), 0755) == 0);
  store.put(entry_of(1));
  CHECK(static_cast<int>(fs::status(inner).permissions()) == 0700);
  CHECK(!store.problem());
}

TEST_CASE("cache faults: another user's directory is refused") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give a directory away");
    return;
  }
  const Scratch scratch;
  fs::create_directory(scratch.path / "c");
  REQUIRE(::chown((scratch.path / "c").c_str(), 65534, 65534) == 0);
  check_refused(scratch.path / "c", "belongs to user 65534, not to user 0");
}

TEST_CASE("cache faults: a file, or nothing, where the directory should be") {
  const Scratch scratch;
  write_file(scratch.path / "file", "");
  check_refused(scratch.path / "file", "is no directory");
  CHECK(has(Store(scratch.path / "file" / "below", CacheMode::On).problem(), "is no directory"));
  CHECK(has(Store("/proc/none/tsc", CacheMode::On).problem(), "cannot make the cache directory"));
  CHECK(has(Store(std::string(5000, 'x'), CacheMode::On).problem(), "File name too long"));
}

TEST_CASE("cache faults: without any home the cache is off and says why") {
  const Variable home("HOME", nullptr), xdg("XDG_CACHE_HOME", nullptr);
  const Variable directory("TSC_CACHE_DIR", nullptr), mode("TSC_CACHE", nullptr);
  Store store = Store::open();
  CHECK(store.mode() == CacheMode::Off);
  CHECK(store.problem().value_or("") ==
        "no cache directory: neither TSC_CACHE_DIR nor HOME is set");
}

TEST_CASE("cache faults: a directory removed underneath comes back") {
  const Scratch scratch;
  Store store(scratch.path / "c", CacheMode::On);
  store.put(entry_of(1));
  fs::remove_all(scratch.path / "c");
  CHECK(!store.get(key_of(1)));
  store.put(entry_of(1));
  CHECK(store.get(key_of(1)) == entry_of(1));
  CHECK(!store.problem());
}

TEST_CASE("cache faults: in a directory without write permission hits work and puts do not") {
  const Scratch scratch;
  const fs::path root = scratch.path;
  const int status = run_unprivileged(root, [&] {
    Store(root, CacheMode::On).put(entry_of(1));
    for (const fs::path& path :
         {file_of(root, key_of(1)).parent_path(), root / format_folder, root})
      if (::chmod(path.c_str(), 0500) != 0) return 1;
    set_age(file_of(root, key_of(1)), 7200);
    Store store(root, CacheMode::On);
    if (store.get(key_of(1)) != entry_of(1) || store.problem()) return 2;
    store.put(entry_of(2));
    if (!has(store.problem(), "cannot write in the cache directory")) return 3;
    if (store.get(key_of(2)) || store.get(key_of(1)) != entry_of(1)) return 4;
    for (const fs::path& path :
         {root, root / format_folder, file_of(root, key_of(1)).parent_path()})
      ::chmod(path.c_str(), 0700);
    return 0;
  });
  CHECK(status == 0);
}

TEST_CASE("cache faults: on a full disk puts fail, leave nothing behind, and hits go on") {
  const Scratch scratch;
  const Mounted disk(scratch.path, "size=256k,mode=0700");
  if (!disk.ok) {
    WARN("skipped: cannot mount a small file system here");
    return;
  }
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 20; ++i)
    store.put(entry_of(i, 30'000));
  CHECK(has(store.problem(), "No space left on device"));
  const uint64_t kept = store.stats().entries;
  CHECK(kept >= 3);
  CHECK(files_below(scratch.path).size() <= kept + 3); // the tag and the counters: no temporaries
  uint64_t hits = 0;
  for (int i = 0; i < 20; ++i) {
    const auto entry = store.get(key_of(i));
    if (entry) CHECK(*entry == entry_of(i, 30'000));
    hits += entry.has_value();
  }
  CHECK(hits == kept);
  store.clear();
  store.put(entry_of(1, 30'000));
  CHECK(store.get(key_of(1)) == entry_of(1, 30'000));
}

TEST_CASE("cache faults: no inode is left") {
  const Scratch scratch;
  const Mounted disk(scratch.path, "nr_inodes=8,mode=0700");
  if (!disk.ok) {
    WARN("skipped: cannot mount a small file system here");
    return;
  }
  Store store(scratch.path, CacheMode::On);
  for (int i = 0; i < 10; ++i)
    store.put(entry_of(i));
  CHECK(store.problem());
  for (int i = 0; i < 10; ++i) {
    const auto entry = store.get(key_of(i));
    CHECK((!entry || *entry == entry_of(i)));
  }
}

TEST_CASE("cache faults: on a read-only disk hits work and nothing throws") {
  const Scratch scratch;
  const Mounted disk(scratch.path, "mode=0700");
  if (!disk.ok) {
    WARN("skipped: cannot mount a file system here");
    return;
  }
  Store(scratch.path, CacheMode::On).put(entry_of(1));
  set_age(file_of(scratch.path, key_of(1)), 7200);
  REQUIRE(::mount("tmpfs", scratch.path.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  Store store(scratch.path, CacheMode::On);
  CHECK(store.get(key_of(1)) == entry_of(1));
  CHECK(!store.get(key_of(2)));
  CHECK(!store.problem());
  store.put(entry_of(2));
  CHECK(has(store.problem(), "Read-only file system"));
  CHECK(has(Store(scratch.path / "below", CacheMode::On).problem(), "Read-only file system"));
}

TEST_CASE("cache faults: writers killed at any moment leave no bad entry") {
  const Scratch scratch;
  std::mt19937 random(20260801);
  constexpr int keys = 4;
  constexpr size_t size = 300'000;
  for (int round = 0; round < 100; ++round) {
    const pid_t child = start_child([&] {
      Store store(scratch.path, CacheMode::On);
      for (int i = 0;; ++i)
        store.put(entry_of(i % keys, size));
      return 0;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    ::kill(child, SIGKILL);
    CHECK(wait_for(child) == 128 + SIGKILL);
  }
  Store store(scratch.path, CacheMode::On, {.prune_seconds = 0});
  for (int i = 0; i < keys; ++i) {
    if (!fs::exists(file_of(scratch.path, key_of(i)))) continue;
    const bool whole = store.get(key_of(i)) == entry_of(i, size);
    CHECK(whole);
  }
  const fs::path shard = file_of(scratch.path, key_of(9)).parent_path();
  fs::create_directories(shard);
  write_file(shard / "0123456789abcdef.tmp", "in case that none was killed half way");
  for (const fs::path& temporary : files_below(scratch.path, ".tmp"))
    set_age(temporary, 7200);
  store.put(entry_of(9));
  CHECK(files_below(scratch.path, ".tmp").empty());
}

TEST_CASE("cache faults: clear during lookups and puts disturbs nobody") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < 4; ++t)
    workers.emplace_back([&] {
      for (int i = 0; !stop; i = (i + 1) % 8) {
        const auto entry = store.get(key_of(i));
        if (entry && *entry != entry_of(i)) ++wrong;
        if (!entry) store.put(entry_of(i));
      }
    });
  Store clearer(scratch.path, CacheMode::On);
  for (int i = 0; i < 100; ++i)
    clearer.clear();
  stop = true;
  for (std::thread& worker : workers)
    worker.join();
  CHECK(wrong == 0);
  CHECK(!store.problem());
  CHECK(!clearer.problem());
}
