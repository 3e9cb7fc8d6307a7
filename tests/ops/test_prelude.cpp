// The prelude's exact functions (integers, casts, half precision, rounding, extrema, floored
// division) and the special values of the others.
#include "codegen/prelude/arith.h"
#include "codegen/prelude/cast.h"
#include "codegen/prelude/erf.h"
#include "codegen/prelude/erfcx.h"
#include "codegen/prelude/exp.h"
#include "codegen/prelude/gamma.h"
#include "codegen/prelude/half.h"
#include "codegen/prelude/hyper.h"
#include "codegen/prelude/int.h"
#include "codegen/prelude/log.h"
#include "codegen/prelude/logic.h"
#include "codegen/prelude/mod.h"
#include "codegen/prelude/pow.h"
#include "codegen/prelude/root.h"
#include "codegen/prelude/round.h"
#include "codegen/prelude/special.h"
#include "codegen/prelude/trig.h"
#include "support/dtype.h"
#include "tests/catch.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double NaN = std::numeric_limits<double>::quiet_NaN();
constexpr double tiny = std::numeric_limits<double>::denorm_min();
constexpr double pi = 3.14159265358979323846;

// Equal to the sign of zero; NaN equals NaN.
template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

struct UnarySpecial {
  const char* name;
  float (*f32)(float);
  double (*f64)(double);
  double x, y;
};

struct BinarySpecial {
  const char* name;
  float (*f32)(float, float);
  double (*f64)(double, double);
  double a, b, y;
};

#define UNARY(name)                                                                                \
  #name, [](float x) { return tsc_##name(x); }, [](double x) { return tsc_##name(x); }
