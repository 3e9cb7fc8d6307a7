// The interpreter against values computed by hand or printed by NumPy. Elementwise ops and casts;
// the other kinds stand in test_interpret_kinds.cpp.
#include "ir/scalar.h"
#include "tests/unit/evaluate.h"

#include <chrono>

using namespace tsc;

TEST_CASE("every elementwise row has a scalar function for each of its dtypes") {
  for (const OpRow& r : all_ops()) {
    if (r.kind != Kind::Elementwise || r.signature == Signature::Cast) continue;
    for (const DTypeRow& d : all_dtypes()) {
      INFO(r.name << " of " << d.name);
      CHECK((elementwise_loop(r.op, d.dtype) != nullptr) == in(d.dtype, r.types));
    }
  }
}

TEST_CASE("floor_div and mod round down, as NumPy's // and %") {
  const auto x = i32({8}, {7, -7, 7, -7, 6, -6, 0, 5}), y = i32({8}, {2, 2, -2, -2, 3, 3, 4, 0});
  CHECK_VALUE(evaluated(x, y, build::floor_div), i32({8}, {3, -4, -4, 3, 2, -2, 0, 0}));
  CHECK_VALUE(evaluated(x, y, build::mod), i32({8}, {1, 1, -1, -1, 0, 0, 0, 0}));
  const auto a = f64({6}, {7.5, -7.5, 7.5, -7.5, -0.0, 1}), b = f64({6}, {2, 2, -2, -2, 3, Inf});
  CHECK_VALUE(evaluated(a, b, build::floor_div), f64({6}, {3, -4, -4, 3, -0.0, 0}));
  CHECK_VALUE(evaluated(a, b, build::mod), f64({6}, {1.5, 0.5, -0.5, -1.5, 0, 1}));
  // The least integer has no positive counterpart: the quotient by -1 wraps.
  const auto least = ints(DType::I8, {1}, {-128}), minus_one = ints(DType::I8, {1}, {-1});
  CHECK_VALUE(evaluated(least, minus_one, build::floor_div), least);
  CHECK_VALUE(evaluated(least, minus_one, build::mod), ints(DType::I8, {1}, {0}));
}

TEST_CASE("integers wrap around") {
  const auto a = ints(DType::I8, {3}, {127, -128, 100}), b = ints(DType::I8, {3}, {1, -1, 3});
  CHECK_VALUE(evaluated(a, b, build::add), ints(DType::I8, {3}, {-128, 127, 103}));
  CHECK_VALUE(evaluated(a, b, build::mul), ints(DType::I8, {3}, {127, -128, 44}));
  CHECK_VALUE(evaluated(b, a, build::sub), ints(DType::I8, {3}, {-126, 127, -97}));
  CHECK_VALUE(evaluated(ints(DType::I8, {2}, {-128, 5}), build::neg),
              ints(DType::I8, {2}, {-128, -5}));
  CHECK_VALUE(evaluated(ints(DType::I8, {2}, {-128, -5}), build::abs),
              ints(DType::I8, {2}, {-128, 5}));
  const auto big = i64({1}, {std::numeric_limits<int64_t>::max()});
  CHECK_VALUE(evaluated(big, big, build::mul), i64({1}, {1}));
  const auto u = ints(DType::U16, {2}, {0, 65535}), one = ints(DType::U16, {2}, {1, 1});
  CHECK_VALUE(evaluated(u, one, build::sub), ints(DType::U16, {2}, {65535, 65534}));
  CHECK_VALUE(evaluated(u, one, build::add), ints(DType::U16, {2}, {1, 0}));
}

TEST_CASE("integer powers") {
  const auto x = i32({7}, {2, -2, 0, 1, -1, -1, 3}), y = i32({7}, {10, 3, 0, -5, -5, -4, -1});
  CHECK_VALUE(evaluated(x, y, build::pow), i32({7}, {1024, -8, 1, 1, -1, 1, 0}));
}

TEST_CASE("shifts outside the width") {
  const auto x = i32({6}, {1, -1, 1, -8, -8, 8}), y = i32({6}, {31, 32, -1, 1, 40, -1});
  CHECK_VALUE(evaluated(x, y, build::shift_left), i32({6}, {INT32_MIN, 0, 0, -16, 0, 0}));
  CHECK_VALUE(evaluated(x, y, build::shift_right), i32({6}, {0, -1, 0, -4, -1, 0}));
  const auto u = ints(DType::U8, {3}, {255, 255, 255}), n = ints(DType::U8, {3}, {4, 8, 200});
  CHECK_VALUE(evaluated(u, n, build::shift_left), ints(DType::U8, {3}, {240, 0, 0}));
  CHECK_VALUE(evaluated(u, n, build::shift_right), ints(DType::U8, {3}, {15, 0, 0}));
}

