// runtime/thread_pool and runtime/cores. Run under ThreadSanitizer too.
#include "runtime/cores.h"
#include "runtime/thread_pool.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/sanitized.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sched.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tsc;

namespace {

struct Range {
  int64_t begin, end;
  std::thread::id thread;
};

struct Record {
  std::mutex mutex;
  std::vector<Range> ranges;

  static void body(void* argument, int64_t begin, int64_t end) {
    auto& record = *static_cast<Record*>(argument);
    std::lock_guard lock(record.mutex);
    record.ranges.push_back({begin, end, std::this_thread::get_id()});
  }
};

std::vector<Range> ranges_of(ThreadPool& pool, int64_t count, int64_t grain) {
  Record record;
  pool.parallel_for(count, grain, Record::body, &record);
  std::ranges::sort(record.ranges, {}, &Range::begin);
  return record.ranges;
}

// Slices that end when three of them run at once, or after a minute.
struct Meeting {
  std::atomic<int> arrived{0};

  static void body(void* argument, int64_t, int64_t) {
    auto& meeting = *static_cast<Meeting*>(argument);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (++meeting.arrived; meeting.arrived < 3;) {
      if (std::chrono::steady_clock::now() > deadline) {
        meeting.arrived = -1000;
        return;
      }
      std::this_thread::yield();
    }
  }
};

void add_one(void* argument, int64_t begin, int64_t end) {
  auto* values = static_cast<int64_t*>(argument);
  for (int64_t i = begin; i < end; ++i)
    ++values[i];
}

// Adds one everywhere, from inside and outside of slices.
struct NestedWork {
  ThreadPool& pool;
  std::vector<int64_t>& values;

  static void body(void* argument, int64_t begin, int64_t end) {
    auto& work = *static_cast<NestedWork*>(argument);
    work.pool.parallel_for(end - begin, 1, add_one, work.values.data() + begin);
  }
};

} // namespace

TEST_CASE("slices cover the range once, none shorter than the grain but the last") {
  ThreadPool pool(4);
  for (const int64_t count : {1, 2, 3, 7, 64, 1000, 4095, 4096, 4097, 1000003})
    for (const int64_t grain : {0, 1, 3, 100, 5000}) {
      INFO(count << " by " << grain);
      const auto ranges = ranges_of(pool, count, grain);
      CHECK(ranges.size() <= 4 * 4);
      int64_t next = 0;
      for (const Range& r : ranges) {
        CHECK(r.begin == next);
        CHECK((r.end - r.begin >= grain || r.end == count));
        next = r.end;
      }
      CHECK(next == count);
    }
}

TEST_CASE("nothing to do calls nothing") {
  ThreadPool pool(2);
  CHECK(ranges_of(pool, 0, 1).empty());
  CHECK(ranges_of(pool, -5, 1).empty());
}

TEST_CASE("threads take part when there is enough to do") {
  ThreadPool pool(3);
  Meeting meeting;
  pool.parallel_for(3000, 1, Meeting::body, &meeting);
  CHECK(meeting.arrived == 3 * 4); // slices, of which the first three waited for each other
  CHECK(ranges_of(pool, 3000, 1).size() == 3 * 4);
  CHECK(ranges_of(pool, 3000, 3000).size() == 1);
}

TEST_CASE("the caller runs the first slice") {
  ThreadPool pool(3);
  for (int i = 0; i < 200; ++i)
    CHECK(ranges_of(pool, 3000, 1).front().thread == std::this_thread::get_id());
}

TEST_CASE("a thread that is slow is not waited for by the slices behind its own") {
  ThreadPool pool(2);
  struct Work {
    std::atomic<int> others{0};
    std::atomic<bool> late{false};

    // The caller's first slice ends when all others have been run, by the worker.
    static void body(void* argument, int64_t begin, int64_t) {
      auto& work = *static_cast<Work*>(argument);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
      if (begin > 0) ++work.others;
      while (begin == 0 && work.others < 7 && !work.late) {
        work.late = std::chrono::steady_clock::now() > deadline;
        std::this_thread::yield();
      }
    }
  } work;
  pool.parallel_for(8, 1, Work::body, &work);
  CHECK_FALSE(work.late);
}

TEST_CASE("workers are kept off their caller's core, which keeps its own") {
  const cpu_set_t before = allowed_cores();
  if (CPU_COUNT(&before) < 2) {
    WARN("skipped: there is one core only");
    return;
  }
  ThreadPool pool(2);
  struct Work {
    std::thread::id caller = std::this_thread::get_id();
    std::atomic<int> seen{0};

    static void body(void* argument, int64_t, int64_t) {
      auto& work = *static_cast<Work*>(argument);
      const cpu_set_t cores = allowed_cores();
      if (std::this_thread::get_id() != work.caller) work.seen = CPU_COUNT(&cores);
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
      while (std::chrono::steady_clock::now() < end) {
      }
    }
  } work;
  for (int i = 0; i < 100 && work.seen != CPU_COUNT(&before) - 1; ++i)
    pool.parallel_for(8, 1, Work::body, &work);
  CHECK(work.seen == CPU_COUNT(&before) - 1);
  const cpu_set_t after = allowed_cores();
  CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("long slices start on whole cache lines") {
  ThreadPool pool(3);
  for (const Range& r : ranges_of(pool, 10000, 1))
    CHECK(r.begin % 64 == 0);
}

TEST_CASE("many calls in a row, with pauses in which workers fall asleep") {
  ThreadPool pool(4);
  std::vector<int64_t> values(1000);
  for (int i = 0; i < 2000; ++i) {
    pool.parallel_for(1000, 1, add_one, values.data());
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(values == std::vector<int64_t>(1000, 2000));
}

TEST_CASE("nested calls run inside their slice") {
  ThreadPool pool(4);
  std::vector<int64_t> values(500);
  NestedWork work{pool, values};
  for (int i = 0; i < 100; ++i)
    pool.parallel_for(500, 1, NestedWork::body, &work);
  CHECK(values == std::vector<int64_t>(500, 100));
}

TEST_CASE("concurrent callers do not wait for one another") {
  ThreadPool pool(3);
  std::vector<std::vector<int64_t>> values(4, std::vector<int64_t>(300));
  {
    std::vector<std::jthread> callers;
    for (auto& mine : values)
      callers.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          pool.parallel_for(300, 1, add_one, mine.data());
      });
  }
  for (const auto& mine : values)
    CHECK(mine == std::vector<int64_t>(300, 500));
}