#define BINARY(name)                                                                               \
  #name, [](float a, float b) { return tsc_##name(a, b); },                                        \
      [](double a, double b) { return tsc_##name(a, b); }

const UnarySpecial unary_specials[] = {
    {UNARY(acos), 1, 0},          {UNARY(acos), 1.5, NaN},
    {UNARY(acos), inf, NaN},      {UNARY(acosh), 1, 0},
    {UNARY(acosh), 0.5, NaN},     {UNARY(acosh), -inf, NaN},
    {UNARY(acosh), inf, inf},     {UNARY(asin), -0.0, -0.0},
    {UNARY(asin), -1.5, NaN},     {UNARY(asinh), -0.0, -0.0},
    {UNARY(asinh), -inf, -inf},   {UNARY(atan), -0.0, -0.0},
    {UNARY(atan), inf, pi / 2},   {UNARY(atan), -inf, -pi / 2},
    {UNARY(atanh), -0.0, -0.0},   {UNARY(atanh), 1, inf},
    {UNARY(atanh), -1, -inf},     {UNARY(atanh), 2, NaN},
    {UNARY(atanh), inf, NaN},     {UNARY(cbrt), -0.0, -0.0},
    {UNARY(cbrt), -inf, -inf},    {UNARY(cbrt), -27, -3},
    {UNARY(ceil), -0.5, -0.0},    {UNARY(cos), 0, 1},
    {UNARY(cos), inf, NaN},       {UNARY(cosh), -inf, inf},
    {UNARY(cosh), -0.0, 1},       {UNARY(digamma), 0.0, -inf},
    {UNARY(digamma), -0.0, inf},  {UNARY(digamma), -1, NaN},
    {UNARY(digamma), inf, inf},   {UNARY(digamma), -inf, NaN},
    {UNARY(erf), -0.0, -0.0},     {UNARY(erf), inf, 1},
    {UNARY(erf), -inf, -1},       {UNARY(erfc), inf, 0},
    {UNARY(erfc), -inf, 2},       {UNARY(exp), -0.0, 1},
    {UNARY(exp), inf, inf},       {UNARY(exp), -inf, 0},
    {UNARY(exp2), -3, 0.125},     {UNARY(exp2), inf, inf},
    {UNARY(exp2), -inf, 0},       {UNARY(expm1), -0.0, -0.0},
    {UNARY(expm1), inf, inf},     {UNARY(expm1), -inf, -1},
    {UNARY(floor), -0.5, -1},     {UNARY(floor), -0.0, -0.0},
    {UNARY(lgamma), 1, 0},        {UNARY(lgamma), 2, 0},
    {UNARY(lgamma), 0, inf},      {UNARY(lgamma), -0.0, inf},
    {UNARY(lgamma), -3, inf},     {UNARY(lgamma), inf, inf},
    {UNARY(lgamma), -inf, inf},   {UNARY(log), 1, 0},
    {UNARY(log), 0, -inf},        {UNARY(log), -0.0, -inf},
    {UNARY(log), -1, NaN},        {UNARY(log), -inf, NaN},
    {UNARY(log), inf, inf},       {UNARY(log10), 1000, 3},
    {UNARY(log10), 0, -inf},      {UNARY(log1mexp), 0, -inf},
    {UNARY(log1mexp), -inf, 0},   {UNARY(log1mexp), 1, NaN},
    {UNARY(log1p), -0.0, -0.0},   {UNARY(log1p), -1, -inf},
    {UNARY(log1p), -2, NaN},      {UNARY(log1p), inf, inf},
    {UNARY(log2), 8, 3},          {UNARY(log2), 0.125, -3},
    {UNARY(neg), 0, -0.0},        {UNARY(reciprocal), -0.0, -inf},
    {UNARY(round), 2.5, 2},       {UNARY(round), 3.5, 4},
    {UNARY(round), -0.5, -0.0},   {UNARY(rsqrt), 4, 0.5},
    {UNARY(rsqrt), 0, inf},       {UNARY(rsqrt), -0.0, -inf},
    {UNARY(rsqrt), inf, 0},       {UNARY(rsqrt), -1, NaN},
    {UNARY(sigmoid), 0, 0.5},     {UNARY(sigmoid), inf, 1},
    {UNARY(sigmoid), -inf, 0},    {UNARY(sign), -0.0, -0.0},
    {UNARY(sign), -inf, -1},      {UNARY(sin), -0.0, -0.0},
    {UNARY(sin), -inf, NaN},      {UNARY(sinh), -0.0, -0.0},
    {UNARY(sinh), -inf, -inf},    {UNARY(softplus), -inf, 0},
    {UNARY(softplus), inf, inf},  {UNARY(sqrt), -0.0, -0.0},
    {UNARY(sqrt), -1, NaN},       {UNARY(sqrt), inf, inf},
    {UNARY(tan), -0.0, -0.0},     {UNARY(tan), inf, NaN},
    {UNARY(tanh), -0.0, -0.0},    {UNARY(tanh), inf, 1},
    {UNARY(tanh), -inf, -1},      {UNARY(trunc), -0.5, -0.0},
    {UNARY(erfcx), -inf, inf},    {UNARY(erfcx), inf, 0},
    {UNARY(erfcx), 0, 1},         {UNARY(log_erfc), -inf, 0.6931471805599453},
    {UNARY(log_erfc), inf, -inf}, {UNARY(trigamma), 0.0, inf},
    {UNARY(trigamma), -2, inf},   {UNARY(trigamma), inf, 0},
    {UNARY(trigamma), -inf, NaN}, {UNARY(trigamma), 1, pi * pi / 6},
};

const BinarySpecial binary_specials[] = {
    {BINARY(atan2), 0.0, 0.0, 0.0},
    {BINARY(atan2), -0.0, 0.0, -0.0},
    {BINARY(atan2), 0.0, -0.0, pi},
    {BINARY(atan2), -0.0, -0.0, -pi},
    {BINARY(atan2), 0.0, -1, pi},
    {BINARY(atan2), 1, 0.0, pi / 2},
    {BINARY(atan2), -1, -0.0, -pi / 2},
    {BINARY(atan2), 1, inf, 0.0},
    {BINARY(atan2), -1, inf, -0.0},
    {BINARY(atan2), 1, -inf, pi},
    {BINARY(atan2), inf, 1, pi / 2},
    {BINARY(atan2), NaN, 1, NaN},
    {BINARY(atan2), 1, NaN, NaN},
    {BINARY(floor_div), 7, 2, 3},
    {BINARY(floor_div), -7, 2, -4},
    {BINARY(floor_div), 7, -2, -4},
    {BINARY(floor_div), -7, -2, 3},
    {BINARY(floor_div), 6, -2, -3},
    {BINARY(floor_div), -0.0, 2, -0.0},
    {BINARY(floor_div), 1, 0.0, inf},
    {BINARY(floor_div), 1, -0.0, -inf},
    {BINARY(floor_div), 0, 0, NaN},
    {BINARY(floor_div), 1, inf, 0},
    {BINARY(floor_div), -1, inf, -1},
    {BINARY(floor_div), inf, 1, NaN},
    {BINARY(hypot), inf, NaN, inf},
    {BINARY(hypot), NaN, -inf, inf},
    {BINARY(hypot), NaN, 1, NaN},
    {BINARY(hypot), -3, 4, 5},
    {BINARY(hypot), -0.0, -0.0, 0},
    {BINARY(logaddexp), -inf, -inf, -inf},
    {BINARY(logaddexp), inf, inf, inf},
    {BINARY(logaddexp), inf, -inf, inf},
    {BINARY(logaddexp), 3, -inf, 3},
    {BINARY(logaddexp), NaN, inf, NaN},
    {BINARY(logaddexp), -inf, NaN, NaN},
    {BINARY(maximum), -0.0, 0.0, 0.0},
    {BINARY(maximum), 0.0, -0.0, 0.0},
    {BINARY(maximum), NaN, 1, NaN},
    {BINARY(maximum), 1, NaN, NaN},
    {BINARY(minimum), -0.0, 0.0, -0.0},
    {BINARY(minimum), 0.0, -0.0, -0.0},
    {BINARY(minimum), NaN, 1, NaN},
    {BINARY(minimum), 1, NaN, NaN},
    {BINARY(mod), 7, 3, 1},
    {BINARY(mod), -7, 3, 2},
    {BINARY(mod), 7, -3, -2},
    {BINARY(mod), -7, -3, -1},
    {BINARY(mod), -6, 3, 0.0},
    {BINARY(mod), 6, -3, -0.0},
    {BINARY(mod), 1, 0, NaN},
    {BINARY(mod), inf, 1, NaN},
    {BINARY(mod), 1, inf, 1},
    {BINARY(mod), -1, inf, inf},
    {BINARY(mod), 1, -inf, -inf},
    {BINARY(mod), 0x1p100, 3, 1},
    {BINARY(mod), -0x1p100, 3, 2},
    // C99's table for pow.
    {BINARY(pow), 0.0, -3, inf},
    {BINARY(pow), -0.0, -3, -inf},
    {BINARY(pow), 0.0, -2, inf},
    {BINARY(pow), -0.0, -2.5, inf},
    {BINARY(pow), 0.0, -inf, inf},
    {BINARY(pow), -0.0, 3, -0.0},
    {BINARY(pow), -0.0, 2.5, 0.0},
    {BINARY(pow), 0.0, 0.0, 1},
    {BINARY(pow), -1, inf, 1},
    {BINARY(pow), -1, -inf, 1},
    {BINARY(pow), 1, NaN, 1},
    {BINARY(pow), NaN, 0.0, 1},
    {BINARY(pow), NaN, -0.0, 1},
    {BINARY(pow), NaN, 1, NaN},
    {BINARY(pow), 2, NaN, NaN},
    {BINARY(pow), -8, 0.5, NaN},
    {BINARY(pow), -2, 3, -8},
    {BINARY(pow), -2, -2, 0.25},
    {BINARY(pow), 0.5, -inf, inf},
    {BINARY(pow), 2, -inf, 0.0},
    {BINARY(pow), -0.5, inf, 0.0},
    {BINARY(pow), -2, inf, inf},
    {BINARY(pow), -inf, -3, -0.0},
    {BINARY(pow), -inf, -2, 0.0},
    {BINARY(pow), -inf, 3, -inf},
    {BINARY(pow), -inf, 2.5, inf},
    {BINARY(pow), inf, -1, 0.0},
    {BINARY(pow), inf, 2, inf},
    {BINARY(pow), 10, 3, 1000},
    {BINARY(xlogy), 0, 0, 0},
    {BINARY(xlogy), 0, inf, 0},
    {BINARY(xlogy), 0, -1, 0},
    {BINARY(xlogy), 0, NaN, NaN},
    {BINARY(xlogy), NaN, 1, NaN},
    {BINARY(xlogy), 2, 0, -inf},
};

// Nearest even, by the definition: the candidates are the value cut off and its successor.
std::uint16_t reference_f16(float x) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const double magnitude = std::fabs(double(x));
  if (magnitude >= 65520) return sign | 0x7c00;
  int exponent = magnitude < 0x1p-14 ? -14 : std::ilogb(magnitude);
  const double steps = std::nearbyint(std::ldexp(magnitude, 10 - exponent));
  const int biased = exponent + 14; // steps includes the hidden bit unless subnormal
  return sign | std::uint16_t(biased * 1024 + int(steps));
}

