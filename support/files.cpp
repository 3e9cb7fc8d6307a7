#include "support/files.h"

#include "support/error.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tsc {

namespace {

// strerror without its shared buffer.
std::string reason(int error) { return std::generic_category().message(error); }

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

[[noreturn]] void cannot_read(const std::filesystem::path& path, const std::string& why) {
  throw Error(Diag::CannotRead,
              fmt::format("cannot read '{}': {}", printable(path.string(), 200), why));
}

// The bytes of an open regular file; `name` is for messages.
std::string read_all(int fd, const std::filesystem::path& name, uint64_t size, uint64_t max_bytes) {
  if (size > max_bytes)
    throw Error(Diag::FileTooLarge, fmt::format("'{}' has {} bytes; the limit is {}",
                                                printable(name.string(), 200), size, max_bytes));
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(fd, bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_read(name, reason(errno));
    if (n == 0) break; // the file shrank while we read it
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

} // namespace

std::string read_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) cannot_read(path, reason(errno));
  struct stat status;
  if (::fstat(file.fd, &status) != 0) cannot_read(path, reason(errno));
  if (!S_ISREG(status.st_mode)) cannot_read(path, "not a regular file");
  return read_all(file.fd, path, static_cast<uint64_t>(status.st_size), max_bytes);
}

std::string read_file_beside(const std::filesystem::path& directory, std::string_view name,
                             uint64_t max_bytes) {
  const auto refuse = [&](const char* why) {
    throw Error(Diag::BadPath, fmt::format("'{}' {}", printable(name, 200), why))
        .hint("name a file in the graph's own directory, without any '/'");
  };
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(std::string_view("/\\:\0", 4)) != std::string_view::npos)
    refuse("is no plain file name");
  if (directory.empty()) refuse("cannot be read: the graph came from no directory");
  const Fd folder{::open(directory.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY)};
  if (folder.fd < 0) cannot_read(directory, reason(errno));
  const std::string text(name);
  // What is checked is what is read: the open file, not its name.
  const Fd file{::openat(folder.fd, text.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
  if (file.fd < 0 && errno == ELOOP) refuse("is a symbolic link");
  if (file.fd < 0) cannot_read(text, reason(errno));
  struct stat status;
  if (::fstat(file.fd, &status) != 0) cannot_read(text, reason(errno));
  if (!S_ISREG(status.st_mode)) refuse("is not a regular file");
  if (status.st_nlink > 1) refuse("is a hard link");
  return read_all(file.fd, text, static_cast<uint64_t>(status.st_size), max_bytes);
}

namespace {

// Names of temporaries, for remove_unfinished_files. Who takes a name out of its slot owns it.
constexpr size_t slots = 64;
std::array<std::atomic<char*>, slots> unfinished{};

// The slot that keeps the name, or `slots` when all are taken: then it is just not removed.
size_t note_unfinished(const std::filesystem::path& path) {
  char* name = ::strdup(path.c_str());
  for (size_t i = 0; name && i < slots; ++i) {
    char* none = nullptr;
    if (unfinished[i].compare_exchange_strong(none, name)) return i;
  }
  std::free(name);
  return slots;
}

void note_finished(size_t slot) {
  if (slot < slots) std::free(unfinished[slot].exchange(nullptr));
}

} // namespace

void remove_unfinished_files() noexcept {
  for (auto& slot : unfinished)
    if (const char* name = slot.exchange(nullptr)) ::unlink(name);
}

namespace {

// /dev/null, a terminal, a pipe: to rename a file over one would put it out of the world.
bool is_special(const std::filesystem::path& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

// Where a link leads; `path` itself where it is none, or leads nowhere.
std::filesystem::path behind_link(std::filesystem::path path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? path : target;
}

} // namespace

AtomicFile::AtomicFile(std::filesystem::path path, uint32_t mode) : path_(std::move(path)) {
  static std::atomic<uint64_t> counter{0};
  if (is_special(path_)) {
    slot_ = slots;
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd_ < 0) fail("cannot write");
    return;
  }
  path_ = behind_link(std::move(path_));
  temporary_ = path_;
  temporary_ += fmt::format(".{}-{}.tmp", ::getpid(), counter++);
  slot_ = note_unfinished(temporary_);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd_ >= 0) return;
  const int error = errno;
  note_finished(slot_);
  errno = error;
  fail("cannot write");
}

AtomicFile::~AtomicFile() {
  abandon();
  note_finished(slot_);
}

void AtomicFile::abandon() {
  if (fd_ < 0) return;
  ::close(fd_);
  fd_ = -1;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) {
  const std::string why = reason(errno);
  abandon();
  throw Error(Diag::CannotWrite,
              fmt::format("{} '{}': {}", what, printable(path_.string(), 200), why));
}

void AtomicFile::write(const void* data, size_t size) {
  auto* p = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::write(fd_, p, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write");
    p += n, size -= static_cast<size_t>(n);
  }
}

void AtomicFile::commit() {
  const bool closed = ::close(std::exchange(fd_, -1)) == 0;
  if (temporary_.empty() && closed) return;
  if (closed && ::rename(temporary_.c_str(), path_.c_str()) == 0) return;
  const int error = errno;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  errno = error;
  fail("cannot write");
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_files(std::span<const NewFile> files) {
  std::vector<std::unique_ptr<AtomicFile>> written;
  for (const NewFile& file : files) {
    written.push_back(std::make_unique<AtomicFile>(file.path));
    written.back()->write(file.bytes);
  }
  for (const auto& file : written)
    file->commit();
}

} // namespace tsc
