// LLD as a library. It knows files only by name, so all inputs and the output are memory files,
// named through /proc/self/fd; those names reach no output. It keeps global state, so one link runs
// at a time.
#include "compiler/clang/llvm_options.h"
#include "compiler/toolchain.h"
#include "support/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <lld/Common/CommonLinkerContext.h>
#include <lld/Common/Driver.h>
#include <llvm/Object/ArchiveWriter.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace tsc {
namespace {

// Files in memory count against `ulimit -f`, too: then it is no fault of the objects.
Diag diag_of(std::string_view reason) {
  for (int full : {EFBIG, ENOSPC})
    if (reason.find(std::strerror(full)) != std::string_view::npos) return Diag::CannotWrite;
  return Diag::CannotLink;
}

[[noreturn]] void fail(const char* what) {
  const std::string reason = std::strerror(errno);
  throw Error(diag_of(reason), fmt::format("cannot {} a file in memory: {}", what, reason));
}

class MemoryFile {
public:
  explicit MemoryFile(std::string_view content = {}) : fd_(memfd_create("tsc", MFD_CLOEXEC)) {
    if (fd_ < 0) fail("create");
    while (!content.empty()) {
      const ssize_t n = ::write(fd_, content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("write");
      content.remove_prefix(static_cast<size_t>(n));
    }
  }
  MemoryFile(MemoryFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

private:
  int fd_;
};

// Where LLD writes. It replaces regular files by renaming, which needs a folder, but writes
// straight into a pipe; a thread takes the bytes out. That thread ends when told to and not when
// the pipe does: a child that the host forks meanwhile would keep the pipe open.
class OutputPipe {
public:
  OutputPipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("create");
    read_ = ends[0];
    write_ = ends[1];
    done_ = ::eventfd(0, EFD_CLOEXEC);
    if (done_ < 0) {
      close_all();
      fail("create");
    }
    reader_ = std::thread([this] { drain(); });
  }
  ~OutputPipe() {
    if (reader_.joinable()) finish();
    close_all();
  }
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;

  std::string path() const { return fmt::format("/proc/self/fd/{}", write_); }

  // All that was written. LLD must have returned.
  std::string finish() {
    ::eventfd_write(done_, 1);
    reader_.join();
    return std::move(bytes_);
  }

private:
  void drain() {
    pollfd waiting[] = {{read_, POLLIN, 0}, {done_, POLLIN, 0}};
    std::vector<char> chunk(64 << 10);
    for (;;) {
      if (::poll(waiting, 2, -1) < 0) continue; // interrupted
      if (waiting[0].revents & POLLIN) {
        const ssize_t n = ::read(read_, chunk.data(), chunk.size());
        if (n > 0) bytes_.append(chunk.data(), static_cast<size_t>(n));
      } else if (waiting[1].revents) {
        return;
      }
    }
  }
  void close_all() {
    for (int fd : {read_, write_, done_})
      if (fd >= 0) ::close(fd);
  }

  int read_ = -1, write_ = -1, done_ = -1;
  std::string bytes_;
  std::thread reader_;
};

// LLD ends the process when an object's tables are broken, so that we look at all of them first.
llvm::Error check_tables(const std::string& object) {
  auto file =
      llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file) return file.takeError();
  if (!(*file)->isRelocatableObject())
    return llvm::createStringError("it is no relocatable object");
  for (const llvm::object::SectionRef& section : (*file)->sections()) {
    if (auto name = section.getName(); !name) return name.takeError();
    if (auto bytes = section.getContents(); !bytes) return bytes.takeError();
    if (auto target = section.getRelocatedSection(); !target) return target.takeError();
  }
  for (const llvm::object::SymbolRef& symbol : (*file)->symbols()) {
    if (auto name = symbol.getName(); !name) return name.takeError();
    if (auto section = symbol.getSection(); !section) return section.takeError();
  }
  return llvm::Error::success();
}

const char* emulation() {
  switch (llvm::Triple(llvm::sys::getProcessTriple()).getArch()) {
  case llvm::Triple::x86_64:
    return "elf_x86_64";
  case llvm::Triple::aarch64:
    return "aarch64linux";
  default:
    throw Error(Diag::NoBackend, "shared libraries cannot be linked for this machine");
  }
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// One run of LLD. The caller holds the lock.
void run_lld(const std::vector<std::string>& arguments, const std::vector<MemoryFile>& objects) {
  std::vector<const char*> argv = {"ld.lld"};
  for (const std::string& argument : arguments)
    argv.push_back(argument.c_str());
  std::string said;
  llvm::raw_string_ostream out(said);
  const bool linked = lld::elf::link(argv, out, out, /*exitEarly=*/false, /*disableOutput=*/false);
  if (lld::hasContext()) lld::CommonLinkerContext::destroy();
  if (linked) return;
  for (size_t i = 0; i < objects.size(); ++i)
    replace_all(said, objects[i].path(), fmt::format("object {}", i));
  while (!said.empty() && said.back() == '\n')
    said.pop_back();
  throw Error(diag_of(said), said.empty() ? "the linker failed without saying why" : said);
}

// No search paths, no files of the system, one thread.
std::vector<std::string> common_arguments(const OutputPipe& output) {
  return {"-m", emulation(),  "--nostdlib", "--threads=1", "--color-diagnostics=never",
          "-o", output.path()};
}

// A library that holds nothing but its name: linking against it records the need for the real one,
// which then need not be on this machine.
MemoryFile stand_in_for(const std::string& soname) {
  const MemoryFile nothing;
  OutputPipe output;
  std::vector<std::string> arguments = common_arguments(output);
  for (const char* a : {"-shared", "--hash-style=gnu", "--build-id=none", "-soname"})
    arguments.push_back(a);
  arguments.push_back(soname);
  arguments.push_back("--format=binary");
  arguments.push_back(nothing.path());
  run_lld(arguments, {});
  return MemoryFile(output.finish());
}

bool is_plain_name(std::string_view name, std::string_view also) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           also.find(c) != also.npos;
  });
}