TEST_CASE("rounding: halves go to the even neighbour, signs of zero stay") {
  const auto x = f32({7}, {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.2});
  CHECK_VALUE(evaluated(x, build::round), f32({7}, {-2, -2, -0.0, 0, 2, 2, -0.0}));
  CHECK_VALUE(evaluated(x, build::floor), f32({7}, {-3, -2, -1, 0, 1, 2, -1}));
  CHECK_VALUE(evaluated(x, build::ceil), f32({7}, {-2, -1, -0.0, 1, 2, 3, -0.0}));
  CHECK_VALUE(evaluated(x, build::trunc), f32({7}, {-2, -1, -0.0, 0, 1, 2, -0.0}));
}

TEST_CASE("extremes: NaN wins, +0 is above -0") {
  const auto x = f32({5}, {1, NaN, 2, -0.0, 0.0}), y = f32({5}, {2, 1, NaN, 0.0, -0.0});
  CHECK_VALUE(evaluated(x, y, build::maximum), f32({5}, {2, NaN, NaN, 0.0, 0.0}));
  CHECK_VALUE(evaluated(x, y, build::minimum), f32({5}, {1, NaN, NaN, -0.0, -0.0}));
}

TEST_CASE("clip is minimum(maximum(x, low), high)") {
  const auto clip = [](const std::vector<Value>& v) { return build::clip(v[0], v[1], v[2]); };
  CHECK_VALUE(evaluated({f32({4}, {-3, 0.5, 9, NaN}), f32({}, {-1}), f32({}, {1})}, clip),
              f32({4}, {-1, 0.5, 1, NaN}));
  // Crossed bounds: the upper wins, as in NumPy.
  CHECK_VALUE(evaluated({i32({3}, {1, 5, 9}), i32({}, {8}), i32({}, {2})}, clip),
              i32({3}, {2, 2, 2}));
}

TEST_CASE("sign") {
  CHECK_VALUE(evaluated(f32({5}, {-3, 0, 2, NaN, -Inf}), build::sign),
              f32({5}, {-1, 0, 1, NaN, -1}));
  CHECK_VALUE(evaluated(i32({3}, {-3, 0, 2}), build::sign), i32({3}, {-1, 0, 1}));
  CHECK_VALUE(evaluated(ints(DType::U8, {2}, {0, 200}), build::sign), ints(DType::U8, {2}, {0, 1}));
}

TEST_CASE("comparisons are false for NaN, but not_equal") {
  const auto x = f64({4}, {1, NaN, 0.0, Inf}), y = f64({4}, {2, NaN, -0.0, Inf});
  CHECK_VALUE(evaluated(x, y, build::equal), bools({4}, {0, 0, 1, 1}));
  CHECK_VALUE(evaluated(x, y, build::not_equal), bools({4}, {1, 1, 0, 0}));
  CHECK_VALUE(evaluated(x, y, build::less), bools({4}, {1, 0, 0, 0}));
  CHECK_VALUE(evaluated(x, y, build::less_equal), bools({4}, {1, 0, 1, 1}));
  CHECK_VALUE(evaluated(x, y, build::greater), bools({4}, {0, 0, 0, 0}));
  CHECK_VALUE(evaluated(x, y, build::greater_equal), bools({4}, {0, 0, 1, 1}));
  const auto u = ints(DType::U64, {1}, {-1}), zero = ints(DType::U64, {1}, {0});
  CHECK_VALUE(evaluated(u, zero, build::greater), bools({1}, {1}));
}

TEST_CASE("select takes items unrounded, of every dtype") {
  const auto select = [](const std::vector<Value>& v) { return build::select(v[0], v[1], v[2]); };
  const auto c = bools({3}, {1, 0, 1});
  CHECK_VALUE(evaluated({c, f16({3}, {1, 2, 3}), f16({3}, {4, 5, 6})}, select),
              f16({3}, {1, 5, 3}));
  CHECK_VALUE(evaluated({c, bools({3}, {1, 1, 0}), bools({3}, {0, 0, 1})}, select),
              bools({3}, {1, 0, 0}));
}

TEST_CASE("f16 and bf16 are computed in f32 and rounded after every op") {
  // 2048 + 1 lies between two f16 numbers and goes to the even one.
  CHECK_VALUE(evaluated(f16({2}, {2048, 60000}), f16({2}, {1, 60000}), build::add),
              f16({2}, {2048, Inf}));
  const auto b = TensorValue::of(DType::BF16, {1}, {256});
  CHECK_VALUE(evaluated(b, TensorValue::of(DType::BF16, {1}, {1}), build::add), b);
}

