#include "tools/tsc/limits.h"

#include "compiler/toolchain.h"
#include "runtime/program_symbols.h"
#include "support/error.h"
#include "tools/tsc/verb.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tsc::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct Unit {
  const char* name;
  double size;
};

// "1.5G": a number and one of the units.
double amount_of(const char* option, const std::string& text, std::initializer_list<Unit> units) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  for (const Unit& unit : units)
    if (error == std::errc() && number > 0 && number * unit.size < 1e18 &&
        std::string_view(rest, static_cast<size_t>(end - rest)) == unit.name)
      return number * unit.size;
  std::string names;
  for (const Unit& unit : units)
    if (*unit.name) names += fmt::format("{}{}", names.empty() ? "" : ", ", unit.name);
  throw UsageError(
      fmt::format("{}: '{}' is not a number with a unit ({})", option, printable(text), names));
}

bool limited_memory = false;

uint64_t address_space_in_use() {
  uint64_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Opens what would else be opened when it is needed.
void open_libraries() {
  const std::vector<std::string> blas(has_blas() ? 1 : 0, blas_library);
  try {
    toolchain_identity();
    program_symbols(blas);
  } catch (const Error&) { // who needs it says so
  }
}

// The program's own pages, its libraries' above all, do not count.
void limit_memory(uint64_t bytes) {
  open_libraries();
  const rlim_t most = address_space_in_use() + bytes;
  const struct rlimit limit = {most, most};
  ::setrlimit(RLIMIT_AS, &limit);
  limited_memory = true;
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, number);
  return set;
}

// SIGTERM lets it remove unfinished files; it has a second for that.
void end_group(pid_t child) {
  ::kill(-child, SIGTERM);
  for (int i = 0; i < 100; ++i) {
    if (::waitpid(child, nullptr, WNOHANG) == child) return;
    ::usleep(10'000);
  }
  ::kill(-child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// The child's status, or nothing at the deadline. Other signals that reach us are the child's.
std::optional<int> status_of(pid_t child, std::optional<Clock::time_point> deadline) {
  const sigset_t set = watched_signals();
  while (true) {
    const auto left = deadline ? *deadline - Clock::now() : std::chrono::hours(1);
    const auto ns =
        std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(left).count());
    const struct timespec wait = {ns / 1'000'000'000, ns % 1'000'000'000};
    const int number = ::sigtimedwait(&set, nullptr, &wait);
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    if (number > 0 && number != SIGCHLD) ::kill(-child, number);
    if (deadline && Clock::now() >= *deadline) return std::nullopt;
  }
}

[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  std::raise(number);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::_Exit(128 + number);
}

int watch(pid_t child, const Limits& limits) {
  std::optional<Clock::time_point> deadline;
  if (!limits.time.empty())
    deadline = Clock::now() + std::chrono::milliseconds(milliseconds_of(limits.time));
  const std::optional<int> status = status_of(child, deadline);
  if (!status) {
    end_group(child);
    if (::isatty(STDERR_FILENO)) std::fputs("\r\x1b[K", stderr); // the child's line of progress
    throw Error(Diag::TimeLimit,
                fmt::format("stopped after {}, as --time-limit says", printable(limits.time)));
  }
  if (WIFEXITED(*status)) return WEXITSTATUS(*status);
  const int number = WTERMSIG(*status);
  // LLVM aborts where it gets no memory.
  if (!limits.memory.empty() && (number == SIGABRT || number == SIGSEGV || number == SIGBUS))
    throw Error(Diag::MemoryLimit, fmt::format("more was needed than the {} of --mem-limit",
                                               printable(limits.memory)));
  end_by(number);
}

} // namespace

int64_t milliseconds_of(const std::string& text) {
  return static_cast<int64_t>(amount_of(
      "--time-limit", text, {{"s", 1e3}, {"ms", 1}, {"m", 60e3}, {"h", 3600e3}, {"", 1e3}}));
}

uint64_t bytes_of(const std::string& text) {
  return static_cast<uint64_t>(
      amount_of("--mem-limit", text, {{"K", 1024.}, {"M", 1048576.}, {"G", 1073741824.}, {"", 1}}));
}

std::optional<int> fork_limited(const Limits& limits) {
  if (!limits.any()) return std::nullopt;
  const uint64_t memory = limits.memory.empty() ? 0 : bytes_of(limits.memory);
  if (!limits.time.empty()) milliseconds_of(limits.time); // wrong usage is told before the fork
  std::fflush(nullptr);
  const sigset_t set = watched_signals();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &set, &before);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child > 0) {
    ::setpgid(child, child); // on both sides: whoever comes first
    return watch(child, limits);
  }
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) std::_Exit(128 + SIGTERM); // it died before we asked to be told
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (memory) limit_memory(memory);
  return std::nullopt;
}

bool memory_is_limited() { return limited_memory; }

} // namespace tsc::cli
