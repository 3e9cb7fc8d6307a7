// The same work on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace tsc {

// Calls work(0) to work(count - 1) on thread_count() threads, the caller's among them, and throws
// what the first of them in this order threw. Where the system refuses threads there are fewer.
void in_parallel(size_t count, const std::function<void(size_t)>& work);

} // namespace tsc