template <class T>
void check_integer_arithmetic() {
  constexpr T lowest = std::numeric_limits<T>::min(), highest = std::numeric_limits<T>::max();
  std::mt19937_64 random(1);
  std::vector<T> samples = {0, 1, 2, 3, 7, T(-1), T(-2), T(-7), lowest, T(lowest + 1), highest};
  for (int i = 0; i < 50; ++i)
    samples.push_back(T(random()));
  for (T a : samples)
    for (T b : samples) {
      INFO(+a << ", " << +b);
      const __int128 wide_a = a, wide_b = b;
      CHECK(tsc_add(a, b) == T(wide_a + wide_b));
      CHECK(tsc_sub(a, b) == T(wide_a - wide_b));
      CHECK(tsc_mul(a, b) == T((unsigned __int128)(wide_a) * (unsigned __int128)(wide_b)));
      CHECK(tsc_maximum(a, b) == std::max(a, b));
      CHECK(tsc_minimum(a, b) == std::min(a, b));
      if (b == 0) {
        CHECK(tsc_floor_div(a, b) == 0);
        CHECK(tsc_mod(a, b) == 0);
      } else {
        __int128 quotient = wide_a / wide_b;
        if (quotient * wide_b != wide_a && (wide_a < 0) != (wide_b < 0)) --quotient;
        CHECK(tsc_floor_div(a, b) == T(quotient));
        CHECK(tsc_mod(a, b) == T(wide_a - quotient * wide_b));
      }
      const bool inside = b >= 0 && b < T(sizeof(T) * 8);
      CHECK(tsc_shift_left(a, b) == (inside ? T(wide_a << int(b)) : T(0)));
      CHECK(tsc_shift_right(a, b) == (inside ? T(wide_a >> int(b)) : T(a < 0 ? -1 : 0)));
    }
  CHECK(tsc_neg(lowest) == T(-__int128(lowest)));
  CHECK(tsc_abs(lowest) == (lowest < 0 ? lowest : T(0)));
  CHECK(tsc_sign(highest) == 1);
  CHECK(tsc_sign(T(0)) == 0);
  CHECK(tsc_clip(T(9), T(1), T(5)) == 5);
  CHECK(tsc_pow(T(3), T(4)) == T(81));
  CHECK(tsc_pow(T(7), T(0)) == 1);
  CHECK(tsc_pow(T(0), T(0)) == 1);
  T power = 1;
  for (int exponent = 0; exponent < 100; ++exponent) {
    CHECK(tsc_pow(T(13), T(exponent)) == power);
    power = tsc_mul(power, T(13));
  }
  if (std::is_signed_v<T>) {
    CHECK(tsc_sign(lowest) == T(-1));
    CHECK(tsc_pow(T(5), T(-1)) == 0);
    CHECK(tsc_pow(T(0), T(-1)) == 0);
    CHECK(tsc_pow(T(1), T(-3)) == 1);
    CHECK(tsc_pow(T(-1), T(-3)) == T(-1));
    CHECK(tsc_pow(T(-1), T(-4)) == 1);
  }
}

