#include "tools/tsc/repro_bundle.h"

#include "compiler/toolchain.h"
#include "support/error.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <regex>

namespace tsc::cli {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t largest_file = 1 << 20; // kept whole; of larger ones the digest
bool enabled = true;

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes)
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc() || end != text.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return text.empty() ? std::optional(out) : std::nullopt;
}

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const bool space = bytes[0] == '\n' || bytes[0] == '\t' || bytes[0] == '\r';
    const size_t n = space ? 1 : printable_length(bytes);
    if (n == 0) return false;
    bytes.remove_prefix(n);
  }
  return true;
}

// Where the name of a file may stand in a word: at its start, behind "-o", behind each '=' of
// "--output=y=" (names may hold one, too), and behind '@' there.
std::vector<size_t> path_starts(const std::string& word) {
  std::vector<size_t> starts = {0};
  if (word.starts_with("-") && !word.starts_with("--")) starts.push_back(2);
  for (size_t i = word.find('='); i != std::string::npos; i = word.find('=', i + 1))
    starts.push_back(i + 1);
  for (size_t& start : starts) {
    start = std::min(start, word.size());
    if (word.substr(start).starts_with('@')) ++start;
  }
  return starts;
}

// The files of a command, under names that hold no path of the user's: "0/g.tsc". Files of one
// directory stay together, since a graph names data files beside it.
class Collector {
public:
  // The word as the replay is to have it.
  std::string word(const std::string& text) {
    const std::vector<size_t> starts = path_starts(text);
    const auto named = std::find_if(starts.begin(), starts.end(), [&](size_t start) {
      std::error_code error;
      return text.substr(start).starts_with('/') || fs::exists(text.substr(start), error);
    });
    const size_t start = named == starts.end() ? starts.back() : *named;
    return text.substr(0, start) + path(text.substr(start));
  }
  Json files() const { return files_; }

private:
  std::string path(const std::string& text) {
    std::error_code error;
    if (fs::is_regular_file(text, error)) return file(text);
    if (fs::is_directory(text, error)) {
      for (const auto& item : fs::directory_iterator(text, error))
        if (item.is_regular_file(error) && item.path().extension() == ".npy") file(item.path());
      return directory(fs::path(text));
    }
    // To be written: not where the original was.
    return text.find('/') == std::string::npos ? text : fs::path(text).filename().string();
  }

  std::string directory(const fs::path& path) {
    const std::string key = fs::absolute(path).lexically_normal().string();
    return std::to_string(directories_.emplace(key, directories_.size()).first->second);
  }

  std::string file(const fs::path& path) {
    const std::string name = directory(path.parent_path().empty() ? "." : path.parent_path()) +
                             "/" + path.filename().string();
    if (!seen_.emplace(name, true).second) return name;
    const uint64_t size = fs::file_size(path);
    const std::string bytes = read_file(path);
    Json entry = {{"path", name}, {"bytes", size}, {"sha256", sha256(bytes).hex()}};
    if (size <= largest_file)
      entry[is_text(bytes) ? "text" : "hex"] = is_text(bytes) ? bytes : to_hex(bytes);
    files_.push_back(entry);
    if (path.extension() == ".tsc") data_files_of(path, bytes);
    return name;
  }

  // "@w.npy" in a graph's text names a file beside it.
  void data_files_of(const fs::path& graph, const std::string& text) {
    static const std::regex named("@([^\\s#\"/]+)");
    for (std::sregex_iterator it(text.begin(), text.end(), named), end; it != end; ++it) {
      const fs::path data = graph.parent_path() / (*it)[1].str();
      std::error_code error;
      if (fs::is_regular_file(data, error)) file(data);
    }
  }

  std::map<std::string, size_t> directories_;
  std::map<std::string, bool> seen_;
  Json files_ = Json::array();
};

// Directories of the user's, and code as a replay must not find it.
bool names_a_cache(const SettingRow& row) {
  return row.setting == Setting::CacheDir || row.setting == Setting::CacheLayers;
}

Json given_settings() {
  Json settings = Json::object();
  for (const SettingRow& row : all_settings())
    if (const char* given = ::secure_getenv(row.variable); given && !names_a_cache(row))
      settings[row.variable] = given;
  return settings;
}

