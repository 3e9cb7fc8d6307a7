// The cache's directory ROOT/v1, opened so that only this user can have written in it, and the few
// file operations the store needs, all relative to the open directory. Nothing waits for a lock.
// What goes wrong is an Error(BadCacheDir) whose message is one line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsc {

struct FileStatus {
  uint64_t bytes;
  int64_t modified; // seconds since 1970
};

class Folder {
public:
  // Opens ROOT/v1. Where it is missing: makes it (with missing parents, for the user alone) if
  // `create`, else gives nothing. Refuses a ROOT or v1 that is a symbolic link, belongs to another
  // user or may be written by others; shuts a v1 that others could read.
  static std::optional<Folder> open(const std::filesystem::path& root, bool create);

  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;
  ~Folder();

  // The first `max_bytes` of a plain file of ours, in private memory; nothing when there is no
  // file.
  std::optional<std::string> read(const std::string& name, uint64_t max_bytes) const;
  std::optional<FileStatus> status(const std::string& name) const;

  // Writes "SHARD/NAME" under a temporary name and renames it: readers see all of it or nothing.
  // Not synced to the disk: after a power cut the checksum tells.
  void write(const std::string& name, std::string_view bytes) const;
  void remove(const std::string& name) const; // a file that is gone already is fine
  void
  set_modified_now(const std::string& name) const noexcept; // failing only makes eviction blunter

  // A counter is a file that grows by one byte per event, so that its size is the count: appending
  // is atomic, hence exact with any number of processes (NFS aside). Full blocks are given back to
  // the file system as holes. Never throws: statistics decide nothing.
  void count(const std::string& name) const noexcept;
  uint64_t counted(const std::string& name) const;

  // The files in the 256 shards "00" to "ff", in no order.
  struct File {
    std::string name; // "ab/abcdef...": as the functions above take it
    FileStatus status;
  };
  std::vector<File> files() const;

  // The digits of a name "SHARD/DIGITS SUFFIX" with `count` hexadecimal digits, else nothing: what
  // others may have put beside our files is never touched.
  static std::string_view hex_name(std::string_view name, size_t count, std::string_view suffix);
  // Whether `name` is one that `write` gives its temporaries.
  static bool is_temporary(std::string_view name);

private:
  Folder(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  [[noreturn]] void fail(const char* what, int error) const;
  void list_shard(const std::string& shard, std::vector<File>& out) const;

  int fd_;
  std::filesystem::path path_; // for messages
};

} // namespace tsc
