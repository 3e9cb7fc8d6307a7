#include "tools/tsc/repro_bundle.h"

#include "compiler/toolchain.h"
#include "support/error.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/settings.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
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

std::string from_hex(const std::string& text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
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

// Where the name of a file stands in a word: behind "x=@", "--header=", "-o".
size_t path_in(const std::string& word) {
  if (word.starts_with("-") && !word.starts_with("--") && word.size() > 2)
    return word[2] == '=' ? 3 : 2;
  const size_t equals = word.find('=');
  const size_t start = equals == std::string::npos ? 0 : equals + 1;
  return start + (word.substr(start).starts_with('@') ? 1 : 0);
}

// The files of a command, under names that hold no path of the user's: "0/g.tsc". Files of one
// directory stay together, since a graph names data files beside it.
class Collector {
public:
  // The word as the replay is to have it.
  std::string word(const std::string& text) {
    const size_t start = path_in(text);
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

Json given_settings() {
  Json settings = Json::object();
  for (const SettingRow& row : all_settings())
    if (const char* given = ::secure_getenv(row.variable);
        given && row.setting != Setting::CacheDir)
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

bool is_setting(const std::string& name) {
  const auto& rows = all_settings();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const SettingRow& r) { return name == r.variable; });
}

ReproBundle from_json(const Json& json, const fs::path& path) {
  ReproBundle bundle;
  bundle.command = json.at("command").get<std::vector<std::string>>();
  for (const std::string& word : bundle.command)
    if (!is_below(word) || !is_below(word.substr(path_in(word))))
      refuse(path, fmt::format("'{}' leads out of it", printable(word)));
  if (!bundle.command.empty() && bundle.command[0] == "repro") refuse(path, "it replays itself");
  for (const auto& [name, value] : json.at("settings").items()) {
    if (!is_setting(name)) refuse(path, fmt::format("'{}' is no setting", printable(name)));
    bundle.settings.emplace_back(name, value.get<std::string>());
  }
  for (const Json& file : json.at("files")) {
    const auto name = file.at("path").get<std::string>();
    if (!is_below(name)) refuse(path, fmt::format("'{}' leads out of it", printable(name)));
    if (file.contains("text"))
      bundle.files.emplace_back(name, file["text"].get<std::string>());
    else if (file.contains("hex"))
      bundle.files.emplace_back(name, from_hex(file["hex"].get<std::string>()));
    else
      bundle.missing.emplace_back(name, file.at("sha256").get<std::string>());
  }
  return bundle;
}

} // namespace

ReproBundle read_repro_bundle(const fs::path& path) {
  const std::string text = read_file(path, 256 << 20);
  try {
    return from_json(Json::parse(text), path);
  } catch (const Json::exception&) {
    refuse(path, "its text is damaged");
  } catch (const std::logic_error&) { // a digit that is none
    refuse(path, "its text is damaged");
  }
}

} // namespace tsc::cli
