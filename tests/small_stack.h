// Runs code with a stack of 256 KiB, as in a program with many threads (more where a sanitizer
// needs it).
#pragma once

#include "tests/catch.h"

#include <exception>
#include <pthread.h>

namespace tsc::test {

template <class F>
void with_small_stack(F f) {
#ifdef TSC_SANITIZED
  constexpr size_t bytes = 4 << 20;
#else
  constexpr size_t bytes = 256 << 10;
#endif
  struct Job {
    F& f;
    std::exception_ptr failure;
  } job{f, nullptr};
  const auto run = [](void* p) -> void* {
    Job& mine = *static_cast<Job*>(p);
    try {
      mine.f();
    } catch (...) {
      mine.failure = std::current_exception();
    }
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &attributes, run, &job) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  if (job.failure) std::rethrow_exception(job.failure);
}

} // namespace tsc::test