std::string version_script(std::span<const std::string> exports) {
  std::string text = "{";
  if (!exports.empty()) text += " global:";
  for (const std::string& name : exports) {
    TSC_CHECK(is_plain_name(name, ""));
    text += " " + name + ";";
  }
  return text + " local: *; };\n";
}

// The objects as files, looked at first.
std::vector<MemoryFile> checked_files(std::span<const std::string> objects) {
  std::vector<MemoryFile> files;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (llvm::Error error = check_tables(objects[i]))
      throw Error(Diag::CannotLink,
                  fmt::format("object {} is damaged: {}", i, llvm::toString(std::move(error))));
    files.emplace_back(objects[i]);
  }
  return files;
}

} // namespace

std::string link_shared(std::span<const std::string> objects, std::span<const std::string> exports,
                        std::span<const std::string> libraries, const std::string& soname) {
  const std::vector<MemoryFile> inputs = checked_files(objects);
  const MemoryFile script(version_script(exports));

  std::unique_lock alone(llvm_options_lock());
  std::vector<MemoryFile> stand_ins;
  for (const std::string& library : libraries) {
    TSC_CHECK(is_plain_name(library, ".+-") && library[0] != '-');
    stand_ins.push_back(stand_in_for(library));
  }
  for (const char* library : {"libm.so.6", "libc.so.6"})
    stand_ins.push_back(stand_in_for(library));

  OutputPipe output;
  std::vector<std::string> arguments = common_arguments(output);
  for (const char* a :
       {"-shared", "--gc-sections", "--hash-style=gnu", "--build-id=sha1", "--no-undefined-version",
        "-z", "now", "-z", "relro", "-z", "noexecstack", "-z", "text"})
    arguments.push_back(a);
  if (!soname.empty()) arguments.push_back("--soname=" + soname);
  arguments.push_back("--version-script=" + script.path());
  for (const auto* files : {&inputs, &std::as_const(stand_ins)})
    for (const MemoryFile& file : *files)
      arguments.push_back(file.path());
  run_lld(arguments, inputs);
  return output.finish();
}

std::string link_object(std::span<const std::string> objects) {
  const std::vector<MemoryFile> inputs = checked_files(objects);
  std::unique_lock alone(llvm_options_lock());
  OutputPipe output;
  std::vector<std::string> arguments = common_arguments(output);
  arguments.push_back("-r");
  for (const MemoryFile& file : inputs)
    arguments.push_back(file.path());
  run_lld(arguments, inputs);
  return output.finish();
}

std::string archive(const std::string& object, const std::string& name) {
  std::vector<llvm::NewArchiveMember> members;
  members.emplace_back(llvm::MemoryBufferRef(object, name));
  auto bytes = llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NormalSymtab,
                                          llvm::object::Archive::K_GNU, /*Deterministic=*/true,
                                          /*Thin=*/false);
  if (!bytes) throw InternalError("archive: " + llvm::toString(bytes.takeError()));
  return (*bytes)->getBuffer().str();
}

} // namespace tsc
