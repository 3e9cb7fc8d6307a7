// The C++ API: values that are hard to get right, compiled and interpreted.
#include "tests/jit.h"

#include <tsc/tsc.h>

#include <cmath>
#include <complex>

using namespace tsc;

TEST_CASE("unsafe forms and their derivatives are right far out, compiled and interpreted") {
  const Mode mode = EACH_MODE();
  auto x = vector<double>("x");
  const auto both = [&](const Tensor& cost, const Array& at) {
    auto f = function({x}, {cost, grad(cost, x)}, {.mode = mode});
    auto results = f(at);
    return std::pair(results[0].scalar<double>(), results[1]);
  };
  const Array far = array<double>({1000, -1000, 1e-20});
  {
    const auto [value, d] = both(mean(log(1 + exp(x))), far);
    CHECK(value == Approx((1000 + std::log(2)) / 3));
    CHECK(allclose(d, array<double>({1 / 3.0, 0, 1 / 6.0})));
  }
  {
    const auto [value, d] = both(sum(log(sigmoid(x))), far);
    CHECK(value == Approx(-1000 - std::log(2)));
    CHECK(allclose(d, array<double>({0, 1, 0.5})));
  }
  {
    const auto [value, d] = both(sum(log(1 / (1 + exp(-x)))), far);
    CHECK(value == Approx(-1000 - std::log(2)));
    CHECK(allclose(d, array<double>({0, 1, 0.5})));
  }
  {
    const auto [value, d] = both(sum(log(softmax(x))), far);
    CHECK(value == Approx(-3000));
    CHECK(allclose(d, array<double>({-2, 1, 1})));
  }
  {
    const auto [value, d] = both(sum(log(exp(x) / sum(exp(x)))), far);
    CHECK(value == Approx(-3000));
    CHECK(allclose(d, array<double>({-2, 1, 1})));
  }
  {
    const auto [value, d] = both(log(sum(exp(x))), far);
    CHECK(value == 1000);
    CHECK(allclose(d, array<double>({1, 0, 0})));
  }
  {
    const auto [value, d] = both(sum(log(erfc(x))), array<double>({100, -5, 1e-20}));
    CHECK(value == Approx(-10005.177585135265 + 0.6931471805591767));
    CHECK(allclose(d, array<double>({-200.00999900019995, -7.83543326555e-12, -1.1283791670955126}),
                   1e-10, 0));
  }
  {
    const auto [value, d] = both(sum(log(1 + x)), array<double>({1e-20, 0.5}));
    CHECK(value == Approx(std::log(1.5)));
    CHECK(allclose(d, array<double>({1, 2 / 3.0})));
  }
  auto curvature = grad(sum(grad(sum(log(1 + exp(x))), x)), x);
  auto f = function({x}, curvature, {.mode = mode});
  CHECK(allclose(f(far).array(), array<double>({0, 0, 0.25})));
}

