#include "ir/scalar.h"

#include "ir/typed.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

// The whole prelude. A header that an op row names and that is missing here leaves the op without a
// function, which the test of the table reports.
#if __has_include("codegen/prelude/base.h")
#include "codegen/prelude/base.h"
#endif
#if __has_include("codegen/prelude/arith.h")
#include "codegen/prelude/arith.h"
#endif
#if __has_include("codegen/prelude/int.h")
#include "codegen/prelude/int.h"
#endif
#if __has_include("codegen/prelude/logic.h")
#include "codegen/prelude/logic.h"
#endif
#if __has_include("codegen/prelude/round.h")
#include "codegen/prelude/round.h"
#endif
#if __has_include("codegen/prelude/root.h")
#include "codegen/prelude/root.h"
#endif
#if __has_include("codegen/prelude/pow.h")
#include "codegen/prelude/pow.h"
#endif
#if __has_include("codegen/prelude/exp.h")
#include "codegen/prelude/exp.h"
#endif
#if __has_include("codegen/prelude/log.h")
#include "codegen/prelude/log.h"
#endif
#if __has_include("codegen/prelude/special.h")
#include "codegen/prelude/special.h"
#endif
#if __has_include("codegen/prelude/trig.h")
#include "codegen/prelude/trig.h"
#endif
#if __has_include("codegen/prelude/hyper.h")
#include "codegen/prelude/hyper.h"
#endif
#if __has_include("codegen/prelude/erf.h")
#include "codegen/prelude/erf.h"
#endif
#if __has_include("codegen/prelude/gamma.h")
#include "codegen/prelude/gamma.h"
#endif
#if __has_include("codegen/prelude/cast.h")
#include "codegen/prelude/cast.h"
#endif

namespace tsc {

namespace {

// One struct per row: its dtypes, its signature, and a call of its prelude function.
namespace scalars {
using namespace expr;

template <Op>
struct Scalar;

#define SCALAR(id, ARITY, ...)                                                                     \
  template <>                                                                                      \
  struct Scalar<Op::id> {                                                                          \
    static constexpr size_t arity = ARITY;                                                         \
    static constexpr DTypes types = OpRow{__VA_ARGS__}.types;                                      \
    static constexpr Signature signature = OpRow{__VA_ARGS__}.signature;                           \
    template <class... T>                                                                          \
    requires requires(T... args) { tsc_##id(args...); }                                            \
    static auto call(T... args) { return tsc_##id(args...); }                                      \
  };
#define UNARY(id, ...) SCALAR(id, 1, __VA_ARGS__)
#define BINARY(id, ...) SCALAR(id, 2, __VA_ARGS__)
#define TERNARY(id, ...) SCALAR(id, 3, __VA_ARGS__)
#include "ir/ops/elementwise.def"
#undef SCALAR
#undef UNARY
#undef BINARY
#undef TERNARY
} // namespace scalars

using scalars::Scalar;

// The dtype of operand `i` where the row's operands are D.
template <class S, DType D>
constexpr DType operand_dtype(size_t i) {
  return S::signature == Signature::Select && i == 0 ? DType::Bool : D;
}

template <class S, DType D>
constexpr DType result_dtype = S::signature == Signature::Predicate ? DType::Bool : D;

template <class S, DType D, size_t... I>
constexpr ElementwiseLoop loop_of(std::index_sequence<I...>) {
  if constexpr (requires { S::call(Item<operand_dtype<S, D>(I)>{}...); }) {
    using Result = Item<result_dtype<S, D>>;
    static_assert(std::is_same_v<decltype(S::call(Item<operand_dtype<S, D>(I)>{}...)), Result>,
                  "the prelude's function returns another type than the op's row says");
    return [](char* out, const char* const* args, size_t count) {
      for (size_t i = 0; i < count; ++i)
        store<result_dtype<S, D>>(out, i, S::call(load<operand_dtype<S, D>(I)>(args[I], i)...));
    };
  } else {
    return nullptr;
  }
}

constexpr size_t op_count = 0
#define UNARY(op, ...) +1
#define BINARY(op, ...) +1
#define TERNARY(op, ...) +1
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY
    ;
constexpr size_t dtype_count = 0
#define DTYPE(...) +1
#include "support/dtypes.def"
#undef DTYPE
    ;

using LoopsOfOp = std::array<ElementwiseLoop, dtype_count>;

template <class S, DType D>
constexpr ElementwiseLoop loop_if_allowed() {
  if constexpr (in(D, S::types & AnyReal))
    return loop_of<S, D>(std::make_index_sequence<S::arity>());
  else
    return nullptr;
}

template <Op op>
constexpr LoopsOfOp loops_of_op() {
  return {
#define DTYPE(id, ...) loop_if_allowed<Scalar<op>, DType::id>(),
#include "support/dtypes.def"
#undef DTYPE
  };
}

constexpr std::array<LoopsOfOp, op_count> loops = {
#define UNARY(op, ...) loops_of_op<Op::op>(),
#define BINARY(op, ...) loops_of_op<Op::op>(),
#define TERNARY(op, ...) loops_of_op<Op::op>(),
#include "ir/ops/elementwise.def"
#undef UNARY
#undef BINARY
#undef TERNARY
};

// `value` as a float that rounds to the same f16 or bf16 as `value` itself: inexact values go to
// the neighbour whose last bit is 1, so that they are never taken for a tie ("round to odd").
float odd_float(double value) {
  const float nearest = static_cast<float>(value);
  if (nearest == value || !std::isfinite(nearest)) return nearest;
  const auto bits = std::bit_cast<uint32_t>(nearest);
  if (bits & 1) return nearest;
  const bool too_large = std::fabs(nearest) > std::fabs(value);
  return std::bit_cast<float>(too_large ? bits - 1 : bits + 1);
}

// A float towards 0, saturating, NaN to 0; an integer modulo 2^bits.
template <DType To, class From>
Item<To> converted(From value) {
  using T = Item<To>;
  if constexpr (std::is_same_v<T, bool>) {
    return value != From(0);
  } else if constexpr (in(To, Halves) && std::is_same_v<From, double>) {
    return odd_float(value);
  } else if constexpr (std::is_floating_point_v<T> || !std::is_floating_point_v<From>) {
    return static_cast<T>(value);
  } else {
    // Both bounds are powers of two or 0, so exact in From; the upper is the first value beyond.
    constexpr int bits = sizeof(T) * 8 - (std::is_signed_v<T> ? 1 : 0);
    constexpr From beyond = From(T(1) << (bits - 1)) * 2;
    if (value != value) return 0;
    if (value >= beyond) return std::numeric_limits<T>::max();
    if (value < From(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    return static_cast<T>(value);
  }
}

} // namespace

ElementwiseLoop elementwise_loop(Op op, DType dtype) {
  const auto row = static_cast<size_t>(op);
  return row < op_count ? loops[row][static_cast<size_t>(dtype)] : nullptr;
}

ElementwiseLoop cast_loop(DType from, DType to) {
  if (in(from, Complexes) || in(to, Complexes)) return nullptr;
  return with_dtype(from, [&]<DType From>() {
    return with_dtype(to, [&]<DType To>() -> ElementwiseLoop {
      return [](char* out, const char* const* args, size_t count) {
        for (size_t i = 0; i < count; ++i)
          store<To>(out, i, converted<To>(load<From>(args[0], i)));
      };
    });
  });
}

} // namespace tsc
