// cache/: read-only layers, why a lookup missed, what is nearest, limits from the environment,
// bundles.
#include "cache/bundle.h"
#include "support/error.h"
#include "tests/contains.h"
#include "tests/unit/cache_scratch.h"

#include <sys/stat.h>

using namespace tsc;
using namespace tsc::test;

namespace {

std::string graph_of(const std::vector<std::string>& ops) {
  KeyText graph;
  graph.field("inputs", int64_t{1}).field("node", "input").field("shape", "s0,");
  for (const std::string& op : ops)
    graph.field("node", op).field("args", "0");
  return graph.text();
}

Entry entry_for(const std::string& generation, const std::string& cpu,
                const std::vector<std::string>& features, const std::string& strict,
                const std::string& salt, const std::vector<std::string>& ops) {
  KeyText key;
  key.field("generation", generation).field("cpu", cpu);
  for (const std::string& feature : features)
    key.field("feature", feature);
  key.field("strict", strict).field("salt", salt).field("graph", graph_of(ops));
  Entry entry = entry_of(1);
  entry.key_text = key.text();
  return entry;
}

Miss why(Store& store, const Entry& entry) {
  Miss reason{};
  CHECK(!store.get(entry.key_text, &reason));
  return reason;
}

fs::path layer_of(const fs::path& root, int i) {
  Store(root, CacheMode::On).put(entry_of(i));
  return root;
}

} // namespace

TEST_CASE("cache: a miss says what changed") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  const Entry base = entry_for("2", "znver4", {"+avx", "+fma"}, "0", "", {"exp"});
  CHECK(why(store, base) == Miss::New);
  store.put(base);
  CHECK(store.get(base.key_text) == base);
  CHECK(why(store, entry_for("2", "znver4", {"+avx", "+fma"}, "0", "", {"sin"})) == Miss::New);
  CHECK(why(store, entry_for("3", "znver4", {"+avx", "+fma"}, "0", "", {"exp"})) == Miss::Tool);
  CHECK(why(store, entry_for("3", "i486", {}, "1", "x", {"exp"})) == Miss::Tool);
  CHECK(why(store, entry_for("2", "znver3", {"+avx", "+fma"}, "0", "", {"exp"})) == Miss::Target);
  CHECK(why(store, entry_for("2", "znver4", {"+avx"}, "0", "", {"exp"})) == Miss::Target);
  CHECK(why(store, entry_for("2", "znver4", {"+avx", "+fma"}, "1", "", {"exp"})) == Miss::Options);
  CHECK(why(store, entry_for("2", "znver4", {"+avx", "+fma"}, "0", "x", {"exp"})) == Miss::Salt);
  write_file(file_of(scratch.path, base.key_text), "damaged");
  CHECK(why(store, base) == Miss::Damaged);
  const Stats stats = store.stats();
  CHECK(stats.misses == 9);
  CHECK(stats.misses_by == std::vector<uint64_t>{2, 2, 2, 1, 1, 1, 0});
}

TEST_CASE("cache: an entry that cannot be read is a miss of its own kind") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  fs::create_directories(file_of(scratch.path, key_of(1)));
  Miss reason{};
  CHECK(!store.get(key_of(1), &reason));
  CHECK(reason == Miss::Unreadable);
  CHECK(store.stats().misses_by.back() == 1);
}

TEST_CASE("cache: the nearest entry is of the same graph, else of the most like one") {
  const Scratch scratch;
  Store store(scratch.path, CacheMode::On);
  const Entry far = entry_for("2", "znver4", {}, "0", "", {"exp", "sin", "cos", "tan"});
  const Entry near = entry_for("2", "znver4", {"+avx", "+fma"}, "1", "", {"exp"});
  const Entry nearer = entry_for("2", "znver4", {"+avx"}, "0", "", {"exp"});
  const Entry asked = entry_for("2", "znver4", {"+avx", "+bmi"}, "0", "", {"exp"});
  CHECK(text(store.explain(asked.key_text)) ==
        "miss: no entry of this graph: never compiled here, or evicted since; no other is like it");
  for (const Entry& entry : {far, near, nearer})
    store.put(entry);
  const Explanation e = store.explain(asked.key_text);
  CHECK(!e.hit);
  CHECK(e.reason == Miss::Target);
  CHECK(e.nearest == sha256(nearer.key_text).hex());
  CHECK(e.differences == std::vector<Difference>{{"feature", "+bmi", ""}});
  CHECK(store.explain(nearer.key_text).hit);
  const Entry changed = entry_for("2", "znver4", {}, "0", "", {"exp", "sin", "abs", "cos", "tan"});
  const Explanation like = store.explain(changed.key_text);
  CHECK(like.reason == Miss::New);
  CHECK(text(like) == "miss: no entry of this graph: never compiled here, or evicted since\n"
                      "nearest entry " +
                          sha256(far.key_text).hex().substr(0, 12) +
                          " differs in\n  graph line 5\n    only asked: node abs  args 0");
  CHECK(store.stats().hits + store.stats().misses == 0); // asking is no lookup
}

