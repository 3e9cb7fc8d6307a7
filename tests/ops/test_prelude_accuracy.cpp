// The prelude's real functions against MPFR: one row per function, one loop over the rows. Errors
// are in ulps of the result's type, as fractions, so a perfectly rounded function has 0.5.
//
// TSC_LONG=1 takes fifteen times the samples, and of the unary f32 functions every 10007th argument
// there is: half an hour, most of it in the reference of lgamma. The hidden test [report] prints
// what was measured:
//     tests_ops "[report]"
#include "codegen/prelude/arith.h"
#include "codegen/prelude/erf.h"
#include "codegen/prelude/erfcx.h"
#include "codegen/prelude/exp.h"
#include "codegen/prelude/gamma.h"
#include "codegen/prelude/hyper.h"
#include "codegen/prelude/log.h"
#include "codegen/prelude/mod.h"
#include "codegen/prelude/pow.h"
#include "codegen/prelude/root.h"
#include "codegen/prelude/round.h"
#include "codegen/prelude/special.h"
#include "codegen/prelude/trig.h"
#include "ir/op.h"
#include "tests/catch.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <mpfr.h>
#include <random>
#include <string>
#include <vector>

namespace {

class Real {
public:
  Real() { mpfr_init2(value_, 160); }
  explicit Real(double x) : Real() { mpfr_set_d(value_, x, MPFR_RNDN); }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  ~Real() { mpfr_clear(value_); }
  mpfr_ptr get() { return value_; }

private:
  mpfr_t value_;
};

using UnaryRef = void (*)(mpfr_ptr y, mpfr_srcptr x);
using BinaryRef = void (*)(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b);

#define MPFR_UNARY(f) [](mpfr_ptr y, mpfr_srcptr x) { f(y, x, MPFR_RNDN); }
#define MPFR_BINARY(f) [](mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b) { f(y, a, b, MPFR_RNDN); }

void ref_sigmoid(mpfr_ptr y, mpfr_srcptr x) {
  mpfr_neg(y, x, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

void ref_softplus(mpfr_ptr y, mpfr_srcptr x) {
  if (mpfr_cmp_si(x, 1000) > 0) {
    mpfr_set(y, x, MPFR_RNDN);
    return;
  }
  mpfr_exp(y, x, MPFR_RNDN);
  mpfr_log1p(y, y, MPFR_RNDN);
}

void ref_log1mexp(mpfr_ptr y, mpfr_srcptr x) {
  if (mpfr_cmp_si(x, -50) < 0) {
    mpfr_exp(y, x, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
    return;
  }
  mpfr_expm1(y, x, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_log(y, y, MPFR_RNDN);
}

// 1 / sqrt(x): MPFR has +infinity at -0, IEEE 754 and NumPy -infinity.
void ref_rsqrt(mpfr_ptr y, mpfr_srcptr x) {
  mpfr_rec_sqrt(y, x, MPFR_RNDN);
  if (mpfr_zero_p(x)) mpfr_setsign(y, y, mpfr_signbit(x), MPFR_RNDN);
}

void ref_lgamma(mpfr_ptr y, mpfr_srcptr x) {
  int sign;
  mpfr_lgamma(y, &sign, x, MPFR_RNDN);
}

// Far out by the series, where e^(x^2) leaves even MPFR's range: x^-6 is nothing any more.
void ref_erfcx(mpfr_ptr y, mpfr_srcptr x) {
  if (mpfr_cmp_d(x, 1e12) > 0) {
    Real root_pi;
    mpfr_const_pi(root_pi.get(), MPFR_RNDN);
    mpfr_sqrt(root_pi.get(), root_pi.get(), MPFR_RNDN);
    mpfr_mul(root_pi.get(), root_pi.get(), x, MPFR_RNDN);
    mpfr_ui_div(y, 1, root_pi.get(), MPFR_RNDN);
    return;
  }
  if (mpfr_cmp_ui(x, 10000) > 0) { // e^(-x^2) may be beyond what MPFR holds
    Real half_inverse_square;
    mpfr_sqr(half_inverse_square.get(), x, MPFR_RNDN);
    mpfr_ui_div(half_inverse_square.get(), 1, half_inverse_square.get(), MPFR_RNDN);
    mpfr_div_2ui(half_inverse_square.get(), half_inverse_square.get(), 1, MPFR_RNDN);
    Real factor; // 1 - h + 3 h^2 - 15 h^3 + 105 h^4, h = 1 / 2x^2
    mpfr_mul_si(factor.get(), half_inverse_square.get(), -7, MPFR_RNDN);
    for (int odd : {5, 3, 1}) {
      mpfr_add_ui(factor.get(), factor.get(), 1, MPFR_RNDN);
      mpfr_mul(factor.get(), factor.get(), half_inverse_square.get(), MPFR_RNDN);
      mpfr_mul_si(factor.get(), factor.get(), -odd, MPFR_RNDN);
    }
    mpfr_add_ui(factor.get(), factor.get(), 1, MPFR_RNDN);
    mpfr_const_pi(y, MPFR_RNDN);
    mpfr_sqrt(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_div(y, factor.get(), y, MPFR_RNDN);
    return;
  }
  Real e;
  mpfr_sqr(e.get(), x, MPFR_RNDN);
  mpfr_exp(e.get(), e.get(), MPFR_RNDN);
  mpfr_erfc(y, x, MPFR_RNDN);
  mpfr_mul(y, y, e.get(), MPFR_RNDN);
}

void ref_log_erfc(mpfr_ptr y, mpfr_srcptr x) {
  if (mpfr_cmp_d(x, 0.25) < 0) {
    mpfr_erf(y, x, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
    return;
  }
  Real square;
  mpfr_sqr(square.get(), x, MPFR_RNDN);
  ref_erfcx(y, x);
  mpfr_log(y, y, MPFR_RNDN);
  mpfr_sub(y, y, square.get(), MPFR_RNDN);
  if (mpfr_inf_p(x)) mpfr_set_inf(y, -1);
}

// trigamma(b) for b >= 60: 1/b + 1/2b^2 + the sum of B(2k) / b^(2k+1).
void add_trigamma_series(mpfr_ptr y, mpfr_srcptr b) {
  static const long bernoulli[][2] = {
      {1, 6}, {-1, 30},     {1, 42},      {-1, 30},       {5, 66},       {-691, 2730},
      {7, 6}, {-3617, 510}, {43867, 798}, {-174611, 330}, {854513, 138}, {-236364091, 2730}};
  Real inverse, power, term;
  mpfr_ui_div(inverse.get(), 1, b, MPFR_RNDN);
  mpfr_add(y, y, inverse.get(), MPFR_RNDN);
  mpfr_sqr(power.get(), inverse.get(), MPFR_RNDN);
  mpfr_div_2ui(term.get(), power.get(), 1, MPFR_RNDN);
  mpfr_add(y, y, term.get(), MPFR_RNDN);
  for (const auto& [numerator, denominator] : bernoulli) {
    mpfr_mul(power.get(), power.get(), inverse.get(), MPFR_RNDN);
    mpfr_mul_si(term.get(), power.get(), numerator, MPFR_RNDN);
    mpfr_div_si(term.get(), term.get(), denominator, MPFR_RNDN);
    mpfr_add(y, y, term.get(), MPFR_RNDN);
    mpfr_mul(power.get(), power.get(), inverse.get(), MPFR_RNDN);
  }
}

void ref_positive_trigamma(mpfr_ptr y, mpfr_srcptr x) {
  Real b, step;
  mpfr_set(b.get(), x, MPFR_RNDN);
  mpfr_set_zero(y, 1);
  for (; mpfr_cmp_ui(b.get(), 60) < 0; mpfr_add_ui(b.get(), b.get(), 1, MPFR_RNDN)) {
    mpfr_sqr(step.get(), b.get(), MPFR_RNDN);
    mpfr_ui_div(step.get(), 1, step.get(), MPFR_RNDN);
    mpfr_add(y, y, step.get(), MPFR_RNDN);
  }
  add_trigamma_series(y, b.get());
}

// pi^2 / sin(pi x)^2 - trigamma(1 - x) for negative x. At its poles it is infinite on both sides.
void ref_trigamma(mpfr_ptr y, mpfr_srcptr x) {
  if (mpfr_nan_p(x) || (mpfr_inf_p(x) && mpfr_sgn(x) < 0)) return mpfr_set_nan(y);
  if (mpfr_sgn(x) > 0) return ref_positive_trigamma(y, x);
  if (mpfr_integer_p(x)) return mpfr_set_inf(y, 1);
  Real distance, sine;
  mpfr_ui_sub(distance.get(), 1, x, MPFR_RNDN);
  ref_positive_trigamma(y, distance.get());
  mpfr_const_pi(sine.get(), MPFR_RNDN);
  mpfr_frac(distance.get(), x, MPFR_RNDN);
  mpfr_mul(distance.get(), distance.get(), sine.get(), MPFR_RNDN);
  mpfr_sin(distance.get(), distance.get(), MPFR_RNDN);
  mpfr_div(sine.get(), sine.get(), distance.get(), MPFR_RNDN);
  mpfr_sqr(sine.get(), sine.get(), MPFR_RNDN);
  mpfr_sub(y, sine.get(), y, MPFR_RNDN);
}

// max + log1p(exp(min - max)), at a precision that the cancellation near 0 can't exhaust.
void ref_logaddexp(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b) {
  const bool infinite = mpfr_inf_p(a) || mpfr_inf_p(b);
  mpfr_t larger;
  mpfr_init2(larger, 160);
  mpfr_max(larger, a, b, MPFR_RNDN);
  mpfr_min(y, a, b, MPFR_RNDN);
  mpfr_sub(y, y, larger, MPFR_RNDN);
  ref_softplus(y, y);
  mpfr_add(y, y, larger, MPFR_RNDN);
  if (infinite) mpfr_set(y, larger, MPFR_RNDN);
  if (mpfr_nan_p(a) || mpfr_nan_p(b)) mpfr_set_nan(y);
  mpfr_clear(larger);
}

void ref_xlogy(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b) {
  if (mpfr_zero_p(a) && !mpfr_nan_p(b)) {
    mpfr_set_zero(y, 1);
    return;
  }
  mpfr_log(y, b, MPFR_RNDN);
  mpfr_mul(y, y, a, MPFR_RNDN);
}

// Error in ulps: of the exact value, or of `floor` where that is larger (0: plain relative
// accuracy). Overflow counts as the power of two just out of range.
template <class T>
double ulp_error(T got, mpfr_ptr exact, double floor) {
  using Limits = std::numeric_limits<T>;
  constexpr double wrong = 1e30;
  if (mpfr_nan_p(exact)) return std::isnan(got) ? 0 : wrong;
  if (std::isnan(got)) return wrong;
  if (mpfr_inf_p(exact)) return double(got) == mpfr_get_d(exact, MPFR_RNDN) ? 0 : wrong;
  const mpfr_exp_t above = Limits::max_exponent;
  if (!mpfr_zero_p(exact) && mpfr_get_exp(exact) > above)
    mpfr_set_si_2exp(exact, mpfr_signbit(exact) ? -1 : 1, above, MPFR_RNDN);
  mpfr_exp_t exponent = Limits::min_exponent;
  if (!mpfr_zero_p(exact)) exponent = std::max(exponent, mpfr_get_exp(exact));
  if (floor > 0) exponent = std::max<mpfr_exp_t>(exponent, std::ilogb(floor) + 1);
  Real error;
  if (std::isinf(got)) {
    mpfr_set_si_2exp(error.get(), got > 0 ? 1 : -1, above, MPFR_RNDN);
  } else {
    mpfr_set_d(error.get(), got, MPFR_RNDN);
  }
  mpfr_sub(error.get(), error.get(), exact, MPFR_RNDN);
  mpfr_mul_2si(error.get(), error.get(), Limits::digits - exponent, MPFR_RNDN);
  return std::fabs(mpfr_get_d(error.get(), MPFR_RNDN));
}

// `lo` and `hi` bound the arguments for which the function is neither trivial nor undefined; half
// of the samples lie there, half are random bits. The limits are what was measured, rounded up.
struct Unary {
  const char* name;
  float (*f32)(float);
  double (*f64)(double);
  UnaryRef ref;
  double lo, hi;
  double ulp_f32, ulp_f64;
  double floor = 0;
};

struct Binary {
  const char* name;
  float (*f32)(float, float);
  double (*f64)(double, double);
  BinaryRef ref;
  double lo, hi;
  double ulp_f32, ulp_f64;
  double floor = 0;
};

#define UNARY(name)                                                                                \
  #name, [](float x) { return tsc_##name(x); }, [](double x) { return tsc_##name(x); }
#define BINARY(name)                                                                               \
  #name, [](float a, float b) { return tsc_##name(a, b); },                                        \
      [](double a, double b) { return tsc_##name(a, b); }

const Unary unary_rows[] = {
    {UNARY(acos), MPFR_UNARY(mpfr_acos), -1, 1, 0.65, 0.65},
    {UNARY(acosh), MPFR_UNARY(mpfr_acosh), 1, 4, 0.65, 0.65},
    {UNARY(asin), MPFR_UNARY(mpfr_asin), -1, 1, 0.7, 0.65},
    {UNARY(asinh), MPFR_UNARY(mpfr_asinh), -4, 4, 0.7, 0.7},
    {UNARY(atan), MPFR_UNARY(mpfr_atan), -4, 4, 1.01, 1.01},
    {UNARY(atanh), MPFR_UNARY(mpfr_atanh), -1, 1, 0.7, 0.7},
    {UNARY(cbrt), MPFR_UNARY(mpfr_cbrt), -8, 8, 0.51, 0.51},
    {UNARY(cos), MPFR_UNARY(mpfr_cos), -20, 20, 0.57, 0.7},
    {UNARY(cosh), MPFR_UNARY(mpfr_cosh), -20, 20, 0.75, 0.85},
    // Between the zeros on the negative axis no fixed precision gives relative accuracy.
    {UNARY(digamma), MPFR_UNARY(mpfr_digamma), -4, 12, 0.51, 1.9, 1},
    {UNARY(erf), MPFR_UNARY(mpfr_erf), -4, 4, 1.03, 1.03},
    {UNARY(erfc), MPFR_UNARY(mpfr_erfc), -4, 28, 1.15, 1.15},
    {UNARY(erfcx), ref_erfcx, -10, 50, 0.51, 0.75},
    {UNARY(exp), MPFR_UNARY(mpfr_exp), -20, 20, 0.97, 0.97},
    {UNARY(exp2), MPFR_UNARY(mpfr_exp2), -20, 20, 0.86, 0.86},
    {UNARY(expm1), MPFR_UNARY(mpfr_expm1), -4, 4, 1.04, 1.04},
    {UNARY(lgamma), ref_lgamma, -4, 12, 0.51, 1.25, 1},
    {UNARY(log), MPFR_UNARY(mpfr_log), 0, 4, 0.68, 0.7},
    {UNARY(log_erfc), ref_log_erfc, -4, 50, 0.51, 1.05},
    {UNARY(log10), MPFR_UNARY(mpfr_log10), 0, 4, 0.67, 0.67},
    {UNARY(log1mexp), ref_log1mexp, -50, 0, 1.15, 1.15},
    {UNARY(log1p), MPFR_UNARY(mpfr_log1p), -1, 4, 0.88, 0.88},
    {UNARY(log2), MPFR_UNARY(mpfr_log2), 0, 4, 0.77, 0.77},
    {UNARY(rsqrt), ref_rsqrt, 0, 4, 1.47, 0.9},
    {UNARY(sigmoid), ref_sigmoid, -50, 50, 0.76, 0.76},
    {UNARY(sin), MPFR_UNARY(mpfr_sin), -20, 20, 0.57, 0.7},
    {UNARY(sinh), MPFR_UNARY(mpfr_sinh), -20, 20, 0.94, 0.94},
    {UNARY(softplus), ref_softplus, -50, 50, 1.15, 1.15},
    {UNARY(sqrt), MPFR_UNARY(mpfr_sqrt), 0, 4, 0.5, 0.5},
    {UNARY(square), MPFR_UNARY(mpfr_sqr), -4, 4, 0.5, 0.5},
    {UNARY(tan), MPFR_UNARY(mpfr_tan), -20, 20, 0.57, 0.9},
    {UNARY(tanh), MPFR_UNARY(mpfr_tanh), -20, 20, 1.01, 1.01},
    {UNARY(trigamma), ref_trigamma, -4, 12, 0.51, 1.5},
};

const Binary binary_rows[] = {
    {BINARY(atan2), MPFR_BINARY(mpfr_atan2), -4, 4, 1, 1},
    {BINARY(hypot), MPFR_BINARY(mpfr_hypot), -4, 4, 0.51, 0.51},
    // The terms of logaddexp cancel where the result is near 0.
    {BINARY(logaddexp), ref_logaddexp, -20, 20, 0.9, 0.9, 1},
    {BINARY(pow), MPFR_BINARY(mpfr_pow), 0, 20, 0.51, 1},
    {BINARY(xlogy), ref_xlogy, 0, 4, 1.5, 1.5},
};

bool long_run() { return std::getenv("TSC_LONG") != nullptr; }
size_t samples_per_row() { return long_run() ? 300000 : 20000; }

template <class T>
T from_random_bits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 4) return tsc_from_bits(tsc_u32(random()));
  return T(tsc_from_bits(tsc_u64(random())));
}

// Specials, powers of ten, neighbours of the constants at which implementations change course.
template <class T>
std::vector<T> boundary_samples() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> samples = {0,
                            Limits::infinity(),
                            Limits::quiet_NaN(),
                            Limits::denorm_min(),
                            3 * Limits::denorm_min(),
                            Limits::min(),
                            Limits::max()};
  const double centres[] = {
      0.25,       0.34657359, 0.414213562, 0.5,       0.69314718, 0.70710678, 1,      1.25,
      1.41421356, 1.46163214, 1.5,         2,         2.5,        3,          8,      9,
      10,         16,         19.06,       27.2,      37,         88.72,      89.4,   103.9,
      104,        127,        128,         149,       709.78,     710.4,      744.4,  745.13,
      1022,       1023,       1024,        1074,      0x1p22,     0x1p24,     0x1p28, 0x1p30,
      0x1p52,     0x1p53,     0x1p63,      1.5707964, 3.1415927,  6.28318,    0x1p100};
  for (double centre : centres) {
    T x = T(centre);
    samples.insert(samples.end(),
                   {x, std::nextafter(x, T(0)), std::nextafter(x, Limits::infinity())});
  }
  for (T power = T(1e-30); power < T(1e30); power *= 10)
    samples.push_back(power);
  for (int k = 1; k < 100; ++k)
    samples.push_back(T(k * 1.57079632679489661923));
  const size_t count = samples.size();
  for (size_t i = 0; i < count; ++i)
    samples.push_back(-samples[i]);
  return samples;
}

struct Worst {
  double ulp = 0;
  double a = 0, b = 0, got = 0;

  void see(double error, double at_a, double at_b, double result) {
    if (error > ulp) *this = {error, at_a, at_b, result};
  }
};

template <class T>
Worst measure(const Unary& row, T (*f)(T)) {
  Worst worst;
  Real x, y;
  const auto check = [&](T argument) {
    mpfr_set_d(x.get(), argument, MPFR_RNDN);
    row.ref(y.get(), x.get());
    const T got = f(argument);
    worst.see(ulp_error(got, y.get(), row.floor), argument, 0, got);
  };
  for (T sample : boundary_samples<T>())
    check(sample);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> inside(row.lo, row.hi);
  for (size_t i = 0; i < samples_per_row(); ++i)
    check(i % 2 ? T(inside(random)) : from_random_bits<T>(random));
  if constexpr (sizeof(T) == 4)
    for (tsc_u64 bits = 0; long_run() && bits >> 32 == 0; bits += 10007)
      check(tsc_from_bits(tsc_u32(bits)));
  return worst;
}

template <class T>
Worst measure(const Binary& row, T (*f)(T, T)) {
  Worst worst;
  Real x, y, z;
  const auto check = [&](T a, T b) {
    mpfr_set_d(x.get(), a, MPFR_RNDN);
    mpfr_set_d(y.get(), b, MPFR_RNDN);
    row.ref(z.get(), x.get(), y.get());
    const T got = f(a, b);
    worst.see(ulp_error(got, z.get(), row.floor), a, b, got);
  };
  std::mt19937_64 random(1);
  const std::vector<T> edges = boundary_samples<T>();
  for (T a : edges)
    check(a, edges[random() % edges.size()]);
  for (T a : {T(0), T(-0.0), T(1), T(-1), std::numeric_limits<T>::infinity()})
    for (T b : edges) {
      check(a, b);
      check(b, a);
    }
  std::uniform_real_distribution<double> inside(row.lo, row.hi);
  for (size_t i = 0; i < samples_per_row(); ++i) {
    const T a = i % 4 < 2 ? T(inside(random)) : from_random_bits<T>(random);
    const T b = i % 2 ? T(inside(random)) : from_random_bits<T>(random);
    check(a, b);
  }
  return worst;
}

template <class Row>
void check_row(const Row& row) {
  const Worst f32 = measure<float>(row, row.f32);
  INFO(row.name << " f32: " << f32.ulp << " ulp at " << f32.a << ", " << f32.b << ": " << f32.got);
  CHECK(f32.ulp <= row.ulp_f32);
  const Worst f64 = measure<double>(row, row.f64);
  INFO(row.name << " f64: " << f64.ulp << " ulp at " << f64.a << ", " << f64.b << ": " << f64.got);
  CHECK(f64.ulp <= row.ulp_f64);
}

template <class Row>
void report_row(const Row& row) {
  const Worst f32 = measure<float>(row, row.f32), f64 = measure<double>(row, row.f64);
  std::printf("%-10s f32 %.3f at (%a, %a) = %a;  f64 %.3f at (%a, %a) = %a\n", row.name, f32.ulp,
              f32.a, f32.b, f32.got, f64.ulp, f64.a, f64.b, f64.got);
  std::fflush(stdout);
}

} // namespace

TEST_CASE("prelude functions keep their declared accuracy", "[prelude]") {
  for (const Unary& row : unary_rows)
    check_row(row);
  for (const Binary& row : binary_rows)
    check_row(row);
}

TEST_CASE("every op row with an error bound has its function here, and keeps the bound") {
  std::map<std::string_view, double> measured;
  for (const Unary& row : unary_rows)
    measured[row.name] = std::max(row.ulp_f32, row.ulp_f64);
  for (const Binary& row : binary_rows)
    measured[row.name] = std::max(row.ulp_f32, row.ulp_f64);
  for (const tsc::OpRow& op : tsc::all_ops()) {
    if (op.kind != tsc::Kind::Elementwise || op.ulp.cpu == 0) continue;
    INFO(op.name);
    REQUIRE(measured.contains(op.name));
    CHECK(measured[op.name] <= op.ulp.cpu);
  }
}

TEST_CASE("accuracy report", "[.][report]") {
  for (const Unary& row : unary_rows)
    report_row(row);
  for (const Binary& row : binary_rows)
    report_row(row);
}
