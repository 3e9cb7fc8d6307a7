// Runs the built `tsc` as a user does: a process of its own, no shell, output captured.
#pragma once

#include "support/files.h"
#include "tests/contains.h"
#include "tests/unit/cache_scratch.h"

#include <algorithm>
#include <fcntl.h>
#include <ostream>
#include <spawn.h>

namespace tsc::test {

struct Output {
  int status; // exit code; 128 + signal
  std::string out, err;
  bool operator==(const Output&) const = default;
};

inline std::ostream& operator<<(std::ostream& stream, const Output& output) {
  return stream << output.status << "\nstdout:\n" << output.out << "stderr:\n" << output.err;
}

// A directory that goes away, where programs run, with a kernel cache of its own.
class Place {
public:
  Output tsc(std::vector<std::string> arguments) {
    return program(TSC_TOOL_NAME, std::move(arguments));
  }
  Output tsc_cache(std::vector<std::string> arguments) {
    return program(TSC_TOOL_NAME "-cache", std::move(arguments));
  }
  // One of the programs that this build made.
  Output program(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), (fs::path(TSC_BINARY_DIR) / name).string());
    return run(std::move(arguments));
  }
  // {"hits":1,"misses":2,...}
  std::string cache_stats() { return tsc_cache({"stats", "--json"}).out; }

  Output run(std::vector<std::string> arguments) {
    const pid_t pid = start(std::move(arguments));
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, out_.empty() ? read_file(outside_.path / "out") : "",
            read_file(outside_.path / "err")};
  }

  // Is a program of the machine's in the PATH?
  bool has(const std::string& name) { return run({"sh", "-c", "command -v " + name}).status == 0; }

  pid_t start(std::vector<std::string> arguments) {
    std::vector<char*> argv, env;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::vector<std::string> settings = settings_;
    settings.push_back("TSC_CACHE_DIR=" + cache_);
    settings.push_back("XDG_STATE_HOME=" + state().string());
    for (char** variable = environ; *variable; ++variable)
      if (!std::string_view(*variable).starts_with("TSC_")) settings.emplace_back(*variable);
    for (std::string& setting : settings)
      env.push_back(setting.data());
    env.push_back(nullptr);
    const std::string out = out_.empty() ? (outside_.path / "out").string() : out_;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, path.c_str());
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, (outside_.path / "err").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = 0;
    REQUIRE(::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), env.data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }

  // Makes a file; a graph's first line is added.
  void file(const std::string& name, const std::string& text) { write_file(path / name, text); }
  void graph(const std::string& name, const std::string& body) { file(name, "tsc 1\n" + body); }
  std::string read(const std::string& name) const { return read_file(path / name); }
  bool exists(const std::string& name) const { return fs::exists(path / name); }
  // Names of the files here, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& item : fs::directory_iterator(path))
      names.push_back(item.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  void set(const std::string& setting) { settings_.push_back(setting); } // "TSC_CACHE=off"
  void cache_in(const std::string& directory) { cache_ = directory; }
  fs::path cache() const { return cache_; }
  fs::path state() const { return outside_.path / "state"; } // where repro bundles go
  void stdout_to(const std::string& file) { out_ = file; }

private:
  Scratch inside_, outside_;
  std::vector<std::string> settings_;
  std::string cache_ = (outside_.path / "cache").string(), out_;

public:
  const fs::path path = inside_.path;
};

} // namespace tsc::test
