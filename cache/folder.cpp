#include "cache/folder.h"

#include "support/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <sys/random.h>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace tsc {

namespace {

// Of the names that `write` gives a file until it is whole.
constexpr std::string_view temporary_suffix = ".tmp";
constexpr size_t temporary_digits = 16;

class Fd {
public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  bool ok() const { return fd_ >= 0; }

private:
  int fd_;
};

std::string reason(int error) { return std::generic_category().message(error); }

// Removed by somebody else; on a network file system (ESTALE) even while we had it open.
bool is_gone(int error) { return error == ENOENT || error == ESTALE; }

std::string shown(const std::filesystem::path& path) { return printable(path.string(), 200); }

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(Diag::BadCacheDir, fmt::format(format, std::forward<Args>(args)...));
}

void make_directories(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> missing;
  for (auto p = path; ::access(p.c_str(), F_OK) != 0 && p.has_relative_path(); p = p.parent_path())
    missing.push_back(p);
  for (auto p = missing.rbegin(); p != missing.rend(); ++p)
    if (::mkdir(p->c_str(), 0700) != 0 && errno != EEXIST)
      refuse("cannot make the cache directory '{}': {}", shown(path), reason(errno));
}

// Who may own what is read: root can make this user run any code, anyhow.
bool is_trusted(uid_t owner, Folder::Use use) {
  return owner == ::geteuid() || (use == Folder::Use::Read && owner == 0);
}

// Opens a directory of which trusted users alone decide what is in it; none when it is missing.
Fd open_private(int parent, const char* name, const std::filesystem::path& path, Folder::Use use) {
  Fd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok() && errno == ENOENT) return fd;
  if (!fd.ok() && (errno == ENOTDIR || errno == ELOOP))
    refuse("'{}' is no directory, or a symbolic link to one; a cache directory must be one itself",
           shown(path));
  struct stat status;
  if (!fd.ok() || ::fstat(fd.get(), &status) != 0)
    refuse("cannot open the cache directory '{}': {}", shown(path), reason(errno));
  if (!is_trusted(status.st_uid, use))
    refuse("the cache directory '{}' belongs to user {}, not to user {}", shown(path),
           status.st_uid, ::geteuid());
  // What others could write they may have written: shutting the door now would be too late.
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    refuse("others may write in the cache directory '{}' (mode {:03o}), so what it holds cannot be "
           "trusted; use another one",
           shown(path), status.st_mode & 0777);
  return fd;
}