TEST_CASE("complex numbers add, multiply and divide, compiled and interpreted") {
  using Z = std::complex<double>;
  const Mode mode = EACH_MODE();
  auto z = input("z", DType::C128, {"n"}), w = input("w", DType::C128, {"n"});
  auto x = input<float>("x", {"n"});
  auto f = function({z, w, x},
                    {z + w, z - w, z * w, z / w, -z, z * x + 1, sum(z), prod(z), mean(z),
                     equal(z, w), matmul(z, w), cast(x, DType::C64)},
                    {.mode = mode});
  const std::vector<Z> a = {{1, 2}, {-3, 0.5}, {1e300, 1e300}}, b = {{1, 2}, {0, -4}, {1e300, 1}};
  const std::vector<float> c = {1, 2, 0};
  const Results r = f(a, b, c);
  const auto at = [&](int place, int64_t i) { return r[place].at<Z>({i}); };
  for (int64_t i = 0; i < 2; ++i) {
    const Z p = a[size_t(i)], q = b[size_t(i)];
    CHECK(at(0, i) == p + q);
    CHECK(at(1, i) == p - q);
    CHECK(std::abs(at(2, i) - p * q) < 1e-14);
    CHECK(std::abs(at(3, i) - p / q) < 1e-15);
    CHECK(at(4, i) == -p);
    CHECK(at(5, i) == p * double(c[size_t(i)]) + 1.0);
    CHECK(r[9].at<bool>({i}) == (p == q));
    CHECK(r[11].at<std::complex<float>>({i}) == c[size_t(i)]);
  }
  CHECK(at(3, 2) == Z(1, 1)); // no square leaves the range
  CHECK(r[6].scalar<Z>() == a[0] + a[1] + a[2]);
  CHECK(std::abs(r[8].scalar<Z>() / 1e300 - Z(1, 1) / 3.0) < 1e-15);
  const Results small =
      f(std::vector<Z>{a[0], a[1]}, std::vector<Z>{b[0], b[1]}, std::vector<float>{1, 2});
  CHECK(std::abs(small[7].scalar<Z>() - a[0] * a[1]) < 1e-14);
  CHECK(std::abs(small[10].scalar<Z>() - (a[0] * b[0] + a[1] * b[1])) < 1e-13);
  CHECK_THROWS_WITH(cast(z, DType::F64), Catch::Contains("cannot convert c128 to f64"));
  auto parts = function({z}, {abs(z), real(z), imag(z), conj(z)}, {.mode = mode});
  const Results p = parts(std::vector<Z>{{3, -4}, {-1e300, 0}});
  CHECK(p[0] == array<double>({5, 1e300}));
  CHECK(p[1] == array<double>({3, -1e300}));
  CHECK(p[2] == array<double>({-4, 0}));
  CHECK(p[3].at<Z>({0}) == Z(3, 4));
  CHECK_THROWS_WITH(grad(sum(abs(z * x)), x), Catch::Contains("do not pass through complex"));
  CHECK_THROWS_AS(exp(z), Error);
  CHECK_THROWS_AS(grad(sum(z), z), Error);
}

TEST_CASE("conversions to half precision round once, compiled and interpreted") {
  const Mode mode = EACH_MODE();
  // Just beside the middles of two halves: f32 has them for the middles.
  const double up = 1 + std::ldexp(1, -11) + std::ldexp(1, -40),
               down = 1 + 3 * std::ldexp(1, -11) - std::ldexp(1, -40);
  auto x = vector<double>("x");
  auto f = function({x}, {cast(x, DType::F16), cast(x * 1, DType::BF16)}, {.mode = mode});
  const auto halves = f(array<double>({up, down, -up}));
  CHECK(halves[0].astype(DType::F64) ==
        array<double>({1 + std::ldexp(1, -10), 1 + std::ldexp(1, -10), -1 - std::ldexp(1, -10)}));
  const double tie = 1 + std::ldexp(1, -8) + std::ldexp(1, -40);
  CHECK(f(array<double>({tie}))[1].astype(DType::F64) == array<double>({1 + std::ldexp(1, -7)}));
  auto i = vector<int64_t>("i");
  auto g = function({i}, {cast(i, DType::BF16), cast(i, DType::F32)}, {.mode = mode});
  const int64_t large = (int64_t{1} << 62) + (int64_t{1} << 54);
  const auto results = g(array<int64_t>({large + 1, large, -large - 1}));
  const double above = std::ldexp(1, 62) + std::ldexp(1, 55);
  CHECK(results[0].astype(DType::F64) == array<double>({above, std::ldexp(1, 62), -above}));
  CHECK(results[1].astype(DType::F64) ==
        array<double>({double(large), double(large), -double(large)}));
}

TEST_CASE("derivatives by values that a stable form swallows") {
  const Mode mode = EACH_MODE();
  auto x = scalar<double>("x");
  auto e = exp(x), one = 1 + e;
  auto [by_e, by_one, by_x] = grad(log(one), {e, one, x});
  auto f = function({x}, {by_e, by_one, by_x}, {.mode = mode});
  const Results d = f(0.0);
  CHECK(d[0].scalar<double>() == 0.5);
  CHECK(d[1].scalar<double>() == 0.5);
  CHECK(d[2].scalar<double>() == 0.5);
}
