#include "compiler/in_parallel.h"

#include "runtime/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace tsc {

namespace {

// Handlers of the host keep running on threads of the host.
std::vector<std::jthread> start(size_t threads, const std::function<void()>& body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::vector<std::jthread> started;
  try {
    while (started.size() < threads)
      started.emplace_back(body);
  } catch (const std::system_error&) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

} // namespace

void in_parallel(size_t count, const std::function<void(size_t)>& work) {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i; (i = next++) < count;)
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
  };
  const size_t threads = std::min<size_t>(static_cast<size_t>(thread_count()), count);
  std::vector<std::jthread> helpers = start(threads > 0 ? threads - 1 : 0, take);
  take();
  helpers.clear(); // joins
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

} // namespace tsc