// The mark by which backup programs know what to skip; one that is there already stays.
void write_tag(int root) {
  constexpr std::string_view text = "Signature: 8a477f597d28d172789f06886806bc55\n"
                                    "# Compiled kernels of tsc; may be removed at any time.\n"
                                    "# See https://bford.info/cachedir/\n";
  const Fd file(
      ::openat(root, "CACHEDIR.TAG", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.ok()) std::ignore = ::write(file.get(), text.data(), text.size());
}

// Of a plain file.
std::optional<FileStatus> status_at(int folder, const char* name) {
  struct stat s;
  if (::fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
    return std::nullopt;
  return FileStatus{static_cast<uint64_t>(s.st_size), s.st_mtime};
}

std::string shard_name(int shard) { return fmt::format("{:02x}", shard); }

// A file under a temporary name that goes away unless it is renamed. `write` and `rename` leave the
// reason in errno when they fail.
class Temporary {
public:
  Temporary(int folder, std::string name)
      : folder_(folder), name_(std::move(name)),
        file_(::openat(folder, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0600)),
        exists_(file_.ok()) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (exists_) ::unlinkat(folder_, name_.c_str(), 0);
  }

  bool write(std::string_view bytes) {
    while (file_.ok() && !bytes.empty()) {
      const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return file_.ok();
  }
  bool rename(const std::string& name) {
    if (::close(file_.release()) != 0)
      return false; // where network file systems report a full disk
    exists_ = ::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0;
    return !exists_;
  }

private:
  int folder_;
  std::string name_;
  Fd file_;
  bool exists_; // under the temporary name
};

} // namespace

std::optional<Folder> Folder::open(const std::filesystem::path& root, Use use) {
  const std::filesystem::path path = root / format_folder;
  Fd root_fd = open_private(AT_FDCWD, root.c_str(), root, use);
  if (!root_fd.ok() && use == Use::Make) {
    make_directories(root);
    root_fd = open_private(AT_FDCWD, root.c_str(), root, use);
  }
  if (!root_fd.ok()) return std::nullopt;
  Fd fd = open_private(root_fd.get(), format_folder, path, use);
  if (!fd.ok() && use == Use::Make) {
    write_tag(root_fd.get());
    make_directories(path);
    fd = open_private(root_fd.get(), format_folder, path, use);
  }
  if (!fd.ok()) return std::nullopt;
  struct stat status;
  if (use == Use::Make && ::fstat(fd.get(), &status) == 0 && (status.st_mode & 077) != 0)
    ::fchmod(fd.get(), status.st_mode & 0700); // others' reading harms nothing: failure is fine
  return Folder(fd.release(), path, use);
}

Folder::Folder(Folder&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), use_(other.use_) {}

Folder::~Folder() {
  if (fd_ >= 0) ::close(fd_);
}

void Folder::fail(const char* what, int error) const {
  refuse("cannot {} in the cache directory '{}': {}", what, shown(path_), reason(error));
}

std::optional<std::string> Folder::read(const std::string& name, uint64_t max_bytes) const {
  const Fd file(::openat(fd_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok() && is_gone(errno)) return std::nullopt;
  struct stat status;
  if (!file.ok() || ::fstat(file.get(), &status) != 0) fail("read", errno);
  if (!S_ISREG(status.st_mode) || !is_trusted(status.st_uid, use_)) fail("read", EPERM);
  std::string bytes(std::min<uint64_t>(static_cast<uint64_t>(status.st_size), max_bytes), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && is_gone(errno)) return std::nullopt;
    if (n < 0) fail("read", errno);
    if (n == 0) break; // cut short meanwhile: the checksum tells
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

std::optional<FileStatus> Folder::status(const std::string& name) const {
  return status_at(fd_, name.c_str());
}

void Folder::write(const std::string& name, std::string_view bytes) const {
  // Random, not the process id: ids repeat where containers share a directory.
  uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) fail("write", errno);
  const std::string shard = name.substr(0, name.find('/'));
  if (::mkdirat(fd_, shard.c_str(), 0700) != 0 && errno != EEXIST) fail("write", errno);
  Temporary file(fd_,
                 fmt::format("{}/{:0{}x}{}", shard, random, temporary_digits, temporary_suffix));
  if (!file.write(bytes) || !file.rename(name)) fail("write", errno);
}

void Folder::remove(const std::string& name) const {
  if (::unlinkat(fd_, name.c_str(), 0) != 0 && !is_gone(errno) && errno != EBUSY)
    fail("remove a file", errno);
}

void Folder::set_modified_now(const std::string& name) const noexcept {
  std::ignore = ::utimensat(fd_, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

void Folder::count(const std::string& name, uint64_t events) const noexcept {
  constexpr off_t block = 64 << 10;
  static constexpr std::array<char, block> bytes = {};
  const Fd file(
      ::openat(fd_, name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.ok()) return;
  const ssize_t added = ::write(file.get(), bytes.data(), std::min<uint64_t>(events, block));
  // Right behind our own bytes, so that each end of a block is seen by one writer.
  const off_t end = ::lseek(file.get(), 0, SEEK_CUR);
  if (added > 0 && end / block != (end - added) / block)
    ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, end / block * block);
}

uint64_t Folder::counted(const std::string& name) const {
  const auto s = status(name);
  return s ? s->bytes : 0;
}

// Calls `visit` with each name in a shard and the open shard.
template <class Visit>
void Folder::visit_shard(const std::string& shard, Visit visit) const {
  Fd fd(::openat(fd_, shard.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok() && is_gone(errno)) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd.ok() ? ::fdopendir(fd.get()) : nullptr,
                                                ::closedir);
  if (!dir) fail("list files", errno);
  const int folder = fd.release(); // closed with `dir`
  while (const dirent* item = ::readdir(dir.get()))
    visit(folder, item->d_name);
}

std::vector<Folder::File> Folder::files(const std::string& shard) const {
  std::vector<File> out;
  visit_shard(shard, [&](int folder, const char* name) {
    if (const auto s = status_at(folder, name)) out.push_back({shard + '/' + name, *s});
  });
  return out;
}

std::vector<Folder::File> Folder::files(int first, int behind_last) const {
  std::vector<File> out;
  for (int shard = first; shard < behind_last; ++shard) {
    std::vector<File> found = files(shard_name(shard));
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> out;
  for (int i = 0; i < shards; ++i) {
    const std::string shard = shard_name(i);
    visit_shard(shard, [&](int, const char* name) { out.push_back(shard + '/' + name); });
  }
  return out;
}

bool Folder::is_temporary(std::string_view name) {
  const size_t slash = name.find('/') + 1;
  return name.ends_with(temporary_suffix) &&
         is_hex(name.substr(slash, name.size() - slash - temporary_suffix.size()),
                temporary_digits);
}

bool is_hex(std::string_view text, size_t count) {
  return text.size() == count &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace tsc
