// Files: whole reads with a limit, and atomic writes. All errors are tsc::Error (CannotRead,
// CannotWrite, FileTooLarge) that name the path and the system's reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace tsc {

inline constexpr uint64_t no_size_limit = UINT64_MAX;

// The whole file. Reads only regular files (a FIFO or device is CannotRead, without blocking).
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes = no_size_limit);

// A file named inside another, untrusted file that lies in `directory`: `name` must be a bare file
// name, and the file a regular one of its own (no link of any kind). Throws BadPath where it is
// not.
std::string read_file_beside(const std::filesystem::path& directory, std::string_view name,
                             uint64_t max_bytes = no_size_limit);

// Writes a temporary beside `path` and renames it: the file is old or new, never half. On failure
// the temporary is removed.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// The same for files that belong together: they are renamed when all are written, so that no old
// file is lost to a disk that is full.
struct NewFile {
  std::filesystem::path path;
  std::string bytes;
};
void write_files(std::span<const NewFile> files);

// Removes the temporaries of files that are being written. For the signal handler of a program that
// is about to end (async-signal-safe); writing goes on to fail afterwards.
void remove_unfinished_files() noexcept;

// A file written piecewise, visible under its name only after `commit()`. Without commit, nothing
// stays. A link is written through; what is no plain file (/dev/null, a pipe) is written as it
// stands.
class AtomicFile {
public:
  explicit AtomicFile(std::filesystem::path path, uint32_t mode = 0666);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

private:
  void abandon();
  [[noreturn]] void fail(const char* what);

  std::filesystem::path path_;
  std::filesystem::path temporary_; // empty where the path is written as it stands
  int fd_ = -1;
  size_t slot_ = 0; // where remove_unfinished_files finds the temporary
};

} // namespace tsc
