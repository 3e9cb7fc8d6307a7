// Programs of Theano's tutorial with the results printed there, compiled and interpreted.
#include "tests/contains.h"
#include "tests/jit.h"

#include <tsc/tsc.h>

using namespace tsc;

namespace {

bool prints(const Array& got, const Array& expected) {
  return got.dtype() == expected.dtype() && allclose(got, expected, 1e-7, 1e-8);
}

} // namespace

TEST_CASE("the program on the front page") {
  NEEDS_JIT();
  auto x = matrix<float>("x");
  auto y = vector<int64_t>("y");
  auto w = shared("w", zeros<float>({64, 10}));
  auto b = shared("b", zeros<float>({10}));
  auto loss = mean(cross_entropy(matmul(x, w) + b, y));
  auto [gw, gb] = grad(loss, {w, b});
  auto train = function({x, y}, {loss}, {.updates = {{w, w - 0.5f * gw}, {b, b - 0.5f * gb}}});

  std::vector<float> pixels;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 20; ++i) {
    labels.push_back(i % 10);
    for (int64_t j = 0; j < 64; ++j)
      pixels.push_back(j % 10 == labels.back() ? 1.0f : 0.1f * static_cast<float>((i * j) % 7));
  }
  const Array images = Array::from<float>(pixels, {20, 64});
  float l = train(images, labels).scalar<float>();
  CHECK(l == Approx(std::log(10.0)));
  for (int step = 0; step < 200; ++step)
    l = train(images, labels).scalar<float>();
  CHECK(l < 0.1f);
}

TEST_CASE("adding two numbers, or two matrices") {
  const Mode mode = EACH_MODE();
  auto x = dscalar("x"), y = dscalar("y");
  auto f = function({x, y}, x + y, {.mode = mode});
  CHECK(f(2, 3).scalar<double>() == 5);
  CHECK(f(16.3, 12.1).scalar<double>() == Approx(28.4));
  CHECK(eval(x + y, {{x, 16.3}, {y, 12.1}}).scalar<double>() == Approx(28.4));

  auto a = dmatrix("a"), b = dmatrix("b");
  auto g = function({a, b}, a + b, {.mode = mode});
  CHECK(g(array<double>({{1, 2}, {3, 4}}), array<double>({{10, 20}, {30, 40}})).array() ==
        array<double>({{11, 22}, {33, 44}}));
}

TEST_CASE("a + a**10") {
  const Mode mode = EACH_MODE();
  auto a = dvector("a");
  auto f = function({a}, a + pow(a, 10), {.mode = mode});
  CHECK(f(std::vector<double>{0, 1, 2}).array() == array<double>({0, 2, 1026}));
}

TEST_CASE("the logistic function, written twice") {
  const Mode mode = EACH_MODE();
  auto x = dmatrix("x");
  auto f = function({x}, {1 / (1 + exp(-x)), (1 + tanh(x / 2)) / 2}, {.mode = mode});
  const Array printed = array<double>({{.5, .73105858}, {.26894142, .11920292}});
  for (const Array& result : f(array<double>({{0, 1}, {-1, -2}})))
    CHECK(prints(result, printed));
}

TEST_CASE("several things at the same time") {
  const Mode mode = EACH_MODE();
  auto a = dmatrix("a"), b = dmatrix("b");
  auto diff = a - b;
  auto f = function({a, b}, {{"diff", diff}, {"abs", abs(diff)}, {"squared", square(diff)}},
                    {.mode = mode});
  auto r = f(array<double>({{1, 1}, {1, 1}}), array<double>({{0, 1}, {2, 3}}));
  CHECK(r["diff"] == array<double>({{1, 0}, {-1, -2}}));
  CHECK(r["abs"] == array<double>({{1, 0}, {1, 2}}));
  CHECK(r[2] == array<double>({{1, 0}, {1, 4}}));
}

TEST_CASE("defaults, and arguments by name") {
  const Mode mode = EACH_MODE();
  auto x = dscalar("x"), y = dscalar("y"), w = dscalar("w_by_name");
  auto f = function({x, y, w}, (x + y) * w, {.defaults = {{y, 1}, {w, 2}}, .mode = mode});
  CHECK(f(33).scalar<double>() == 68);
  CHECK(f(33, 2).scalar<double>() == 70);
  CHECK(f(33, 0, 1).scalar<double>() == 33);
  CHECK(f(33, arg("w_by_name", 1)).scalar<double>() == 34);
  CHECK(f(33, arg("w_by_name", 1), arg("y", 0)).scalar<double>() == 33);
}

TEST_CASE("an accumulator") {
  const Mode mode = EACH_MODE();
  auto state = shared("state", int64_t{0});
  auto inc = lscalar("inc");
  auto accumulator = function({inc}, state, {.updates = {{state, state + inc}}, .mode = mode});
  const auto value = [&] { return state.get().scalar<int64_t>(); };
  CHECK(value() == 0);
  CHECK(accumulator(1).scalar<int64_t>() == 0);
  CHECK(value() == 1);
  CHECK(accumulator(300).scalar<int64_t>() == 1);
  CHECK(value() == 301);
  state.set(Array::scalar(int64_t{-1}));
  CHECK(accumulator(3).scalar<int64_t>() == -1);
  CHECK(value() == 2);
  auto decrementor = function({inc}, state, {.updates = {{state, state - inc}}, .mode = mode});
  CHECK(decrementor(2).scalar<int64_t>() == 2);
  CHECK(value() == 0);

  // givens: the expression's state is another value this time.
  auto fn_of_state = state * 2 + inc;
  auto foo = lscalar("foo");
  auto skip_shared = function({inc, foo}, fn_of_state, {.givens = {{state, foo}}, .mode = mode});
  CHECK(skip_shared(1, 3).scalar<int64_t>() == 7);
  CHECK(value() == 0);

  state.set(Array::scalar(int64_t{10}));
  auto new_state = shared("new_state", int64_t{0});
  auto new_accumulator = accumulator.swap({{state, new_state}});
  CHECK(new_accumulator(100).scalar<int64_t>() == 0);
  CHECK(new_state.get().scalar<int64_t>() == 100);
  CHECK(value() == 10);
  auto null_accumulator = accumulator.without_updates();
  CHECK(null_accumulator(9000).scalar<int64_t>() == 10);
  CHECK(value() == 10);

  auto stranger = shared("stranger", int64_t{0});
  try {
    accumulator.swap({{stranger, new_state}});
    FAIL("swapped what the function does not use");
  } catch (const Error& e) {
    const std::string text = e.what();
    CHECK(text.starts_with(
        "error[E0209] not-in-graph: swap: the function does not use 'stranger'\n"));
    CHECK(contains(text, "variable  i64  'stranger'"));
  }
}