// `cast` of the float types: truncation inside the range, its ends outside, 0 for NaN.
template <class To, class F32, class F64>
void check_float_cast(F32 from_f32, F64 from_f64) {
  constexpr To lowest = std::numeric_limits<To>::min(), highest = std::numeric_limits<To>::max();
  std::mt19937_64 random(1);
  const auto expected = [](double x) {
    if (std::isnan(x)) return To(0);
    if (x >= std::ldexp(1.0, std::numeric_limits<To>::digits)) return highest;
    if (x <= double(lowest)) return lowest;
    return To(__int128(x));
  };
  const double edge = std::ldexp(1.0, std::numeric_limits<To>::digits);
  for (double x :
       {0.0, -0.0, 0.9, -0.9, 1.5, -1.5, edge, edge - 0.5, edge - 1, -edge, -edge - 0.5, -edge - 1,
        -edge - 1.5, 1e30, -1e30, inf, -inf, NaN, std::nextafter(edge, 0.0)}) {
    INFO(x);
    CHECK(from_f64(x) == expected(x));
    CHECK(from_f32(float(x)) == expected(float(x)));
  }
  std::uniform_real_distribution<double> around(-2 * edge, 2 * edge);
  for (int i = 0; i < 2000; ++i) {
    const double x = around(random);
    CHECK(from_f64(x) == expected(x));
    CHECK(from_f32(float(x)) == expected(float(x)));
  }
}

} // namespace