std::string bundle_text(const std::vector<std::string>& command, const std::string& message) {
  Collector collector;
  Json words = Json::array();
  for (const std::string& word : command) // the verb names no file
    words.push_back(words.empty() ? word : collector.word(word));
  const Json bundle = {{"schema", 1},
                       {"what", "an internal error of tsc; 'tsc repro FILE' replays it"},
                       {"version", TSC_VERSION},
                       {"toolchain", toolchain_identity()},
                       {"message", message},
                       {"command", words},
                       {"settings", given_settings()},
                       {"files", collector.files()}};
  return bundle.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

fs::path state_directory() {
  const char* state = ::secure_getenv("XDG_STATE_HOME");
  if (state && *state == '/') return fs::path(state) / "tsc";
  const char* home = ::secure_getenv("HOME");
  return home && *home == '/' ? fs::path(home) / ".local" / "state" / "tsc" : fs::path();
}

std::string write_repro_bundle(const std::vector<std::string>& command,
                               const std::string& message) {
  if (!enabled) return "";
  try {
    const fs::path directory = state_directory();
    if (directory.empty()) return "";
    fs::create_directories(directory);
    fs::permissions(directory, fs::perms::owner_all);
    const std::string text = bundle_text(command, message);
    // The same error gives the same file: a loop of them fills no disk.
    const fs::path path = directory / fmt::format("repro-{:.12}.json", sha256(text).hex());
    write_file(path, text);
    return path.string();
  } catch (const std::exception&) {
    return "";
  }
}

void no_more_bundles() { enabled = false; }

namespace {

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Error(Diag::DataMismatch,
              fmt::format("'{}' is no bundle of tsc: {}", printable(path.string(), 200), why));
}

// "0/g.tsc", "g.so": below the place of the replay.
bool is_below(const std::string& path) {
  return !path.starts_with('/') && path.find("..") == std::string::npos;
}

bool leads_out(const std::string& word) {
  const std::vector<size_t> starts = path_starts(word);
  return !std::all_of(starts.begin(), starts.end(),
                      [&](size_t start) { return is_below(word.substr(start)); });
}

const SettingRow* setting_named(const std::string& name) {
  const auto& rows = all_settings();
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const SettingRow& r) { return name == r.variable; });
  return found == rows.end() ? nullptr : &*found;
}

ReproBundle from_json(const Json& json, const fs::path& path) {
  ReproBundle bundle;
  bundle.command = json.at("command").get<std::vector<std::string>>();
  for (const std::string& word : bundle.command)
    if (leads_out(word)) refuse(path, fmt::format("'{}' leads out of it", printable(word)));
  if (!bundle.command.empty() && bundle.command[0] == "repro") refuse(path, "it replays itself");
  for (const auto& [name, value] : json.at("settings").items()) {
    const SettingRow* row = setting_named(name);
    if (!row) refuse(path, fmt::format("'{}' is no setting", printable(name)));
    if (!names_a_cache(*row)) bundle.settings.emplace_back(name, value.get<std::string>());
  }
  for (const Json& file : json.at("files")) {
    const auto name = file.at("path").get<std::string>();
    if (!is_below(name)) refuse(path, fmt::format("'{}' leads out of it", printable(name)));
    if (file.contains("text"))
      bundle.files.emplace_back(name, file["text"].get<std::string>());
    else if (file.contains("hex")) {
      auto bytes = from_hex(file["hex"].get<std::string>());
      if (!bytes) refuse(path, "its text is damaged");
      bundle.files.emplace_back(name, std::move(*bytes));
    } else
      bundle.missing.emplace_back(name, file.at("sha256").get<std::string>());
  }
  return bundle;
}

} // namespace

ReproBundle parse_repro_bundle(std::string_view text, const fs::path& path) {
  try {
    return from_json(Json::parse(text), path);
  } catch (const Json::exception&) {
    refuse(path, "its text is damaged");
  }
}

ReproBundle read_repro_bundle(const fs::path& path) {
  return parse_repro_bundle(read_file(path, 256 << 20), path);
}

} // namespace tsc::cli
