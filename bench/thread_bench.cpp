// How long a worker of the pool that fell asleep takes to begin with a call, while its caller
// computes on: microseconds, the median and the slowest in ten, after pauses of several lengths.
//
//   thread_bench
#include "runtime/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

using namespace tsc;

namespace {

using Clock = std::chrono::steady_clock;

struct Call {
  std::thread::id caller = std::this_thread::get_id();
  Clock::time_point start = Clock::now();
  std::atomic<double> begun{0}; // microseconds until the first slice on another thread

  double waited() const {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  }

  // The caller's slices end when the worker has begun, or after 20 ms.
  static void body(void* argument, int64_t, int64_t) {
    auto& call = *static_cast<Call*>(argument);
    double none = 0;
    if (std::this_thread::get_id() != call.caller)
      call.begun.compare_exchange_strong(none, call.waited());
    while (call.begun == 0 && call.waited() < 20'000) {
    }
  }
};

} // namespace

int main() {
  ThreadPool pool(2);
  for (const int pause : {50, 500, 5000, 20000}) {
    std::vector<double> times;
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(pause));
      Call call;
      pool.parallel_for(2, 1, Call::body, &call);
      times.push_back(call.begun == 0 ? 20'000 : call.begun.load());
    }
    std::sort(times.begin(), times.end());
    std::printf("after %5d us: %7.1f, %7.1f us\n", pause, times[50], times[90]);
  }
}