TEST_CASE("special values", "[prelude]") {
  for (const UnarySpecial& row : unary_specials) {
    INFO(row.name << "(" << row.x << ") = " << row.y << "; f32 " << row.f32(float(row.x))
                  << ", f64 " << row.f64(row.x));
    CHECK(same(row.f32(float(row.x)), float(row.y)));
    CHECK(same(row.f64(row.x), row.y));
    CHECK(std::isnan(row.f32(float(NaN))));
    CHECK(std::isnan(row.f64(NaN)));
  }
  for (const BinarySpecial& row : binary_specials) {
    INFO(row.name << "(" << row.a << ", " << row.b << ") = " << row.y << "; f32 "
                  << row.f32(float(row.a), float(row.b)) << ", f64 " << row.f64(row.a, row.b));
    CHECK(same(row.f32(float(row.a), float(row.b)), float(row.y)));
    CHECK(same(row.f64(row.a, row.b), row.y));
  }
}

TEST_CASE("no premature underflow", "[prelude]") {
  CHECK(tsc_sigmoid(-744.0) == tsc_exp(-744.0));
  CHECK(tsc_sigmoid(-744.0) > 0);
  CHECK(tsc_sigmoid(-103.0f) > 0);
  CHECK(tsc_softplus(-744.0) == tsc_exp(-744.0));
  CHECK(tsc_log1mexp(-744.0) == -tsc_exp(-744.0));
  CHECK(tsc_expm1(tiny) == tiny);
  CHECK(tsc_sin(-tiny) == -tiny);
  CHECK(tsc_erfc(27.0) > 0);
}

TEST_CASE("classification and selection", "[prelude]") {
  CHECK(tsc_isnan(NaN));
  CHECK_FALSE(tsc_isnan(inf));
  CHECK(tsc_isinf(-inf));
  CHECK_FALSE(tsc_isinf(NaN));
  CHECK(tsc_isfinite(0.0f));
  CHECK_FALSE(tsc_isfinite(NaN));
  CHECK_FALSE(tsc_isfinite(-inf));
  CHECK(tsc_select(true, 1, 2) == 1);
  CHECK(tsc_select(false, 1.0, 2.0) == 2.0);
  CHECK(tsc_clip(5.0, 0.0, 1.0) == 1.0);
  CHECK(std::isnan(tsc_clip(NaN, 0.0, 1.0)));
  CHECK(tsc_equal(0.0, -0.0));
  CHECK(tsc_not_equal(NaN, NaN));
  CHECK_FALSE(tsc_less(NaN, 1.0));
  CHECK_FALSE(tsc_greater_equal(NaN, 1.0));
  CHECK(tsc_less_equal(1, 1));
  CHECK(tsc_greater(2u, 1u));
  CHECK(tsc_logical_and(true, true));
  CHECK(tsc_logical_xor(true, false));
  CHECK_FALSE(tsc_logical_or(false, false));
  CHECK_FALSE(tsc_logical_not(true));
  CHECK(tsc_bit_and(tsc_u8(12), tsc_u8(10)) == 8);
  CHECK(tsc_bit_or(tsc_i16(12), tsc_i16(10)) == 14);
  CHECK(tsc_bit_xor(12, 10) == 6);
  CHECK(tsc_bit_not(tsc_u8(1)) == 254);
  CHECK_FALSE(tsc_bit_not(true));
}

