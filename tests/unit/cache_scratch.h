// What the tests of the cache share: a directory that goes away, entries, and files by name.
#pragma once

#include "cache/entry_name.h"
#include "cache/folder.h"
#include "cache/store.h"
#include "support/files.h"
#include "support/hash.h"
#include "tests/catch.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>
#include <vector>

namespace tsc::test {

namespace fs = std::filesystem;

class Scratch {
public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "tsc-cache-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

// A file system of its own on a directory, where we may mount one.
class Mounted {
public:
  Mounted(const fs::path& path, const char* options) : path_(path) {
    ok = ::mount("tmpfs", path.c_str(), "tmpfs", 0, options) == 0;
  }
  ~Mounted() {
    if (ok) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool ok;

private:
  fs::path path_;
};

inline std::string key_of(int i) {
  return KeyText().field("graph", "y = x + " + std::to_string(i)).field("target", "test").text();
}

// An entry whose sections all follow from `i`, so that any mixture of two is noticed.
inline Entry entry_of(int i, size_t object_bytes = 100) {
  const auto tag = static_cast<char>('a' + i % 26);
  return {.key_text = key_of(i),
          .metadata = "{\"number\":" + std::to_string(i) + "}",
          .source = "// source " + std::to_string(i) + "\n",
          .object = std::string(object_bytes, tag)};
}

inline fs::path file_of(const fs::path& root, const std::string& key_text) {
  return root / format_folder / entry_name(key_text);
}

// The names of all files below `root` that end with `suffix`.
inline std::vector<fs::path> files_below(const fs::path& root, const std::string& suffix = "") {
  std::vector<fs::path> out;
  if (fs::exists(root))
    for (const auto& item : fs::recursive_directory_iterator(root))
      if (item.is_regular_file() && item.path().string().ends_with(suffix))
        out.push_back(item.path());
  return out;
}

inline void set_age(const fs::path& path, int64_t seconds) {
  const utimbuf times = {::time(nullptr) - seconds, ::time(nullptr) - seconds};
  REQUIRE(::utime(path.c_str(), &times) == 0);
}

inline int64_t age(const fs::path& path) {
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(path);
  return std::chrono::duration_cast<std::chrono::seconds>(age).count();
}

// Runs `body` in a child process; its result is the exit status.
inline pid_t start_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  REQUIRE(pid > 0);
  return pid;
}

inline int wait_for(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// As `start_child`, as a user for whom permissions count: root may write anywhere.
inline int run_unprivileged(const fs::path& directory, const std::function<int()>& body) {
  constexpr uid_t nobody = 65534;
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::chown(directory.c_str(), nobody, nobody) == 0);
  return wait_for(start_child([&] {
    if (root && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 99;
    return body();
  }));
}

// An environment variable for the length of a scope.
class Variable {
public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

private:
  void set(const char* value) { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> old_;
};

} // namespace tsc::test
