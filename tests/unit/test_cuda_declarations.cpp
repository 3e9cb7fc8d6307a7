// Our declarations of the CUDA driver's functions against NVIDIA's, where cuda.h is found.
#include "runtime/cuda_types.h"
#include "tests/catch.h"

#if __has_include(<cuda.h>)
#include <cuda.h>

#include <type_traits>

using tsc::CudaPool;

namespace {

// Are two types passed alike? Handles of theirs (pointers to what nobody sees) are void* of ours,
// enums are integers.
template <class A, class B>
constexpr bool alike() {
  using X = std::remove_cv_t<A>;
  using Y = std::remove_cv_t<B>;
  if constexpr (std::is_void_v<X> || std::is_void_v<Y>)
    return true; // behind pointers alone
  else if constexpr (std::is_pointer_v<X> && std::is_pointer_v<Y>)
    return alike<std::remove_pointer_t<X>, std::remove_pointer_t<Y>>();
  else if constexpr (std::is_pointer_v<X> || std::is_pointer_v<Y>)
    return false;
  else if constexpr (std::is_same_v<X, CudaPool>)
    return std::is_same_v<Y, CUmemPoolProps>;
  else
    return std::is_floating_point_v<X> == std::is_floating_point_v<Y> && sizeof(X) == sizeof(Y);
}

template <class... A, class... B>
constexpr bool alike(int (*)(A...), CUresult (*)(B...)) {
  if constexpr (sizeof...(A) == sizeof...(B)) return (alike<A, B>() && ...);
  return false;
}

#define CUDA_FUNCTION(name, parameters)                                                            \
  static_assert(                                                                                   \
      alike(static_cast<int(*) parameters>(nullptr), static_cast<decltype(&::name)>(nullptr)));
#include "runtime/cuda_driver.def"

#define CUDA_NUMBER(name, value) static_assert(int(::name) == value);
#include "runtime/cuda_driver.def"

static_assert(!alike(static_cast<int (*)(int)>(nullptr),
                     static_cast<decltype(&::cuMemFree)>(nullptr)));

static_assert(sizeof(CudaPool) == sizeof(CUmemPoolProps));
static_assert(offsetof(CudaPool, allocation) == offsetof(CUmemPoolProps, allocType));
static_assert(offsetof(CudaPool, location) == offsetof(CUmemPoolProps, location.type));
static_assert(offsetof(CudaPool, device) == offsetof(CUmemPoolProps, location.id));
static_assert(offsetof(CudaPool, most) == offsetof(CUmemPoolProps, maxSize));

} // namespace

TEST_CASE("the CUDA driver is declared as in cuda.h") { SUCCEED("compiled"); }
#else
TEST_CASE("the CUDA driver is declared as in cuda.h") {
  WARN("skipped: no cuda.h was found when the build was configured");
}
#endif
