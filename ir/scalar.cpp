#include "ir/scalar.h"

#include "ir/typed.h"
// The headers that op rows name. A function that is missing leaves its place of the table empty,
// which a test reports.
#include "codegen/prelude/cast.h"
#include "codegen/prelude/complex.h"
#include "codegen/prelude/erf.h"
#include "codegen/prelude/erfcx.h"
#include "codegen/prelude/exp.h"
#include "codegen/prelude/gamma.h"
#include "codegen/prelude/hyper.h"
#include "codegen/prelude/int.h"
#include "codegen/prelude/log.h"
#include "codegen/prelude/pow.h"
#include "codegen/prelude/round.h"
#include "codegen/prelude/special.h"
#include "codegen/prelude/trig.h"

#include <array>
#include <type_traits>
#include <utility>

namespace tsc {

// Complex items as the prelude has them.
template <>
struct item_of<DType::C64> {
  using Item = tsc_c64;
};
template <>
struct item_of<DType::C128> {
  using Item = tsc_c128;
};

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
      requires requires(T... args) { tsc_##id(args...); }                                          \
    static auto call(T... args) {                                                                  \
      return tsc_##id(args...);                                                                    \
    }                                                                                              \
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
constexpr DType result_dtype = S::signature == Signature::Predicate ? DType::Bool
                               : S::signature == Signature::Part    ? part_type(D)
                                                                    : D;

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
  if constexpr (in(D, S::types))
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

// The item of `From` as one of `To`, by the prelude's casts.
template <DType From, DType To>
void cast_item(char* out, Item<From> x, size_t i) {
  if constexpr (in(To, Halves))
    store<To>(out, i, tsc_to_half(x));
  else if constexpr (To == DType::Bool)
    store<To>(out, i, tsc_to_bool(x));
  else if constexpr (To == DType::I8)
    store<To>(out, i, tsc_to_i8(x));
  else if constexpr (To == DType::I16)
    store<To>(out, i, tsc_to_i16(x));
  else if constexpr (To == DType::I32)
    store<To>(out, i, tsc_to_i32(x));
  else if constexpr (To == DType::I64)
    store<To>(out, i, tsc_to_i64(x));
  else if constexpr (To == DType::U8)
    store<To>(out, i, tsc_to_u8(x));
  else if constexpr (To == DType::U16)
    store<To>(out, i, tsc_to_u16(x));
  else if constexpr (To == DType::U32)
    store<To>(out, i, tsc_to_u32(x));
  else if constexpr (To == DType::U64)
    store<To>(out, i, tsc_to_u64(x));
  else if constexpr (To == DType::F64)
    store<To>(out, i, tsc_to_f64(x));
  else
    store<To>(out, i, tsc_to_f32(x));
}

template <DType To>
ElementwiseLoop cast_to_complex(DType from) {
  const auto loop = []<DType From>() -> ElementwiseLoop {
    return [](char* out, const char* const* args, size_t count) {
      for (size_t i = 0; i < count; ++i)
        if constexpr (To == DType::C64)
          store<To>(out, i, tsc_to_c64(load<From>(args[0], i)));
        else
          store<To>(out, i, tsc_to_c128(load<From>(args[0], i)));
    };
  };
  if (from == DType::C64) return loop.template operator()<DType::C64>();
  if (from == DType::C128) return loop.template operator()<DType::C128>();
  return with_dtype(from, loop);
}

} // namespace

ElementwiseLoop elementwise_loop(Op op, DType dtype) {
  const auto row = static_cast<size_t>(op);
  return row < op_count ? loops[row][static_cast<size_t>(dtype)] : nullptr;
}

ElementwiseLoop cast_loop(DType from, DType to) {
  if (to == DType::C64) return cast_to_complex<DType::C64>(from);
  if (to == DType::C128) return cast_to_complex<DType::C128>(from);
  if (in(from, Complexes)) return nullptr;
  return with_dtype(from, [&]<DType From>() {
    return with_dtype(to, [&]<DType To>() -> ElementwiseLoop {
      return [](char* out, const char* const* args, size_t count) {
        for (size_t i = 0; i < count; ++i)
          cast_item<From, To>(out, load<From>(args[0], i), i);
      };
    });
  });
}

} // namespace tsc
