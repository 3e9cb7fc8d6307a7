// A child process stopped before and after each of its system calls, to be killed there or to have
// a call fail: what a power cut, `kill -9` or a bad disk does at the worst moment.
#pragma once

#include "tests/unit/cache_scratch.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <set>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

namespace tsc::test {

enum class Next { GoOn, Kill };

// Called at each stop: numbers count from 0; even ones come before a call, odd ones behind it.
using OnStop = std::function<Next(pid_t child, int stop)>;

// The exit status of `body`, 128 + SIGKILL when it was killed; nothing where tracing is not
// permitted.
inline std::optional<int> run_traced(const std::function<int()>& body, const OnStop& on_stop) {
  const pid_t child = start_child([&] {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 98;
    ::raise(SIGSTOP);
    return body();
  });
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (!WIFSTOPPED(status)) return std::nullopt;
  constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  REQUIRE(::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) == 0);
  long signal = 0;
  for (int stop = 0;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    const bool at_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    signal = at_call ? 0 : WSTOPSIG(status);
    if (!at_call || on_stop(child, stop++) == Next::GoOn) continue;
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, &status, 0) == child);
    return 128 + SIGKILL;
  }
}

#ifdef __x86_64__

inline constexpr bool can_change_calls = true;

// Changes the registers of a stopped child.
inline void change(pid_t child, const std::function<void(user_regs_struct&)>& how) {
  user_regs_struct registers;
  REQUIRE(::ptrace(PTRACE_GETREGS, child, nullptr, &registers) == 0);
  how(registers);
  REQUIRE(::ptrace(PTRACE_SETREGS, child, nullptr, &registers) == 0);
}

inline long call_number(pid_t child) {
  return ::ptrace(PTRACE_PEEKUSER, child, offsetof(user_regs_struct, orig_rax), nullptr);
}

// Whether the call at which `child` stopped can change a file; between two of them a kill is the
// same as at the first.
inline bool changes_files(pid_t child) {
  static const std::set<long> changing = {SYS_write,     SYS_mkdir,     SYS_mkdirat,
                                          SYS_unlinkat,  SYS_renameat,  SYS_rename,
                                          SYS_utimensat, SYS_fallocate, SYS_fchmod};
  const long call = call_number(child);
  if (call != SYS_openat) return changing.contains(call);
  const long flags = ::ptrace(PTRACE_PEEKUSER, child, offsetof(user_regs_struct, rdx), nullptr);
  return (flags & O_CREAT) != 0;
}

// Killed behind the first write of more than one byte, of which only `bytes` were written.
inline std::optional<int> run_torn(const std::function<int()>& body, uint64_t bytes) {
  bool torn = false;
  return run_traced(body, [&](pid_t child, int stop) {
    if (torn) return Next::Kill;
    if (stop % 2 == 0 && call_number(child) == SYS_write)
      change(child, [&](auto& r) {
        torn = r.rdx > 1;
        if (torn) r.rdx = std::min<uint64_t>(r.rdx, bytes);
      });
    return Next::GoOn;
  });
}

// The file operation number `which` fails with `error` and does nothing. `failed` says whether
// there was one.
inline std::optional<int> run_failing(const std::function<int()>& body, int which, int error,
                                      bool& failed) {
  static const std::set<long> file_calls = {
      SYS_open,      SYS_openat,     SYS_read,   SYS_write,     SYS_close,     SYS_fstat,
      SYS_lseek,     SYS_getdents64, SYS_mkdir,  SYS_mkdirat,   SYS_unlinkat,  SYS_renameat,
      SYS_rename,    SYS_newfstatat, SYS_access, SYS_fallocate, SYS_utimensat, SYS_fchmod,
      SYS_getrandom, SYS_faccessat,  SYS_statx,  SYS_renameat2};
  int seen = 0, behind = -1;
  failed = false;
  return run_traced(body, [&](pid_t child, int stop) {
    if (stop % 2 == 0 && file_calls.contains(call_number(child)) && seen++ == which) {
      change(child, [](auto& r) { r.orig_rax = static_cast<unsigned long long>(-1); });
      behind = stop + 1, failed = true;
    } else if (stop == behind) {
      change(child, [&](auto& r) { r.rax = static_cast<unsigned long long>(-error); });
    }
    return Next::GoOn;
  });
}

#else

inline constexpr bool can_change_calls = false;
inline bool changes_files(pid_t) { return true; }
inline std::optional<int> run_torn(const std::function<int()>&, uint64_t) { return std::nullopt; }
inline std::optional<int> run_failing(const std::function<int()>&, int, int, bool& failed) {
  failed = false;
  return std::nullopt;
}

#endif

// Killed at stop number `at`, not counting calls that change no file if `only_changes`; the exit
// status where it ended before.
inline std::optional<int> run_killed(const std::function<int()>& body, int at, bool only_changes) {
  int counted = 0;
  return run_traced(body, [&](pid_t child, int) {
    if (only_changes && !changes_files(child)) return Next::GoOn;
    return counted++ == at ? Next::Kill : Next::GoOn;
  });
}

} // namespace tsc::test