namespace {

TensorValue cast_to(const TensorValue& x, DType dtype) {
  return evaluated({x}, [&](const std::vector<Value>& v) { return build::cast(v[0], dtype); });
}

} // namespace

TEST_CASE("casts to integers go towards 0 and saturate; NaN gives 0") {
  const auto x = f32({8}, {-1.9, 1.9, 300, -300, Inf, -Inf, NaN, 1e30});
  CHECK_VALUE(cast_to(x, DType::I8), ints(DType::I8, {8}, {-1, 1, 127, -128, 127, -128, 0, 127}));
  CHECK_VALUE(cast_to(x, DType::U8), ints(DType::U8, {8}, {0, 1, 255, 0, 255, 0, 0, 255}));
  CHECK_VALUE(cast_to(x, DType::I64),
              i64({8}, {-1, 1, 300, -300, INT64_MAX, INT64_MIN, 0, INT64_MAX}));
  CHECK_VALUE(cast_to(x, DType::U64), ints(DType::U64, {8}, {0, 1, 300, 0, -1, 0, 0, -1}));
  CHECK_VALUE(cast_to(f64({2}, {2147483647.9, -2147483648.9}), DType::I32),
              i32({2}, {INT32_MAX, INT32_MIN}));
}

TEST_CASE("casts between integers wrap; to bool: is it not 0; to floats: nearest") {
  CHECK_VALUE(cast_to(i32({3}, {300, -1, 128}), DType::U8), ints(DType::U8, {3}, {44, 255, 128}));
  CHECK_VALUE(cast_to(i32({2}, {128, -129}), DType::I8), ints(DType::I8, {2}, {-128, 127}));
  CHECK_VALUE(cast_to(f32({5}, {0, -0.0, 0.1, NaN, Inf}), DType::Bool),
              bools({5}, {0, 0, 1, 1, 1}));
  CHECK_VALUE(cast_to(i32({2}, {16777217, -3}), DType::F32), f32({2}, {16777216, -3}));
  CHECK_VALUE(cast_to(ints(DType::U64, {1}, {-1}), DType::F64), f64({1}, {0x1p64}));
  CHECK_VALUE(cast_to(bools({2}, {0, 1}), DType::F16), f16({2}, {0, 1}));
  CHECK_VALUE(cast_to(f64({2}, {1e300, 0x1p-1074}), DType::F32), f32({2}, {Inf, 0}));
  // 1 + 2^-11 + 2^-40 is above the tie between two f16 numbers; f32 would round it onto the tie.
  CHECK_VALUE(cast_to(f64({1}, {1 + 0x1p-11 + 0x1p-40}), DType::F16), f16({1}, {1 + 0x1p-10}));
}

TEST_CASE("elementwise functions agree with libm") {
  // Not a test of accuracy (tests/ops does that), but of wiring: each op calls its own function.
  const auto x = f64({4}, {0.3, 0.5, 0.9, 0.1});
  const auto check = [&](Value (*op)(Value), double (*libm)(double)) {
    std::vector<double> wanted;
    for (double v : x.to_f64())
      wanted.push_back(libm(v));
    const TensorValue got = evaluated(x, op);
    INFO(text(got));
    CHECK(max_ulp(got, f64({4}, wanted)) <= 4);
  };
  check(build::exp, std::exp), check(build::exp2, std::exp2), check(build::expm1, std::expm1);
  check(build::log, std::log), check(build::log2, std::log2), check(build::log10, std::log10);
  check(build::log1p, std::log1p), check(build::sqrt, std::sqrt), check(build::cbrt, std::cbrt);
  check(build::sin, std::sin), check(build::cos, std::cos), check(build::tan, std::tan);
  check(build::asin, std::asin), check(build::acos, std::acos), check(build::atan, std::atan);
  check(build::sinh, std::sinh), check(build::cosh, std::cosh), check(build::tanh, std::tanh);
  check(build::asinh, std::asinh), check(build::atanh, std::atanh);
  check(build::erf, std::erf), check(build::erfc, std::erfc), check(build::lgamma, std::lgamma);
}

TEST_CASE("ten million additions take a fraction of a second") {
  const auto x = TensorValue::zeros(DType::F32, {10'000'000});
  const auto begin = std::chrono::steady_clock::now();
  const TensorValue y = evaluated(x, x, build::add);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  CHECK(y.count() == 10'000'000);
#ifdef TSC_SANITIZED
  constexpr double most_seconds = 30;
#else
  constexpr double most_seconds = 3; // about 0.03 s; slow machines get room
#endif
  CHECK(took.count() < most_seconds);
}
