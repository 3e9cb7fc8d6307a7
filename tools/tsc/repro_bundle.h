// What replays an internal error: one JSON file with the command, the settings, the graph, and data
// files up to a bound. Written into the user's state directory, replayed by `tsc repro`.
#pragma once

#include "tools/common/json.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tsc::cli {

// $XDG_STATE_HOME/tsc, else ~/.local/state/tsc; empty where neither is given.
std::filesystem::path state_directory();

// The file written, or "" where none can be: to report an error must not give another.
std::string write_repro_bundle(const std::vector<std::string>& command, const std::string& message);

// A bundle as it was read, safe to replay: files are below the place of the replay, and settings
// are ours; none names a cache, in which the bundle could bring code. Throws CannotRead,
// DataMismatch.
struct ReproBundle {
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> files;   // path and bytes
  std::vector<std::pair<std::string, std::string>> missing; // too large: path and SHA-256
};
ReproBundle read_repro_bundle(const std::filesystem::path& path);
ReproBundle parse_repro_bundle(std::string_view text, const std::filesystem::path& path);

// From now on errors write no bundles.
void no_more_bundles();

} // namespace tsc::cli