TEST_CASE("floored division of floats is exact", "[prelude]") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> wide(-300, 300);
  for (int i = 0; i < 20000; ++i) {
    const double a = std::copysign(std::exp2(wide(random)), wide(random));
    const double b = std::copysign(std::exp2(wide(random)), wide(random));
    const auto expected = [](auto x, auto y) {
      const auto r = std::fmod(x, y);
      return r != 0 && (r < 0) != (y < 0) ? r + y : std::copysign(r, y);
    };
    INFO(a << " mod " << b);
    CHECK(same(tsc_mod(a, b), expected(a, b)));
    const float fa = float(std::copysign(std::exp2(wide(random) / 2.4), a)), fb = float(b);
    if (fb != 0) CHECK(same(tsc_mod(fa, fb), expected(fa, fb)));
    const double c = std::nearbyint(wide(random) * 100), d = std::nearbyint(wide(random));
    if (d != 0) CHECK(tsc_floor_div(c, d) == std::floor(c / d));
  }
}

TEST_CASE("half precision", "[prelude]") {
  for (unsigned h = 0; h < 0x10000; ++h) {
    const float f16 = tsc_f16_to_f32(tsc_u16(h)), bf16 = tsc_bf16_to_f32(tsc_u16(h));
    const unsigned exponent = h >> 10 & 31, mantissa = h & 1023;
    const double magnitude =
        exponent == 0 ? mantissa * 0x1p-24 : std::ldexp(1024.0 + mantissa, int(exponent) - 25);
    INFO(h);
    if (exponent == 31) {
      CHECK((mantissa ? std::isnan(f16) : std::isinf(f16)));
      CHECK(std::signbit(f16) == bool(h & 0x8000));
    } else {
      CHECK(same(f16, float(h & 0x8000 ? -magnitude : magnitude)));
    }
    // Back again, past the optimiser, which may fold both ways to none: signalling NaNs come back
    // quiet.
    volatile float stored = f16;
    CHECK(tsc_f32_to_f16(stored) == (exponent == 31 && mantissa ? h | 0x200 : h));
    const bool bf16_nan = (h & 0x7fff) > 0x7f80;
    CHECK(tsc_bits(bf16) == (bf16_nan ? (h | 0x40) << 16 : h << 16));
    CHECK(tsc_f32_to_bf16(bf16) == (bf16_nan ? h | 0x40 : h));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    // Half of the samples within f16's range, all near ties included.
    tsc_u32 bits = tsc_u32(random());
    if (i % 2) bits = (bits & 0x8fffffff) % 0x0f000000 + 0x33000000 + (bits & 0x80000000);
    if (i % 4 == 1) bits &= ~0xfffu;
    const float x = tsc_from_bits(bits);
    if (std::isnan(x)) continue;
    INFO(x);
    CHECK(tsc_f32_to_f16(x) == reference_f16(x));
    const tsc_u32 tie = bits & 0xffff, kept = bits >> 16;
    const bool up = tie > 0x8000 || (tie == 0x8000 && (kept & 1));
    CHECK(tsc_f32_to_bf16(x) == tsc_u16(kept + up));
  }
}

