// The cache's directory ROOT/v2, opened so that only this user (or root, where it is only read) can
// have written in it, and the few file operations the store needs, all relative to the open
// directory. Nothing waits for a lock. What goes wrong is an Error(BadCacheDir) whose message is
// one line.
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

// What is below ROOT in the format that this program reads and writes; others get another name, and
// old and new programs leave each other alone.
inline constexpr const char* format_folder = "v2";

class Folder {
public:
  enum class Use {
    Read,   // changes nothing; the directory may belong to root, too
    Change, // existing files
    Make,   // makes it where it is missing, with missing parents, for the user alone
  };

  // Opens ROOT/v2; nothing where it is missing, unless Use::Make. Refuses a ROOT or v2 that is a
  // symbolic link, belongs to another user or may be written by others; Make shuts a v2 that others
  // could read.
  static std::optional<Folder> open(const std::filesystem::path& root, Use use);

  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;
  ~Folder();

  // The first `max_bytes` of a plain file of the directory's owner, in private memory; nothing when
  // there is no file.
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
  void count(const std::string& name, uint64_t events = 1) const noexcept;
  uint64_t counted(const std::string& name) const;

  // The plain files in the 256 shards "00" to "ff", or in some of them, in no order.
  struct File {
    std::string name; // "ab/abcdef...": as the functions above take it
    FileStatus status;
  };
  static constexpr int shards = 256;
  std::vector<File> files(int first = 0, int behind_last = shards) const;
  std::vector<File> files(const std::string& shard) const;
  std::vector<std::string> names() const; // of whatever is in the shards: cheaper

  bool changes() const { return use_ != Use::Read; }

  // Whether `name` is one that `write` gives its temporaries: what others may have put beside our
  // files is never touched.
  static bool is_temporary(std::string_view name);

private:
  Folder(int fd, std::filesystem::path path, Use use)
      : fd_(fd), path_(std::move(path)), use_(use) {}
  [[noreturn]] void fail(const char* what, int error) const;
  template <class Visit>
  void visit_shard(const std::string& shard, Visit visit) const;

  int fd_;
  std::filesystem::path path_; // for messages
  Use use_;
};

// Whether `text` is `count` hexadecimal digits, as our names are made of.
bool is_hex(std::string_view text, size_t count);

} // namespace tsc
