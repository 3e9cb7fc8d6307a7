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
#include <utility>

namespace tsc {

namespace {

constexpr int stop_epoch = -1;
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

void run_slice(ThreadPool::Body body, void* argument, int64_t begin, int64_t end) {
  const bool outer = std::exchange(in_slice, true);
  body(argument, begin, end);
  in_slice = outer;
}

// Elements of a slice. Slices of more than a few lines of memory start on multiples of 64 items, so
// that no two threads write to the same line.
int64_t slice_length(int64_t count, int64_t grain, int64_t threads) {
  const int64_t even = count / threads + (count % threads != 0);
  const int64_t length = std::max(even, grain);
  return length < 1024 || length > count - 64 ? length : (length + 63) / 64 * 64;
}

} // namespace

ThreadPool::ThreadPool(int threads) : threads_(std::max(1, threads)) {
  // An array of none would end where it begins: LeakSanitizer takes it for lost.
  if (threads_ > 1) workers_.reset(new Worker[static_cast<size_t>(threads_ - 1)]);
}

void ThreadPool::start() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // the host's handlers do not run on our threads
  try {
    for (; started_ < threads_ - 1; ++started_) {
      Worker& worker = workers_[static_cast<size_t>(started_)];
      worker.epoch.store(0, std::memory_order_relaxed);
      worker.thread = std::thread([this, &worker] { work(worker); });
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
  started_ = 0;
  pending_.store(0);
  busy_.store(false);
}

void ThreadPool::work(Worker& worker) {
  in_slice = true; // all it does; and its memory is allocated now, not in some later call
  int epoch = 0;
  while ((epoch = wait_for_change(worker.epoch, epoch)) != stop_epoch)
    run_if_open(worker);
}

// A worker that wakes late may find the slice of a later call: it takes that, and finds its slice
// closed when it learns of that call.
void ThreadPool::run_if_open(Worker& worker) {
  if (!worker.open.exchange(false, std::memory_order_acquire)) return;
  run_slice(body_, argument_, worker.begin, worker.end);
  if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
}

void ThreadPool::hand_out(Worker& worker, int64_t begin, int64_t end) {
  worker.begin = begin;
  worker.end = end;
  worker.open.store(true, std::memory_order_release);
  const int epoch = worker.epoch.load(std::memory_order_relaxed);
  worker.epoch.store(epoch == INT32_MAX ? 1 : epoch + 1, std::memory_order_release);
  worker.epoch.notify_one();
}

void ThreadPool::parallel_for(int64_t count, int64_t grain, Body body, void* argument) {
  if (count <= 0) return;
  if (count <= grain || threads_ == 1 || in_slice ||
      busy_.exchange(true, std::memory_order_acquire))
    return run_slice(body, argument, 0, count);

  if (started_ == 0) start();
  const int64_t length = slice_length(count, std::max<int64_t>(1, grain), started_ + 1);
  const int64_t others = (count - 1) / length; // slices but the first
  body_ = body;
  argument_ = argument;
  pending_.store(static_cast<int>(others), std::memory_order_relaxed);
  for (int64_t i = 1; i <= others; ++i)
    hand_out(workers_[static_cast<size_t>(i - 1)], i * length, std::min(count, (i + 1) * length));
  run_slice(body, argument, 0, std::min(count, length));
  for (int64_t i = 1; i <= others; ++i)
    run_if_open(workers_[static_cast<size_t>(i - 1)]);
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
