#include "tests/allocations.h"

#include "tests/sanitized.h"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<size_t> count{0};
std::atomic<ptrdiff_t> held{0}, peak{0}, base{0};

[[maybe_unused]] void* allocate(size_t size, size_t alignment) {
  count.fetch_add(1, std::memory_order_relaxed);
  // aligned_alloc wants a multiple of the alignment
  void* p = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (!p) throw std::bad_alloc();
  const auto bytes = static_cast<ptrdiff_t>(::malloc_usable_size(p));
  const ptrdiff_t now = held.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  for (ptrdiff_t seen = peak.load(); seen < now && !peak.compare_exchange_weak(seen, now);)
    ;
  return p;
}

[[maybe_unused]] void release(void* p) noexcept {
  held.fetch_sub(static_cast<ptrdiff_t>(::malloc_usable_size(p)), std::memory_order_relaxed);
  std::free(p);
}

} // namespace

size_t allocations() { return count.load(); }

size_t peak_bytes() { return static_cast<size_t>(peak.load() - base.load()); }

void reset_peak_bytes() {
  base = held.load();
  peak = held.load();
}

#if !TSC_ASAN && !TSC_TSAN // they bring their own
// The array and nothrow forms call these.
void* operator new(size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete(void* p, size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { release(p); }
#endif
