#include "support/files.h"

#include "support/error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

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

} // namespace

std::string read_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) cannot_read(path, reason(errno));
  struct stat status;
  if (::fstat(file.fd, &status) != 0) cannot_read(path, reason(errno));
  if (!S_ISREG(status.st_mode)) cannot_read(path, "not a regular file");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > max_bytes)
    throw Error(Diag::FileTooLarge, fmt::format("'{}' has {} bytes; the limit is {}",
                                                printable(path.string(), 200), size, max_bytes));
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(file.fd, bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_read(path, reason(errno));
    if (n == 0) break; // the file shrank while we read it
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

AtomicFile::AtomicFile(std::filesystem::path path, uint32_t mode) : path_(std::move(path)) {
  static std::atomic<uint64_t> counter{0};
  temporary_ = path_;
  temporary_ += fmt::format(".{}-{}.tmp", ::getpid(), counter++);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd_ < 0) fail("cannot write");
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) {
  const std::string why = reason(errno);
  if (fd_ >= 0) {
    ::close(fd_);
    ::unlink(temporary_.c_str());
    fd_ = -1;
  }
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
  if (::close(fd_) != 0) {
    fd_ = -1;
    ::unlink(temporary_.c_str());
    fail("cannot write");
  }
  fd_ = -1;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    errno = error;
    fail("cannot write");
  }
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

} // namespace tsc