TEST_CASE("cache: key texts are taken apart as they were written") {
  const std::string text = KeyText()
                               .field("has blas", true)
                               .field("odd", "a 3:b\nc 1:d\n")
                               .field("empty", "")
                               .field("graph", graph_of({"exp"}))
                               .text();
  const std::vector<KeyField> fields = key_fields(text);
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].tag == "has blas");
  CHECK(fields[1].value == "a 3:b\nc 1:d\n");
  CHECK(fields[2].value.empty());
  CHECK(key_field(text, "graph") == graph_of({"exp"}));
  CHECK(key_field(text, "none").empty());
  for (size_t size = 0; size < text.size(); ++size) { // whatever is cut off, nothing is made up
    const std::string_view cut = std::string_view(text).substr(0, size);
    CHECK(key_fields(cut).size() < 4);
    CHECK(contains(text, key_graph(cut)));
  }
  for (const char* odd : {":", "a :", "a b:", "a -1:x\n", "a 99999999999999999999:x\n", "a 1:xy",
                          "1:x\n", "\n", "a 18446744073709551615:x\n"})
    CHECK(key_fields(odd).empty());
}

TEST_CASE("cache: long graphs are compared by lines, and fast") {
  std::vector<std::string> ops(20'000, "exp");
  const Entry first = entry_for("2", "c", {}, "0", "", ops);
  ops[7] = "sin";
  CHECK(differences(first.key_text, entry_for("2", "c", {}, "0", "", ops).key_text) ==
        std::vector<Difference>{{"graph line 10", "node exp  args 0", "node sin  args 0"}});
  for (size_t i = 0; i < ops.size(); i += 2)
    ops[i] = "cos";
  CHECK(differences(first.key_text, entry_for("2", "c", {}, "0", "", ops).key_text).size() > 9000);
}

TEST_CASE("cache layers: entries are found behind the user's, and nothing is written there") {
  const Scratch scratch;
  const fs::path first = layer_of(scratch.path / "1", 1), second = layer_of(scratch.path / "2", 2);
  set_age(file_of(first, key_of(1)), 7200);
  const auto before = files_below(first);
  Store store(scratch.path / "c", CacheMode::On, {}, {scratch.path / "none", first, second});
  CHECK(store.get(key_of(1)) == entry_of(1));
  CHECK(store.get(key_of(2)) == entry_of(2));
  CHECK(!store.get(key_of(3)));
  store.put(entry_of(3));
  CHECK(store.get(key_of(3)) == entry_of(3));
  Entry newer = entry_of(1);
  newer.object = "newer";
  store.put(newer);
  CHECK(store.get(key_of(1)) == newer);
  CHECK(store.stats().hits == 4);
  CHECK(store.stats().misses == 1);
  CHECK(files_below(first) == before);
  CHECK(age(file_of(first, key_of(1))) >= 7199);
  CHECK(store.clear().entries == 2);
  CHECK(store.get(key_of(2)) == entry_of(2));
  CHECK(!store.problem());
}

TEST_CASE("cache layers: damaged entries are misses and stay") {
  const Scratch scratch;
  const fs::path layer = layer_of(scratch.path / "l", 1);
  std::string bytes = read_file(file_of(layer, key_of(1)));
  bytes[60] ^= 1;
  write_file(file_of(layer, key_of(1)), bytes);
  Store store(scratch.path / "c", CacheMode::On, {}, {layer});
  Miss reason{};
  CHECK(!store.get(key_of(1), &reason));
  CHECK(reason == Miss::Damaged);
  CHECK(fs::exists(file_of(layer, key_of(1))));
  store.put(entry_of(1));
  CHECK(store.get(key_of(1)) == entry_of(1));
}

TEST_CASE("cache layers: those that others could have written are refused") {
  const Scratch scratch;
  const fs::path layer = layer_of(scratch.path / "l", 1);
  std::string wanted = "others may write in the cache directory";
  SECTION("group-writable") { REQUIRE(::chmod(layer.c_str(), 0770) == 0); }
  SECTION("world-writable below") { REQUIRE(::chmod((layer / format_folder).c_str(), 0777) == 0); }
  SECTION("symbolic link") {
    fs::rename(layer, scratch.path / "real");
    fs::create_directory_symlink(scratch.path / "real", layer);
    wanted = "symbolic link";
  }
  SECTION("foreign") {
    if (::geteuid() != 0) {
      WARN("skipped: only root can give a directory away");
      return;
    }
    REQUIRE(::chown(layer.c_str(), 65534, 65534) == 0);
    wanted = "belongs to user 65534";
  }
  Store store(scratch.path / "c", CacheMode::On, {}, {layer});
  CHECK(!store.get(key_of(1)));
  CHECK(contains(store.problem().value_or(""), wanted));
  store.put(entry_of(2)); // the user's own goes on
  CHECK(store.get(key_of(2)) == entry_of(2));
}

TEST_CASE("cache layers: root's may be read, another user's entry in them not") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can make a layer of root's");
    return;
  }
  const Scratch scratch;
  const fs::path layer = layer_of(scratch.path / "l", 1), own = scratch.path / "own";
  layer_of(layer, 2);
  REQUIRE(::chmod(scratch.path.c_str(), 0755) == 0);
  fs::create_directory(own);
  for (const auto& item : fs::recursive_directory_iterator(layer))
    REQUIRE(::chmod(item.path().c_str(), item.is_directory() ? 0755 : 0644) == 0);
  REQUIRE(::chmod(layer.c_str(), 0755) == 0);
  REQUIRE(::chown(file_of(layer, key_of(2)).c_str(), 1234, 1234) == 0);
  CHECK(run_unprivileged(own, [&] {
          Store store(own, CacheMode::On, {}, {layer});
          if (store.get(key_of(1)) != entry_of(1) || store.problem()) return 1;
          if (store.get(key_of(2)) || !store.problem()) return 2;
          if (Store(layer, CacheMode::On).mode() != CacheMode::Off) return 3; // not to be written
          return Store(layer, CacheMode::Read).get(key_of(1)) ? 0 : 4;
        }) == 0);
}

