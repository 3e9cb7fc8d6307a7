// Maxima, minima and clips whose other operands are numbers of the program, which have code of
// their own: NaN, infinities and zeros of both signs on either side.
#include "ir/parse.h"
#include "tests/catch.h"
#include "tests/compiled.h"
#include "tests/jit.h"

#include <cmath>
#include <fmt/format.h>

using namespace tsc;

namespace {

const std::vector<double> items = {-INFINITY, -5, -1, -0.0, 0.0, 0.5, 1, 3, 7, INFINITY, NAN};

double larger(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return NAN;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}
double smaller(double a, double b) { return -larger(-a, -b); }

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

// Many copies of the items, so that vector lanes and what is left of them are both met.
std::vector<double> result_of(DType dtype, const std::string& formula) {
  std::vector<double> x;
  for (int copy = 0; copy < 13; ++copy)
    x.insert(x.end(), items.begin(), items.end());
  const auto n = static_cast<int64_t>(x.size());
  const Graph graph =
      parse(fmt::format("tsc 1\ninput x: {}[n]\ny = {}\noutput y\n", name(dtype), formula),
            "constants.tsc")
          .graph;
  return test::compiled(graph, {TensorValue::of(dtype, {n}, x)})[0].to_f64();
}

template <class F>
void check(DType dtype, const std::string& formula, F expected) {
  INFO(name(dtype) << ' ' << formula);
  const std::vector<double> y = result_of(dtype, formula);
  for (size_t i = 0; i < y.size(); ++i) {
    const double x = items[i % items.size()];
    INFO(x << " gives " << y[i]);
    REQUIRE(same(y[i], expected(x)));
  }
}

} // namespace

TEST_CASE("maxima and minima and clips with constants keep NaN and the signs of zeros") {
  NEEDS_JIT();
  for (const DType dtype : {DType::F16, DType::F32, DType::F64})
    for (const char* text : {"-inf", "-1.0", "-0.0", "0.0", "3.0", "inf", "nan"}) {
      const double c = std::strtod(text, nullptr);
      check(dtype, fmt::format("maximum(x, {})", text), [&](double x) { return larger(x, c); });
      check(dtype, fmt::format("minimum({}, x)", text), [&](double x) { return smaller(x, c); });
      check(dtype, fmt::format("clip(x, {}, 1.0)", text),
            [&](double x) { return smaller(larger(x, c), 1); });
      check(dtype, fmt::format("maximum(x, x * {})", text),
            [&](double x) { return larger(x, x * c); });
      check(dtype, fmt::format("minimum(x, x * {})", text),
            [&](double x) { return smaller(x, x * c); });
    }
}
