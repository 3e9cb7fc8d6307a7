// Counts allocations of a whole process: loaded before everything else (LD_PRELOAD), it stands in
// front of the C library's malloc.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace {
std::atomic<int64_t> count{0};
}

extern "C" {
// The C library's own, under the names that it keeps for this.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

#define EXPORT __attribute__((visibility("default")))

EXPORT int64_t malloc_count() { return count.load(); }
EXPORT void* malloc(size_t n) { return ++count, __libc_malloc(n); }
EXPORT void* calloc(size_t n, size_t m) { return ++count, __libc_calloc(n, m); }
EXPORT void* realloc(void* p, size_t n) { return ++count, __libc_realloc(p, n); }
EXPORT void* memalign(size_t a, size_t n) { return ++count, __libc_memalign(a, n); }
EXPORT void* aligned_alloc(size_t a, size_t n) { return ++count, __libc_memalign(a, n); }
EXPORT int posix_memalign(void** p, size_t a, size_t n) {
  ++count;
  *p = __libc_memalign(a, n);
  return *p ? 0 : ENOMEM;
}
}