TEST_CASE("cache layers: they serve where there is no directory of the user's") {
  const Scratch scratch;
  const fs::path layer = layer_of(scratch.path / "l", 1);
  write_file(scratch.path / "file", "");
  Store store(scratch.path / "file", CacheMode::On, {}, {layer});
  CHECK(store.mode() == CacheMode::Read);
  CHECK(store.problem());
  CHECK(store.get(key_of(1)) == entry_of(1));
  store.put(entry_of(2));
  CHECK(!store.get(key_of(2)));
  CHECK(store.list().empty());
  CHECK(store.stats().entries == 0);
}

TEST_CASE("cache settings: layers and limits come from the environment") {
  const Scratch scratch;
  const Variable directory("TSC_CACHE_DIR", scratch.path.c_str());
  const Variable mode("TSC_CACHE", nullptr);
  const Variable layers("TSC_CACHE_LAYERS", ":/a::/b c:");
  const Variable size("TSC_CACHE_SIZE", "3M"), files("TSC_CACHE_FILES", "77");
  CHECK(cache_layers() == std::vector<fs::path>{"/a", "/b c"});
  const Store store = Store::open();
  CHECK(store.limits().bytes == 3 << 20);
  CHECK(store.limits().entries == 77);
  CHECK(store.layers().size() == 2);
  const Variable wrong("TSC_CACHE_SIZE", "lots");
  try {
    Store::open();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "error[E0705] bad-setting: TSC_CACHE_SIZE='lots' is no size such as 500M or 2G");
  }
  CHECK(byte_count("2G") == uint64_t{2} << 30);
  CHECK(byte_count("0") == 0);
  for (const char* odd :
       {"", "G", "2GB", "-1", "1.5G", "99999999999999999999", "18446744073709551615K"})
    CHECK(!byte_count(odd));
}

TEST_CASE("cache bundles: a bundle with any bit flipped, or cut off anywhere, gives nothing") {
  const Scratch scratch;
  const fs::path path = scratch.path / "b";
  int left = 2;
  write_bundle(path, [&]() -> std::optional<Entry> {
    if (left-- == 0) return std::nullopt;
    return entry_of(left, 10);
  });
  const std::string whole = read_file(path);
  std::vector<Entry> taken;
  const auto take = [&](Entry entry) { taken.push_back(std::move(entry)); };
  read_bundle(path, take);
  CHECK(taken == std::vector<Entry>{entry_of(1, 10), entry_of(0, 10)});
  taken.clear();
  int accepted = 0;
  const auto attempt = [&](const std::string& bytes) {
    write_file(path, bytes);
    try {
      read_bundle(path, take);
      ++accepted;
    } catch (const Error&) {
    }
  };
  for (size_t size = 0; size < whole.size(); ++size)
    attempt(whole.substr(0, size));
  attempt(whole + '\0');
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    attempt(bytes);
  }
  CHECK(accepted == 0);
  CHECK(taken.empty());
  write_file(path, "no bundle");
  try {
    read_bundle(path, take);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "error[E0703] cannot-read: '" + path.string() +
              "' is no whole bundle: it does not start as a bundle does");
  }
}

TEST_CASE("cache bundles: a pipe is refused, and not waited for") {
  Scratch scratch;
  const fs::path path = scratch.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  try {
    read_bundle(path, [](const Entry&) {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "error[E0703] cannot-read: cannot read '" + path.string() + "'");
  }
}