namespace {

// For all neighbours among the halves: what lies between goes to the nearer one, the middle to the
// even one. `number` gives the value of bits, `half` the bits that a double becomes.
template <class Number, class Half>
void check_one_rounding(unsigned infinity, Number number, Half half) {
  for (unsigned h = 0; h + 1 < infinity; ++h) {
    const double low = number(h), high = number(h + 1), middle = (low + high) / 2;
    const unsigned even = h + (h & 1);
    INFO(h);
    CHECK(half(middle) == even);
    CHECK(half(-middle) == (even | 0x8000));
    CHECK(half(std::nextafter(middle, 0)) == h);
    CHECK(half(std::nextafter(middle, 1e300)) == h + 1);
    CHECK(half(-std::nextafter(middle, 1e300)) == (h + 1) + 0x8000);
    CHECK(half(low) == h);
    if (middle < 1) continue;
    // Integers beside the middle, as far as there are 64-bit ones.
    if (middle < 0x1p63 && middle == std::floor(middle)) {
      const auto i = static_cast<tsc_i64>(middle);
      CHECK(half(i) == even);
      CHECK(half(-i) == even + 0x8000);
      if (high - low >= 4) {
        CHECK(half(i - 1) == h);
        CHECK(half(i + 1) == h + 1);
        CHECK(half(-i - 1) == h + 1 + 0x8000);
        CHECK(half(1 - i) == h + 0x8000);
      }
    }
    if (middle < 0x1p64 && high - low >= 4) {
      const auto u = static_cast<tsc_u64>(middle);
      CHECK(half(u) == even);
      CHECK(half(u - 1) == h);
      CHECK(half(u + 1) == h + 1);
    }
  }
  CHECK(half(1e300) == infinity);
  CHECK(half(-std::numeric_limits<double>::infinity()) == infinity + 0x8000);
  CHECK(half(std::numeric_limits<double>::quiet_NaN()) > infinity);
  CHECK(half(5e-324) == 0);
  CHECK(half(-5e-324) == 0x8000);
}

} // namespace

TEST_CASE("half precision is rounded to once, from doubles and 64-bit integers", "[prelude]") {
  check_one_rounding(
      0x7c00, [](unsigned h) { return double(tsc_f16_to_f32(tsc_u16(h))); },
      [](auto x) { return unsigned(tsc_f32_to_f16(tsc_to_f16(x))); });
  check_one_rounding(
      0x7f80, [](unsigned h) { return double(tsc_bf16_to_f32(tsc_u16(h))); },
      [](auto x) { return unsigned(tsc_f32_to_bf16(tsc_to_bf16(x))); });
  for (tsc_i64 i : {INT64_MAX, INT64_MIN, tsc_i64{0}, tsc_i64{1}, tsc_i64{-1}})
    CHECK(tsc_f32_to_bf16(tsc_to_bf16(i)) == tsc_f32_to_bf16(float(i)));
  CHECK(tsc_to_f16(tsc_i32(0x7fffffff)) == tsc_round_to_odd(double(0x7fffffff)));
  CHECK(tsc_to_f16(tsc_u32(0xffffffff)) == tsc_round_to_odd(double(0xffffffffu)));
  CHECK(tsc_to_f16(true) == 1.0f);
}

TEST_CASE("integer arithmetic wraps", "[prelude]") {
  check_integer_arithmetic<tsc_i8>();
  check_integer_arithmetic<tsc_i16>();
  check_integer_arithmetic<tsc_i32>();
  check_integer_arithmetic<tsc_i64>();
  check_integer_arithmetic<tsc_u8>();
  check_integer_arithmetic<tsc_u16>();
  check_integer_arithmetic<tsc_u32>();
  check_integer_arithmetic<tsc_u64>();
}

TEST_CASE("casts are defined for every value", "[prelude]") {
#define CHECK_CAST(type)                                                                           \
  check_float_cast<tsc_##type>([](float x) { return tsc_to_##type(x); },                           \
                               [](double x) { return tsc_to_##type(x); })
  CHECK_CAST(i8);
  CHECK_CAST(i16);
  CHECK_CAST(i32);
  CHECK_CAST(i64);
  CHECK_CAST(u8);
  CHECK_CAST(u16);
  CHECK_CAST(u32);
  CHECK_CAST(u64);
  CHECK(tsc_to_i8(300) == 44);
  CHECK(tsc_to_u8(tsc_i64(-1)) == 255);
  CHECK(tsc_to_i64(tsc_u64(-1)) == -1);
  CHECK(tsc_to_i32(true) == 1);
  CHECK(tsc_to_bool(0.1f));
  CHECK(tsc_to_bool(NaN));
  CHECK_FALSE(tsc_to_bool(-0.0));
  CHECK_FALSE(tsc_to_bool(tsc_u8(0)));
  CHECK(tsc_to_f32(tsc_i64(0x1000001)) == 0x1p24f);
  CHECK(tsc_to_f64(true) == 1.0);
  CHECK(tsc_to_f32(1e300) == std::numeric_limits<float>::infinity());
}