TEST_CASE("a pool that stopped still works, on the caller's thread") {
  ThreadPool pool(3);
  CHECK(ranges_of(pool, 300, 1).size() == 3 * 4);
  pool.stop();
  CHECK(ranges_of(pool, 300, 1).size() == 1);
}

TEST_CASE("a pool that was never used has nothing to stop") {
  ThreadPool pool(8);
  CHECK(pool.threads() == 8);
}

TEST_CASE("the process has one host") {
  const tsc_host* host = default_host();
  CHECK(host == default_host());
  CHECK(host->size == sizeof(tsc_host));
  CHECK(thread_count() >= 1);
  std::vector<int64_t> values(1000);
  host->parallel_for(host->context, 1000, 1, add_one, values.data());
  CHECK(values == std::vector<int64_t>(1000, 1));
}

#if !TSC_TSAN // which does not follow threads into a child
// fork() leaves the child a pool that believes in its workers: they are as good as never scheduled.
TEST_CASE("a call ends without workers that never begin") {
  ThreadPool pool(4);
  std::vector<int64_t> values(1000);
  pool.parallel_for(1000, 1, add_one, values.data());
  const pid_t child = fork();
  if (child == 0) {
    alarm(30); // should it hang
    pool.parallel_for(1000, 1, add_one, values.data());
    _exit(values == std::vector<int64_t>(1000, 2) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a child after fork has workers of its own, and exits cleanly") {
  const tsc_host* host = default_host();
  std::vector<int64_t> values(1000);
  host->parallel_for(host->context, 1000, 1, add_one, values.data());
  const pid_t child = fork();
  if (child == 0) {
    host->parallel_for(host->context, 1000, 1, add_one, values.data());
    static_cast<ThreadPool*>(host->context)->stop();
    _exit(values == std::vector<int64_t>(1000, 2) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  host->parallel_for(host->context, 1000, 1, add_one, values.data());
  CHECK(values == std::vector<int64_t>(1000, 2));
}
#endif

#if !TSC_TSAN && !TSC_ASAN // whose search for leaks does not, either
TEST_CASE("a process exits while its workers are alive, even in the middle of a call") {
  const bool in_call = GENERATE(false, true);
  std::fflush(stdout); // or the child prints it, too
  const pid_t child = fork();
  if (child == 0) {
    alarm(30); // should it hang
    for (std::ostream* stream : {&std::cout, &std::cerr, &std::clog})
      stream->rdbuf(nullptr); // Catch2's own, perhaps, and gone before they are flushed
    const tsc_host* host = default_host();
    const auto work = [host] {
      static int64_t values[100'000]; // still there when static objects are gone
      host->parallel_for(host->context, 100'000, 1, add_one, values);
    };
    work();
    if (in_call)
      std::thread([work] {
        while (true)
          work();
      }).detach();
    std::exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif

namespace {

// A cgroup file system in a folder of its own.
std::filesystem::path cgroups(const std::vector<std::pair<std::string, std::string>>& files) {
  const std::filesystem::path root = TSC_BINARY_DIR "/cgroups";
  std::filesystem::remove_all(root);
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((root / name).parent_path());
    write_file(root / name, text);
  }
  return root;
}

} // namespace

TEST_CASE("CPU quotas of cgroups are found, in both versions") {
  CHECK(cgroup_cores("0::/a/b\n", cgroups({{"a/b/cpu.max", "200000 100000\n"}})) == 2.0);
  CHECK(cgroup_cores("0::/a/b\n", cgroups({{"a/b/cpu.max", "max 100000\n"}})) == std::nullopt);
  // The tightest limit on the way up counts.
  CHECK(cgroup_cores("0::/a/b\n", cgroups({{"a/b/cpu.max", "max 100000"},
                                           {"a/cpu.max", "150000 100000"},
                                           {"cpu.max", "400000 100000"}})) == 1.5);
  // The path of the host, seen from inside a container.
  CHECK(cgroup_cores("0::/docker/123\n", cgroups({{"cpu.max", "50000 100000"}})) == 0.5);
  const std::string version1 = "5:cpu,cpuacct:/job\n4:memory:/job\n";
  CHECK(cgroup_cores(version1, cgroups({{"cpu/job/cpu.cfs_quota_us", "300000\n"},
                                        {"cpu/job/cpu.cfs_period_us", "100000\n"}})) == 3.0);
  CHECK(cgroup_cores(version1, cgroups({{"cpu/job/cpu.cfs_quota_us", "-1\n"},
                                        {"cpu/job/cpu.cfs_period_us", "100000\n"}})) ==
        std::nullopt);
  CHECK(cgroup_cores("nonsense", cgroups({})) == std::nullopt);
  CHECK(usable_cores() >= 1);
}
