// Threads for large kernels: a pool behind tsc_host::parallel_for.
//
// A call cuts its range into one slice per thread and hands them out at once: no queue, no lock, no
// allocation. Workers spin for some microseconds after a call, since kernels come in bursts, and
// then sleep. The caller takes the first slice itself, then those that no worker has begun, so that
// it waits for nobody whom the system does not run. A call from inside a slice, or while another
// thread uses the pool, runs on the calling thread alone, so that nothing can wait for itself.
#pragma once

#include "codegen/prelude/abi.h"

#include <atomic>
#include <cstdint>
#include <memory>
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
  // `grain` but the last. Thread-safe. The body must not throw.
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
    std::atomic<int> epoch{0};     // counts the slices handed to this worker; `stop_epoch` ends it
    std::atomic<bool> open{false}; // the slice waits for whoever resets this: worker or caller
    int64_t begin = 0, end = 0;
    std::thread thread;
  };

  void start();
  void work(Worker& worker);
  void run_if_open(Worker& worker);
  void hand_out(Worker& worker, int64_t begin, int64_t end);

  const int threads_;
  std::unique_ptr<Worker[]> workers_; // threads_ - 1
  std::atomic<bool> busy_{false};     // who sets it may use what follows, until it resets it
  int started_ = 0;                   // workers that run
  Body body_ = nullptr;
  void* argument_ = nullptr;
  alignas(128) std::atomic<int> pending_{0}; // slices handed out and not yet done
};

// The services that emitted programs get: parallel_for on one pool for the process, with as many
// threads as the setting TSC_THREADS says, or one per usable core. A child after fork() starts
// workers of its own; at exit they are joined. Throws BadSetting.
const tsc_host* default_host();

// Threads that default_host() uses, the caller included. Throws BadSetting.
int thread_count();

} // namespace tsc
