// Threads for large kernels: a pool behind tsc_host::parallel_for.
//
// A call cuts its range into a few slices per thread. Each thread has a share of them, in one
// piece, and takes from the others' when it has done its own: whoever the system does not run, or
// runs slowly, is waited for one slice long at most. No queue, no lock, no allocation. Workers spin
// for some microseconds after a call, since kernels come in bursts, and then sleep.
//
// Workers are kept off the core that their caller runs on. Schedulers put a thread that is woken
// beside the one that wakes it, to which it must then wait for milliseconds, with idle cores around
// (seen in a virtual machine: 3 ms instead of 0.1; bench/thread_bench.cpp).
//
// A call from inside a slice, or while another thread uses the pool, runs on the calling thread
// alone, so that nothing can wait for itself.
#pragma once

#include "codegen/prelude/abi.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <sched.h>
#include <thread>

namespace tsc {

class ThreadPool {
public:
  using Body = void (*)(void* argument, int64_t begin, int64_t end);

  // `threads` take part, the caller included (at least 1). Workers start with the first call that
  // is worth it; they block all signals. Where the system refuses threads there are just fewer.
  explicit ThreadPool(int threads);
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // As tsc_host::parallel_for: body on disjoint ranges that cover [0, count), none shorter than
  // `grain` but the last; the caller runs the first. Thread-safe. The body must not throw.
  void parallel_for(int64_t count, int64_t grain, Body body, void* argument);

  // Ends and joins the workers; later calls run on their caller alone. Does nothing while a call
  // runs.
  void stop();

  // For the child after fork(), which has no workers though this object says so: the next call
  // starts new ones.
  void forget_workers();

  int threads() const { return threads_; }

private:
  // What a worker watches; on cache lines of its own.
  struct alignas(128) Worker {
    std::atomic<int> epoch{0}; // calls that it was told of; `stop_epoch` ends it
    std::atomic<pid_t> id{0};  // the system's; 0 until the worker runs
    int kept_off = -1;         // the core that it may not run on
    std::thread thread;
  };

  // Slices [end - left, end) that nobody has begun. Who lowers `left` from above 0 may run one, and
  // only then read what belongs to the call.
  struct alignas(128) Share {
    std::atomic<int> left{0};
    int end = 0;
  };

  void start();
  void work(int number);
  void tell(Worker& worker, int core);
  int take(Share& share);
  void run_slice(int slice);
  void run_slices(int share, int done);

  const int threads_;
  std::unique_ptr<Worker[]> workers_; // threads_ - 1
  std::unique_ptr<Share[]> shares_;   // threads_, the first one its caller's
  std::atomic<bool> busy_{false};     // who sets it may use what follows, until it resets it
  int started_ = 0;                   // workers that run
  cpu_set_t allowed_{};               // cores for them
  Body body_ = nullptr;
  void* argument_ = nullptr;
  int64_t count_ = 0, slice_ = 0;            // items of the call and of a slice
  alignas(128) std::atomic<int> pending_{0}; // slices of the call that are not yet done
};

// The services that emitted programs get: parallel_for on one pool for the process, with as many
// threads as the setting TSC_THREADS says, or one per usable core. A child after fork() starts
// workers of its own; at exit they are joined. Throws BadSetting.
const tsc_host* default_host();

// Threads that default_host() uses, the caller included. Throws BadSetting.
int thread_count();

} // namespace tsc
