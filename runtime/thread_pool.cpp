#include "runtime/thread_pool.h"

#include "runtime/cores.h"
#include "support/settings.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace tsc {

namespace {

constexpr int stop_epoch = -1;
constexpr int slices_a_thread = 4;
constexpr std::chrono::microseconds spin_time{30};

// Set while a thread runs a slice: calls from inside stay on it.
thread_local bool in_slice = false;

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` differs from `old`, first awake and then asleep.
int wait_for_change(const std::atomic<int>& value, int old) {
  const auto deadline = std::chrono::steady_clock::now() + spin_time;
  do {
    for (int i = 0; i < 64; ++i) {
      const int now = value.load(std::memory_order_acquire);
      if (now != old) return now;
      pause_briefly();
    }
  } while (std::chrono::steady_clock::now() < deadline);
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

void run(ThreadPool::Body body, void* argument, int64_t begin, int64_t end) {
  const bool outer = std::exchange(in_slice, true);
  body(argument, begin, end);
  in_slice = outer;
}

// Elements of a slice. Slices of more than a few lines of memory start on multiples of 64 items, so
// that no two threads write to the same line.
int64_t slice_length(int64_t count, int64_t grain, int64_t slices) {
  const int64_t even = count / slices + (count % slices != 0);
  const int64_t length = std::max(even, grain);
  return length < 1024 / slices_a_thread || length > count - 64 ? length : (length + 63) / 64 * 64;
}

} // namespace

ThreadPool::ThreadPool(int threads) : threads_(std::max(1, threads)) {
  // An array of none would end where it begins: LeakSanitizer takes it for lost.
  if (threads_ == 1) return;
  workers_.reset(new Worker[static_cast<size_t>(threads_ - 1)]);
  shares_.reset(new Share[static_cast<size_t>(threads_)]);
}

void ThreadPool::start() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // the host's handlers do not run on our threads
  allowed_ = allowed_cores();
  try {
    for (; started_ < threads_ - 1; ++started_) {
      Worker& worker = workers_[static_cast<size_t>(started_)];
      worker.epoch.store(0, std::memory_order_relaxed);
      worker.id.store(0, std::memory_order_relaxed);
      worker.kept_off = -1;
      worker.thread = std::thread([this, number = started_] { work(number); });
    }
  } catch (
      const std::exception&) { // no more threads to be had: our caller is C, and can do without
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ThreadPool::stop() {
  if (busy_.exchange(true, std::memory_order_acquire)) return; // and stays set
  for (int i = 0; i < started_; ++i) {
    Worker& worker = workers_[static_cast<size_t>(i)];
    worker.epoch.store(stop_epoch, std::memory_order_release);
    worker.epoch.notify_one();
    worker.thread.join();
  }
  started_ = 0;
}

void ThreadPool::forget_workers() {
  // A std::thread that still names a thread may be neither joined nor destroyed here: begin it
  // anew.
  for (int i = 0; i < threads_ - 1; ++i)
    new (&workers_[static_cast<size_t>(i)].thread) std::thread;
  for (int i = 0; i < threads_ && threads_ > 1; ++i)
    shares_[static_cast<size_t>(i)].left.store(0);
  started_ = 0;
  pending_.store(0);
  busy_.store(false);
}

void ThreadPool::work(int number) {
  in_slice = true; // all it does; and its memory is allocated now, not in some later call
  Worker& worker = workers_[static_cast<size_t>(number)];
  worker.id.store(gettid(), std::memory_order_relaxed);
  int epoch = 0;
  while ((epoch = wait_for_change(worker.epoch, epoch)) != stop_epoch)
    run_slices(number + 1, 0);
}

// Wakes a worker, which may be told of a call that is over when it comes to look: then it finds
// nothing left, or slices of a later one.
void ThreadPool::tell(Worker& worker, int core) {
  const pid_t id = worker.id.load(std::memory_order_relaxed);
  if (id != 0 && std::exchange(worker.kept_off, core) != core) keep_off_core(id, allowed_, core);
  const int epoch = worker.epoch.load(std::memory_order_relaxed);
  worker.epoch.store(epoch == INT32_MAX ? 1 : epoch + 1, std::memory_order_release);
  worker.epoch.notify_one();
}

// A slice of the share, or -1.
int ThreadPool::take(Share& share) {
  int left = share.left.load(std::memory_order_relaxed);
  while (left > 0)
    if (share.left.compare_exchange_weak(left, left - 1, std::memory_order_acquire,
                                         std::memory_order_relaxed))
      return share.end - left;
  return -1;
}

void ThreadPool::run_slice(int slice) {
  const int64_t begin = slice * slice_;
  run(body_, argument_, begin, std::min(count_, begin + slice_));
}

// All that is left, beginning with one share. `done`: slices of this call that the thread ran
// before.
void ThreadPool::run_slices(int share, int done) {
  for (int i = 0; i < threads_; ++i)
    for (int slice; (slice = take(shares_[static_cast<size_t>((share + i) % threads_)])) >= 0;
         ++done)
      run_slice(slice);
  if (done > 0 && pending_.fetch_sub(done, std::memory_order_acq_rel) == done)
    pending_.notify_one();
}

void ThreadPool::parallel_for(int64_t count, int64_t grain, Body body, void* argument) {
  if (count <= 0) return;
  if (count <= grain || threads_ == 1 || in_slice ||
      busy_.exchange(true, std::memory_order_acquire))
    return run(body, argument, 0, count);

  if (started_ == 0) start();
  const int threads = started_ + 1;
  body_ = body;
  argument_ = argument;
  count_ = count;
  slice_ = slice_length(count, std::max<int64_t>(1, grain), threads * slices_a_thread);
  const int slices = static_cast<int>((count - 1) / slice_) + 1, each = slices / threads,
            more = slices % threads;
  pending_.store(slices, std::memory_order_relaxed);
  int end = 0;
  for (int i = 0; i < threads; ++i) {
    Share& share = shares_[static_cast<size_t>(i)];
    const int length = each + (i < more);
    share.end = end += length;
    share.left.store(i == 0 ? length - 1 : length, std::memory_order_release);
  }
  const int core = current_core();
  for (int i = 1; i < std::min(threads, slices); ++i)
    tell(workers_[static_cast<size_t>(i - 1)], core);
  run_slice(0);
  run_slices(0, 1);
  while (const int left = pending_.load(std::memory_order_acquire))
    wait_for_change(pending_, left);
  busy_.store(false, std::memory_order_release);
}

// ---- The pool of the process -------------------------------------------------------------------

namespace {

// Never destroyed: other static objects may still run programs after our exit handler.
ThreadPool& process_pool() {
  static ThreadPool* const pool = [] {
    const long wanted = number(Setting::Threads, 0, 1024);
    return new ThreadPool(wanted == 0 ? usable_cores() : static_cast<int>(wanted));
  }();
  return *pool;
}

void host_parallel_for(void* context, int64_t count, int64_t grain, ThreadPool::Body body,
                       void* argument) {
  static_cast<ThreadPool*>(context)->parallel_for(count, grain, body, argument);
}

} // namespace

const tsc_host* default_host() {
  static const tsc_host host = [] {
    ThreadPool& pool = process_pool();
    std::atexit([] { process_pool().stop(); });
    pthread_atfork(nullptr, nullptr, [] { process_pool().forget_workers(); });
    return tsc_host{sizeof(tsc_host), &pool, host_parallel_for};
  }();
  return &host;
}

int thread_count() { return process_pool().threads(); }

} // namespace tsc