TEST_CASE("derivatives") {
  const Mode mode = EACH_MODE();
  auto x = dscalar("x");
  auto f = function({x}, grad(pow(x, 2), x), {.mode = mode});
  CHECK(f(4).scalar<double>() == Approx(8));
  CHECK(f(94.2).scalar<double>() == Approx(188.4));

  auto m = dmatrix("m");
  auto s = sum(1 / (1 + exp(-m)));
  auto dlogistic = function({m}, grad(s, m), {.mode = mode});
  CHECK(prints(dlogistic(array<double>({{0, 1}, {-1, -2}})).array(),
               array<double>({{.25, .19661193}, {.19661193, .10499359}})));
}

TEST_CASE("Lop and the Hessian times a vector") {
  const Mode mode = EACH_MODE();
  auto w = dmatrix("w");
  auto v = dvector("v"), x = dvector("x");
  auto lop = function({v, x}, grad(sum(dot(x, w) * v), w),
                      {.givens = {{w, cast<double>(ones({2, 2}, DType::F64))}}, .mode = mode});
  CHECK(lop(std::vector<double>{2, 2}, std::vector<double>{0, 1}).array() ==
        array<double>({{0, 0}, {2, 2}}));
  auto g = grad(sum(square(x)), x);
  auto hv = function({x, v}, grad(sum(g * v), x), {.allow_unused = true, .mode = mode});
  CHECK(hv(std::vector<double>{4, 4}, std::vector<double>{2, 2}).array() == array<double>({4, 4}));
}

TEST_CASE("a row and a column beside a matrix") {
  const Mode mode = EACH_MODE();
  const Array m = Array::from<double>(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8}, {3, 3});
  auto r = row<double>("r"), c = col<double>("c"), a = dmatrix("a");
  CHECK(function({r, a}, r + a, {.mode = mode})(array<double>({{0, 1, 2}}), m).array() ==
        array<double>({{0, 2, 4}, {3, 5, 7}, {6, 8, 10}}));
  CHECK(function({c, a}, c + a, {.mode = mode})(array<double>({{0}, {1}, {2}}), m).array() ==
        array<double>({{0, 1, 2}, {4, 5, 6}, {8, 9, 10}}));
}

TEST_CASE("a choice between two means") {
  const Mode mode = EACH_MODE();
  auto a = dscalar("a"), b = dscalar("b");
  auto x = dmatrix("x"), y = dmatrix("y");
  auto z = where(a < b, mean(x), mean(y));
  auto f = function({a, b, x, y}, z, {.mode = mode});
  CHECK(f(0, 1, full<double>({4, 4}, 3), ones<double>({4, 4})).scalar<double>() == 3);
  CHECK(f(1, 0, full<double>({4, 4}, 3), ones<double>({4, 4})).scalar<double>() == 1);
}

TEST_CASE("logistic regression learns random labels of separable data") {
  NEEDS_JIT();
  const int64_t n = 40, features = 78;
  auto x = dmatrix("x");
  auto y = dvector("y");
  uint32_t seed = 1;
  const auto random = [&] {
    return static_cast<double>((seed = seed * 1664525u + 1013904223u) >> 8) / 0x1p24;
  };
  std::vector<double> data, labels;
  for (int64_t i = 0; i < n; ++i) {
    labels.push_back(random() < 0.5 ? 0 : 1);
    for (int64_t j = 0; j < features; ++j)
      data.push_back(random() - 0.5);
  }
  auto w = shared("w", zeros<double>({features}));
  auto b = shared("b", 0.0);
  auto p_1 = 1 / (1 + exp(-dot(x, w) - b));
  auto prediction = p_1 > 0.5;
  auto xent = -y * log(p_1) - (1 - y) * log(1 - p_1);
  auto cost = mean(xent) + 0.01 * sum(square(w));
  auto [gw, gb] = grad(cost, {w, b});
  auto train =
      function({x, y}, {prediction, xent}, {.updates = {{w, w - 0.1 * gw}, {b, b - 0.1 * gb}}});
  auto predict = function({x}, prediction);
  const Array images = Array::from<double>(data, {n, features});
  for (int i = 0; i < 1000; ++i)
    train(images, labels);
  const std::vector<bool> predicted = [&] {
    const auto got = predict(images).array().to_vector<bool>();
    return std::vector<bool>(got.begin(), got.end());
  }();
  int right = 0;
  for (int64_t i = 0; i < n; ++i)
    right += predicted[static_cast<size_t>(i)] == (labels[static_cast<size_t>(i)] == 1);
  CHECK(right == n);
}
