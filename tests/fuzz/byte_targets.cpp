#include "tests/fuzz/byte_targets.h"

#include "cache/bundle.h"
#include "cache/entry.h"
#include "cache/key_fields.h"
#include "compiler/compile.h"
#include "compiler/library.h"
#include "compiler/metadata.h"
#include "ir/key.h"
#include "ir/op.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "runtime/array.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/npy.h"
#include "support/zip.h"
#include "tests/elf_sample.h"
#include "tests/fuzz/properties.h"
#include "tools/common/parse.h"
#include "tools/tsc/repro_bundle.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace tsc::fuzz {

namespace {

namespace fs = std::filesystem;

void hold(bool good, const char* what) {
  if (!good) throw std::logic_error(what);
}

// Files of these endings below a folder of the sources, in order.
std::vector<std::string> files(const char* folder, const char* ending, size_t max_bytes) {
  std::vector<fs::path> paths;
  for (const auto& item : fs::recursive_directory_iterator(fs::path(TSC_SOURCE_DIR) / folder))
    if (item.path().extension() == ending && item.file_size() <= max_bytes)
      paths.push_back(item.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> result;
  for (const fs::path& path : paths)
    result.push_back(read_file(path));
  return result;
}

void append(std::vector<std::string>& list, std::vector<std::string> more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

// ---- graph files

void read_graph(std::string_view bytes) {
  const GraphFile file = parse(bytes, "fuzz.tsc");
  hold(broken_invariants(file.graph).empty(), "an accepted graph breaks an invariant");
  const std::string text = print(file);
  const GraphFile again = parse(text, "again.tsc");
  hold(key_text(again.graph) == key_text(file.graph),
       "printed and read again, it is another graph");
  hold(print(again) == text, "printed twice, the texts differ");
}

std::vector<std::string> graph_seeds() {
  std::vector<std::string> seeds = files("examples", ".tsc", 10'000);
  append(seeds, files("tests/error", ".tsc", 4'000));
  append(seeds, files("tests/golden", ".tsc", 4'000));
  return seeds;
}

std::vector<std::string> graph_words() {
  std::vector<std::string> words = {"tsc 1\n",
                                    "input x: f32[n, 3]\n",
                                    "output ",
                                    "state s: f64[2] = ",
                                    "update ",
                                    "const c: ",
                                    " = ",
                                    "[-1]",
                                    "axes=[",
                                    "]",
                                    "nan",
                                    "inf",
                                    "-0.0",
                                    "2*n+1",
                                    "#",
                                    "\"",
                                    "@x.npy",
                                    "0x1p-1074",
                                    "1e999",
                                    "size(n)",
                                    "\n",
                                    "(((((((",
                                    "9223372036854775807",
                                    "keepdims=true"};
  for (const OpRow& row : all_ops())
    words.push_back(std::string(row.name) + "(");
  for (const DTypeRow& row : all_dtypes())
    words.emplace_back(row.name);
  return words;
}

// ---- NumPy's files

void read_array_file(std::string_view bytes) {
  const NpyArray array = parse_npy(bytes, "fuzz.npy");
  const NpyArray again = parse_npy(npy_bytes(array), "again.npy");
  hold(again.bytes == array.bytes && again.shape == array.shape && again.dtype == array.dtype,
       "written and read again, it is another array");
}

std::vector<std::string> array_seeds() {
  std::vector<std::string> seeds = files("tests", ".npy", 10'000);
  const std::string zeros(512, '\0');
  for (const DTypeRow& row : all_dtypes()) {
    const std::vector<int64_t> shape = {2, 3};
    seeds.push_back(
        npy_bytes({row.dtype, shape, std::string_view(zeros).substr(0, 6 * row.bytes)}));
  }
  return seeds;
}

constexpr uint64_t most_unpacked = uint64_t{64} << 20;

void read_archive(std::string_view bytes) {
  uint64_t total = 0;
  for (const ZipMember& member : unzip(bytes, "fuzz.npz", most_unpacked))
    total += member.bytes.size();
  hold(total <= most_unpacked, "unpacked past the limit");
}

std::vector<std::string> archive_seeds() {
  ZipWriter zip;
  zip.add("a.npy", array_seeds().back());
  zip.add("b.npy", "");
  std::vector<std::string> seeds = {zip.finish()};
  append(seeds, files("examples", ".npz", 200'000));
  return seeds;
}

// ---- cache entries

constexpr size_t checksum_bytes = 32;

// Puts the checksum that fits behind bytes [begin, end - 32) of the file.
void seal(std::string& file, size_t begin, size_t end) {
  if (end > file.size() || end < begin + checksum_bytes) return;
  const size_t content = end - begin - checksum_bytes;
  const Digest digest = sha256(std::string_view(file).substr(begin, content));
  std::copy(digest.bytes.begin(), digest.bytes.end(),
            file.begin() + static_cast<ptrdiff_t>(begin + content));
}

// The first byte says whether the rest gets the checksums that fit it: else none would pass them.
bool is_sealed(std::string_view bytes) { return !bytes.empty() && bytes[0] % 2 == 0; }
std::string behind_first(std::string_view bytes) {
  return std::string(bytes.substr(std::min<size_t>(bytes.size(), 1)));
}

void read_entry(std::string_view bytes) {
  std::string file = behind_first(bytes);
  if (is_sealed(bytes)) seal(file, 0, file.size());
  if (const auto start = entry_start(file))
    hold(start->metadata.size() + start->key_text.size() <= file.size(), "parts outside the file");
  if (const auto entry = decode(file))
    hold(encode(*entry) == file, "another file gives this entry");
}

std::vector<std::string> entry_seeds() {
  const Entry entry{"key:1:k", R"({"a":1})", "int f();",
                    std::string("\x7f"
                                "ELF\0\1",
                                6)};
  return {'\0' + encode(entry), '\1' + encode(entry), '\0' + encode({})};
}

// ---- bundles of cache entries

constexpr size_t bundle_header_bytes = 8;

void seal_bundle(std::string& file) {
  for (size_t at = bundle_header_bytes; at + 8 <= file.size();) {
    uint64_t length = 0;
    std::memcpy(&length, file.data() + at, 8);
    at += 8;
    if (length == 0 || length > file.size() - at) break;
    seal(file, at, at + length);
    at += length;
  }
  seal(file, 0, file.size());
}

void read_bundle(std::string_view bytes) {
  std::string file = behind_first(bytes);
  if (is_sealed(bytes)) seal_bundle(file);
  std::istringstream stream(file);
  size_t accounted = bundle_header_bytes + 8 + checksum_bytes;
  tsc::read_bundle(stream, "fuzz.tscb",
                   [&](const Entry& entry) { accounted += 8 + encode(entry).size(); });
  hold(accounted == file.size(), "bytes that belong to no entry");
}

std::string number_bytes(uint64_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::vector<std::string> bundle_seeds() {
  std::string file("TSCB\1\0\0\0", bundle_header_bytes);
  const std::string none = file + number_bytes(0) + std::string(checksum_bytes, '\0');
  for (const Entry& entry : {Entry{"key:1:k", "{}", "int f();", "\x7f"}, Entry{"key:1:l"}}) {
    const std::string bytes = encode(entry);
    file += number_bytes(bytes.size()) + bytes;
  }
  file += number_bytes(0) + std::string(checksum_bytes, '\0');
  return {'\0' + none, '\0' + file, '\1' + file};
}

// ---- bundles that replay an internal error

bool stays_below(const std::string& name) {
  return !name.starts_with('/') && name.find("..") == std::string::npos;
}

bool word_stays_below(const std::string& word) {
  const bool attached = word.starts_with('-') && !word.starts_with("--"); // "-o/etc/x"
  return stays_below(word) && !word.starts_with("@/") && word.find("=/") == std::string::npos &&
         word.find("=@/") == std::string::npos && !(attached && word.find('/') == 2);
}

void read_repro(std::string_view bytes) {
  const cli::ReproBundle bundle = cli::parse_repro_bundle(bytes, "fuzz.json");
  for (const auto& [name, content] : bundle.files)
    hold(stays_below(name), "a file leads out");
  for (const std::string& word : bundle.command)
    hold(word_stays_below(word), "a word leads out");
  for (const auto& [name, value] : bundle.settings)
    hold(name.starts_with("TSC_") && name != "TSC_CACHE_DIR" && name != "TSC_CACHE_LAYERS",
         "a setting that is not for replays");
}

std::vector<std::string> repro_seeds() {
  return {
      R"({"schema":1,"version":"0.1.0","message":"m","command":["run","0/g.tsc","x=@1/x.npy","-oy=y.npy"],)"
      R"("settings":{"TSC_THREADS":"1"},"files":[{"path":"0/g.tsc","bytes":6,"sha256":"","text":"tsc 1\n"},)"
      R"({"path":"1/x.npy","hex":"934e"},{"path":"1/w.npy","sha256":"00"}]})",
      R"({"command":["ops"],"settings":{},"files":[]})"};
}

// ---- command lines

// A verb with an option of each sort.
std::function<int()> declare_options(CLI::App& app) {
  struct Options {
    std::string graph, text;
    std::vector<std::string> values, outputs;
    bool flag = false;
    int jobs = 0;
    double seconds = 0;
  };
  const auto options = std::make_shared<Options>();
  app.set_help_flag(); // it would be printed
  app.add_option("GRAPH", options->graph)->required();
  app.add_option("VALUES", options->values);
  app.add_option("-o,--output", options->outputs)->allow_extra_args(false);
  app.add_option("--text", options->text);
  app.add_flag("--flag", options->flag);
  app.add_option("-j,--jobs", options->jobs)->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options->seconds);
  return [options] { return 0; };
}

void read_command(std::string_view bytes) {
  std::vector<std::string> words = {"tsc"};
  for (std::string_view rest = bytes; !rest.empty() && words.size() < 100;) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::vector<const char*> argv;
  for (const std::string& word : words)
    argv.push_back(word.c_str());
  const cli::Verb verb = {"verb", "", "", declare_options};
  const cli::Verb* const verbs[] = {&verb};
  CLI::App app("", "tsc");
  app.set_help_flag();
  std::function<int()> action;
  cli::add_verbs(app, verbs, action);
  const int argc = static_cast<int>(argv.size());
  try {
    hold(cli::parse(app, verbs, argc, argv.data()), "help that nobody asked for");
    if (action) action();
  } catch (const cli::UsageError& error) {
    cli::usage_message("tsc", verbs, argc, argv.data(), error);
  }
}

std::vector<std::string> command_seeds() {
  return {"verb\ng.tsc\nx=[1,2]\n-o\ny=y.npy\n--jobs=3",
          "verb\n--flag\ng\n-oy\n--seconds\n0.5\n--"};
}

// ---- keys

void read_key(std::string_view bytes) {
  const std::string_view asked = bytes.substr(0, bytes.size() / 2);
  for (const KeyField& field : key_fields(bytes))
    hold(field.tag.size() + field.value.size() <= bytes.size(), "a field outside the text");
  graph_lines(key_graph(bytes));
  key_settings(bytes);
  reason_of(differences(asked, bytes.substr(asked.size())));
}

std::vector<std::string> key_seeds() {
  const Graph graph =
      parse("tsc 1\ninput x: f32[n, 2]\noutput y = sum(x * 3, [1])\n", "seed.tsc").graph;
  return {cache_key(graph), cache_key(graph) + cache_key(graph, {.strict = true})};
}

// ---- libraries

void read_library(std::string_view bytes) {
  for (const std::string& json : metadata_in(bytes))
    metadata_text(json);
}

std::vector<std::string> library_seeds() {
  const Graph graph = parse("tsc 1\ninput x: f32[n, 2]\noutput y = x + 1\n", "seed.tsc").graph;
  const LibraryFunction function{"f", &graph};
  const std::string elf = test::small_elf(library_description(std::span(&function, 1)) + '\0');
  std::string header = "f.o/            0           0     0     644     ";
  header += std::to_string(elf.size());
  header.resize(58, ' ');
  return {elf, "!<arch>\n" + header + "`\n" + elf};
}

// ---- values on the command line

void read_value(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto dtypes = all_dtypes();
  const DType dtype = dtypes[static_cast<unsigned char>(bytes[0]) % dtypes.size()].dtype;
  const Array array = parse_array(bytes.substr(1), dtype);
  hold(array.dtype() == dtype, "another dtype than asked for");
}

std::vector<std::string> value_seeds() {
  return {"\x05[[0,1],[-1,-2]]", "\x0a[1.5 nan inf -inf 0x1p-3]", "\x01[[[]]]", "\x0c(1,-2)",
          "\x02-128"};
}

// ---- the rewriter and what stands behind it, on graphs that the bytes choose

void rewrite(std::string_view bytes) {
  Options options;
  options.ops = 10;
  options.max_items = 512;
  const Case c = random_case(Random(bytes), options);
  for (const Property& property : all_properties())
    if (const auto wrong = violation(property, c))
      throw std::logic_error(std::string(property.name) + ": " + *wrong + "\n" + listing(c));
}

std::vector<std::string> rewrite_seeds() {
  std::vector<std::string> seeds;
  Random random(1);
  for (size_t length : {0u, 8u, 64u, 512u}) {
    std::string bytes;
    while (bytes.size() < length)
      bytes += static_cast<char>(random.below(256));
    seeds.push_back(bytes);
  }
  return seeds;
}

template <void (*read)(std::string_view)>
void or_error(std::string_view bytes) {
  try {
    read(bytes);
  } catch (const Error&) {
  }
}

} // namespace

const std::vector<ByteTarget>& all_byte_targets() {
  static const std::vector<ByteTarget> targets = {
      {"graph", or_error<read_graph>, graph_seeds, graph_words()},
      {"npy",
       or_error<read_array_file>,
       array_seeds,
       {"'descr'", "'<f4'", "'shape': (", "True", "4294967296"}},
      {"npz",
       or_error<read_archive>,
       archive_seeds,
       {"PK\1\2", "PK\3\4", "PK\5\6", "PK\6\6", "PK\6\7"}},
      {"entry", or_error<read_entry>, entry_seeds, {"TSCE"}},
      {"bundle", or_error<read_bundle>, bundle_seeds, {"TSCB", "TSCE"}},
      {"repro",
       or_error<read_repro>,
       repro_seeds,
       {"\"text\":", "\"hex\":", "..", "/", "=", "@", "-o", "TSC_CACHE_DIR", "TSC_CACHE_LAYERS",
        "\\u0000", "[[[[[[[["}},
      {"command",
       or_error<read_command>,
       command_seeds,
       {"\n--", "\n-o", "\n-j", "=", "[", "]", "\nverb", "--seconds", "1e999", "{}", "%%", "\"",
        "'"}},
      {"key", or_error<read_key>, key_seeds, {"graph:", "node ", ":4:", "18446744073709551615"}},
      {"library",
       or_error<read_library>,
       library_seeds,
       {"!<arch>\n", "`\n", ".tsc.meta", "\177ELF", "{\"", "[]"}},
      {"value",
       or_error<read_value>,
       value_seeds,
       {"nan", "inf", "[", "]", "1e308", "(1,2)", "0x"}},
      {"rewrite", or_error<rewrite>, rewrite_seeds, {}},
  };
  return targets;
}

} // namespace tsc::fuzz
