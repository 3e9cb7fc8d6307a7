// tsc-cache show: one entry, decoded.
#include "support/error.h"
#include "support/files.h"
#include "tools/common/program_name.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/spawn.h"
#include "tools/tsc-cache/text.h"

#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace tsc::cache_cli {

namespace {

struct Options {
  std::string key;
  bool source = false, assembly = false, key_text = false, metadata = false;
};

// A file that goes away.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string& bytes) {
    std::error_code error; // a TMPDIR that is none
    path_ = (std::filesystem::temp_directory_path(error) / "tsc-cache-XXXXXX").string();
    const int fd = error ? -1 : ::mkstemp(path_.data());
    if (fd < 0)
      throw Error(Diag::CannotWrite,
                  "cannot make a temporary file; TMPDIR names a directory for it");
    ::close(fd);
    write_file(path_, bytes);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

// This program links no disassembler: it asks one that is installed.
std::string assembly_of(const std::string& object) {
  const TemporaryFile file(object);
  for (const char* program : {"llvm-objdump", "llvm-objdump-22", "objdump"}) {
    const auto ran = run_program({program, "-d", "-C", "--no-show-raw-insn", file.path()});
    if (!ran) continue;
    if (ran->status != 0) throw WrongError(fmt::format("{} cannot read the object", program));
    const size_t code = ran->out.find("Disassembly"); // without the temporary's name
    return ran->out.substr(code == std::string::npos ? 0 : code);
  }
  throw WrongError(
      fmt::format("assembly needs llvm-objdump or objdump in PATH; '{} extract' writes "
                  "the object to a file",
                  cli::cache_name()));
}

// The key's fields before the graph; one that stands several times is a list.
Json settings_json(std::string_view key_text) {
  Json out = Json::object();
  for (const KeyField& field : key_fields(key_settings(key_text))) {
    Json& value = out[std::string(field.tag)];
    if (value.is_null())
      value = field.value;
    else if (value.is_array())
      value.push_back(field.value);
    else
      value = Json::array({value, field.value});
  }
  return out;
}

void print_summary(const Entry& e, const std::string& key) {
  fmt::print("key       {}\n", key);
  fmt::print("size      {} of source, {} of object, {} of key\n", size_text(e.source.size()),
             size_text(e.object.size()), size_text(e.key_text.size()));
  fmt::print("metadata  {}\n\nsettings\n", printable(e.metadata, 400));
  std::string_view last;
  for (const KeyField& field : key_fields(key_settings(e.key_text))) {
    const bool goes_on = field.tag == last;
    fmt::print("{}{}", goes_on ? " " : fmt::format("{}  {}: ", last.empty() ? "" : "\n", field.tag),
               printable(field.value, 400));
    last = field.tag;
  }
  fmt::print("\n\ngraph\n");
  for (const std::string& line : graph_lines(key_graph(e.key_text)))
    fmt::print("  {}\n", printable(line, 400));
}

void print_json_entry(const Entry& e, const std::string& key, const Options& options) {
  Json out = {{"key", key},
              {"settings", settings_json(e.key_text)},
              {"graph", graph_lines(key_graph(e.key_text))},
              {"metadata", json_or_null(e.metadata)},
              {"object_bytes", e.object.size()},
              {"source", e.source}};
  if (options.assembly) out["assembly"] = assembly_of(e.object);
  print_json(std::move(out));
}

int run(const Common& common, const Options& options) {
  if (options.source + options.assembly + options.key_text + options.metadata > 1)
    throw UsageError("--source, --assembly, --key and --metadata are shown one at a time");
  Store store = opened(common);
  const std::string key = full_key(store, options.key);
  const Entry e = entry_with(store, key);
  if (common.json)
    print_json_entry(e, key, options);
  else if (options.source)
    fmt::print("{}", e.source);
  else if (options.assembly)
    fmt::print("{}", assembly_of(e.object));
  else if (options.key_text)
    fmt::print("{}", e.key_text);
  else if (options.metadata)
    fmt::print("{}\n", e.metadata);
  else
    print_summary(e, key);
  return Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("KEY", options->key, "The first digits of the entry's key")
      ->required()
      ->type_name("");
  app.add_flag("--source", options->source, "The C++ source, without the prelude before it");
  app.add_flag("--assembly", options->assembly, "The object, disassembled by an objdump in PATH");
  app.add_flag("--key", options->key_text, "The whole key text, as it was hashed");
  app.add_flag("--metadata", options->metadata, "What the compiler stored beside the object");
  return [options] { return run(common(), *options); };
}

} // namespace

const Verb show_verb = {"show", "Show an entry: what it was compiled from, for what, and to what",
                        "  tsc-cache show 1f730c\n"
                        "  tsc-cache show 1f730c --source\n"
                        "  tsc-cache show 1f730c --assembly",
                        declare,
                        "{\"key\", \"settings\": {the key's fields before the graph; one that "
                        "stands several times is a list},\n"
                        "  \"graph\": [lines], \"metadata\", \"object_bytes\", \"source\", "
                        "\"assembly\": with --assembly}"};

} // namespace tsc::cache_cli
