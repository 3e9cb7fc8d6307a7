// The C++ API: types, messages with the user's line, shared variables, threads, depth.
#include "tests/contains.h"
#include "tests/jit.h"

#include <tsc/tsc.h>

#include <fmt/format.h>
#include <functional>
#include <pthread.h>
#include <thread>

using namespace tsc;

namespace {

std::string type_of(const Tensor& t) { return text(t.type()); }

// The message of what `f` throws, with this file's name shortened.
std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    std::string text = e.what();
    const std::string file = __FILE__;
    for (size_t at; (at = text.find(file)) != std::string::npos;)
      text.replace(at, file.size(), "HERE");
    return text;
  }
  return "no error";
}

} // namespace

TEST_CASE("constructors say dtype and rank") {
  CHECK(type_of(scalar<float>("x")) == "f32");
  CHECK(type_of(vector<int64_t>("x")) == "i64[x.0]");
  CHECK(type_of(row<double>("x")) == "f64[1, x.1]");
  CHECK(type_of(col<bool>("x")) == "bool[x.0, 1]");
  CHECK(type_of(matrix<F16>("x")) == "f16[x.0, x.1]");
  CHECK(type_of(tensor3<uint8_t>("x")) == "u8[x.0, x.1, x.2]");
  CHECK(type_of(tensor4<float>("x")) == "f32[x.0, x.1, x.2, x.3]");
  CHECK(type_of(tensor5<float>("x")) == "f32[x.0, x.1, x.2, x.3, x.4]");
  CHECK(type_of(bscalar("x")) == "i8");
  CHECK(type_of(wvector("x")) == "i16[x.0]");
  CHECK(type_of(imatrix("x")) == "i32[x.0, x.1]");
  CHECK(type_of(lrow("x")) == "i64[1, x.1]");
  CHECK(type_of(fcol("x")) == "f32[x.0, 1]");
  CHECK(type_of(dtensor3("x")) == "f64[x.0, x.1, x.2]");
  CHECK(type_of(cvector("x")) == "c64[x.0]");
  CHECK(type_of(zvector("x")) == "c128[x.0]");
  const Dim n = symbol("n");
  CHECK(type_of(input<float>("x", {"batch", 784})) == "f32[batch, 784]");
  CHECK(type_of(input("x", DType::BF16, {n, 2 * n + 1, -1, 1})) == "bf16[n, 2*n+1, x.2, 1]");
  CHECK(matrix<float>().name() != matrix<float>().name());
  CHECK(type_of(constant(array<float>({{1, 2}}))) == "f32[1, 2]");
  CHECK(type_of(constant(3)) == "i32");
}

TEST_CASE("bad inputs are refused on their line") {
  const std::string bad_name = message([] { matrix<float>("a b"); });
  const int name_line = __LINE__ - 1;
  CHECK(bad_name == fmt::format("error[E0114] bad-name: 'a b' cannot name an input: letters, "
                                "digits, '_' and '.' can\n"
                                "  --> HERE:{}",
                                name_line));
  const std::string bad_size = message([] { input<float>("x", {-2}); });
  const int size_line = __LINE__ - 1;
  CHECK(bad_size ==
        fmt::format("error[E0202] bad-dim: input 'x': size -2 of axis 0 is negative\n  --> HERE:{}",
                    size_line));
}

TEST_CASE("numbers take the dtype of what they meet") {
  auto f = vector<float>("f");
  auto i = vector<int32_t>("i");
  auto h = vector<F16>("h");
  auto p = vector<bool>("p");
  CHECK((0.5 * f).dtype() == DType::F32);
  CHECK((2 * f).dtype() == DType::F32);
  CHECK((0.1f * h).dtype() == DType::F16);
  CHECK((i + 1).dtype() == DType::I32);
  CHECK((i + 0.5).dtype() == DType::F64);
  CHECK((i / 2).dtype() == DType::F64);
  CHECK((p + 1).dtype() == DType::I64);
  CHECK((f + i).dtype() == DType::F32);
  CHECK(where(p, f, 0).dtype() == DType::F32);
  CHECK(clip(f, 0, 1).dtype() == DType::F32);
  CHECK((f < 1).dtype() == DType::Bool);
  const std::string too_large = message([&] { cast<int8_t>(i) + 1000; });
  const int line = __LINE__ - 1;
  CHECK(too_large ==
        fmt::format("error[E0115] number-range: 1000 does not fit i8\n  --> HERE:{}", line));
}

TEST_CASE("an error names the line, the operands and where they come from") {
  auto h = input<float>("h", {"batch", 128});
  const int h_line = __LINE__ - 1;
  auto w2 = shared("w2", zeros<float>({64, 10}));
  const int w_line = __LINE__ - 1;
  const std::string product = message([&] { matmul(h, w2); });
  const int product_line = __LINE__ - 1;
  CHECK(product == fmt::format("error[E0204] shape-mismatch: matmul: inner sizes differ\n"
                               "  --> HERE:{}\n"
                               "  left   f32[batch, 128]  'h'  HERE:{}\n"
                               "  right  f32[64, 10]  'w2'  HERE:{}\n"
                               "  hint: left axis 1 is 128, right axis 0 is 64",
                               product_line, h_line, w_line));
  auto s = (zeros_like(w2) + 1).named("s");
  const int s_line = __LINE__ - 1;
  const std::string sum = message([&] { s + vector<float>("v")(slice(0, 3)); });
  const int sum_line = __LINE__ - 1;
  CHECK(sum ==
        fmt::format("error[E0204] shape-mismatch: add: sizes of axis 1 differ\n"
                    "  --> HERE:{0}\n"
                    "  operand 0  f32[64, 10]  's'  HERE:{1}\n"
                    "  operand 1  f32[3]  HERE:{0}\n"
                    "  hint: axis 1: 10 and 3; only a size that is 1 when the graph is built "
                    "stretches",
                    sum_line, s_line));
  const std::string axis = message([&] { softmax(h, 2); });
  const int axis_line = __LINE__ - 1;
  CHECK(axis == fmt::format("error[E0203] axis-range: softmax: axis 2 is not in -2..1\n"
                            "  --> HERE:{}",
                            axis_line));
}

TEST_CASE("functions: what is wrong with the list of inputs") {
  auto x = dscalar("x");
  const int x_line = __LINE__ - 1;
  auto y = dscalar("yy");
  const int y_line = __LINE__ - 1;
  const std::string missing = message([&] { function({x}, x + y); });
  const std::string unused = message([&] { function({x, y}, x); });
  const std::string twice = message([&] { function({x, x}, x); });
  const std::string no_input = message([&] { function({x * 2}, x); });
  const std::string nothing = message([&] { function({x}, {}); });
  const int line = __LINE__ - 5;
  CHECK(missing == fmt::format("error[E0506] missing-input: function: the outputs need the input "
                               "'yy', which is not listed\n"
                               "  --> HERE:{}\n"
                               "  input  f64  'yy'  HERE:{}",
                               line, y_line));
  CHECK(unused == fmt::format("error[E0505] unused-input: function: no output or update needs the "
                              "input 'yy'\n"
                              "  --> HERE:{}\n"
                              "  input  f64  'yy'  HERE:{}\n"
                              "  hint: leave it out, or set the option allow_unused",
                              line + 1, y_line));
  CHECK_NOTHROW(function({x, y}, x, {.allow_unused = true, .mode = Mode::Interpret}));
  CHECK(twice == fmt::format("error[E0106] duplicate-name: function: input 'x' is listed twice\n"
                             "  --> HERE:{0}\n"
                             "  first   f64  'x'  HERE:{1}\n"
                             "  second  f64  'x'  HERE:{1}",
                             line + 2, x_line));
  CHECK(no_input == fmt::format("error[E0114] bad-name: function: only inputs can be listed as "
                                "inputs\n"
                                "  --> HERE:{0}\n"
                                "  value  f64  HERE:{0}\n"
                                "  hint: to feed an intermediate value, use the option givens",
                                line + 3));
  CHECK(nothing == fmt::format("error[E0113] no-outputs: function: neither outputs nor updates\n"
                               "  --> HERE:{}",
                               line + 4));
  auto z = dscalar("yz");
  CHECK(
      contains(message([&] { function({x, z}, x + y); }), "did you mean it where 'yz' is listed?"));
}

TEST_CASE("calls: what is wrong with the arguments") {
  const Mode mode = EACH_MODE();
  auto x = dvector("x");
  auto n = iscalar("times");
  const int line = __LINE__ - 1;
  auto f = function({x, n}, x * n, {.mode = mode});
  const std::vector<double> v = {1, 2};
  CHECK(message([&] { f(v); }) ==
        fmt::format("error[E0506] missing-input: input 'times' is not given and has no default\n"
                    "  input  i32  'times'  HERE:{}",
                    line));
  CHECK(message([&] { f(v, 1, 2); }) ==
        fmt::format("error[E0501] argument-count: the function takes 2 arguments, got 3\n"
                    "  input  f64[x.0]  'x'  HERE:{}\n"
                    "  input  i32  'times'  HERE:{}",
                    line - 1, line));
  CHECK(message([&] { f(v, 0.5); }) ==
        "error[E0502] argument-type: input 'times' is i32; the number 0.5 does not fit");
  CHECK(message([&] { f(v, arg("time", 1)); }) ==
        "error[E0107] unknown-name: no input is named 'time'; did you mean 'times'?");
  CHECK(message([&] { f(v, 1, arg("x", v)); }) ==
        "error[E0501] argument-count: input 'x' is given twice");
  CHECK_THROWS_AS(f(zeros<double>({2, 2}), 1), Error);
  CHECK_THROWS_AS(f(std::vector<float>{1}, 1), Error);
  auto r = f(v, 3);
  CHECK(message([&] { r["loss"]; }) ==
        "error[E0107] unknown-name: no output is named 'loss'\n  output  0");
  CHECK(message([&] { r[1]; }) == "error[E0504] index-range: result 1 of a function with 1");
}

TEST_CASE("sizes that do not fit at a call are told in the words of what was written") {
  const Mode mode = EACH_MODE();
  auto x = matrix<float>("x"), y = matrix<float>("y");
  auto v = vector<float>("v");
  auto f = function({x, v}, x + v, {.mode = mode});
  const std::string ranks = message([&] { f(ones<float>({2, 3}), ones<float>({4})); });
  CHECK(ranks.starts_with("error[E0503] argument-shape: broadcast: size of axis 0 and its target "
                          "(only a size declared as 1 stretches): "));
  auto g = function({x, y}, x * y, {.mode = mode});
  const std::string sizes = message([&] { g(ones<float>({2, 3}), ones<float>({1, 3})); });
  CHECK(sizes.starts_with("error[E0503] argument-shape: mul: sizes of axis 0 (only a size declared "
                          "as 1 stretches): "));
}

TEST_CASE("errors of requests name the line of the request") {
  auto x = vector<double>("x");
  auto i = vector<int64_t>("i");
  const std::string integer = message([&] { grad(sum(x), i); });
  const int line = __LINE__ - 1;
  CHECK(integer == fmt::format("error[E0208] not-differentiable: grad: no derivative by a value "
                               "that is not floating\n"
                               "  --> HERE:{}\n"
                               "  value  i64[i.0]  'i'  HERE:{}",
                               line, line - 1));
  const std::string missing = message([&] { eval(x + 1); });
  CHECK(contains(missing, fmt::format("\n  --> HERE:{}\n", __LINE__ - 1)));
  const std::string name = message([&] { symbol("a b"); });
  CHECK(contains(name, fmt::format("\n  --> HERE:{}", __LINE__ - 1)));
  const std::string size = message([&] { input<float>("x", {"a b"}); });
  CHECK(contains(size, fmt::format("\n  --> HERE:{}", __LINE__ - 1)));
}

TEST_CASE("x - x is 0, and strictly what infinities give") {
  NEEDS_JIT();
  auto x = scalar<double>("x");
  CHECK(function({x}, x - x)(INFINITY).scalar<double>() == 0);
  CHECK(std::isnan(function({x}, x - x, {.strict = true})(INFINITY).scalar<double>()));
}

TEST_CASE("operators on bits and truth values") {
  auto i = vector<int64_t>("i");
  const Array v = array<int64_t>({5, 12});
  CHECK(eval((i & 4) | 1, {{i, v}}) == array<int64_t>({5, 5}));
  CHECK(eval(~i ^ 1, {{i, v}}) == array<int64_t>({-5, -14}));
  const Tensor inside = (i > 5) & ~(i > 20);
  CHECK(inside.dtype() == DType::Bool);
  CHECK(eval(cast<int64_t>(inside | (i < 0)), {{i, v}}) == array<int64_t>({0, 1}));
  CHECK(eval(cast<int64_t>(inside ^ (i < 20)), {{i, v}}) == array<int64_t>({1, 0}));
  CHECK(contains(message([&] { i & 0.5; }), "dtype-mismatch: bit_and: does not work on f64"));
}

TEST_CASE("updates see old values and are checked") {
  const Mode mode = EACH_MODE();
  auto a = shared("a", 1.0), b = shared("b", 2.0);
  auto swap = function({}, {a + b}, {.updates = {{a, b}, {b, a}}, .mode = mode});
  CHECK(swap().scalar<double>() == 3);
  CHECK(a.get().scalar<double>() == 2);
  CHECK(b.get().scalar<double>() == 1);
  auto reset = function({}, {}, {.updates = {{a, 0}}, .mode = mode});
  CHECK(reset().size() == 0);
  CHECK(a.get().scalar<double>() == 0);

  CHECK(contains(message([&] { function({}, {}, {.updates = {{a, b}, {a, b}}}); }),
                 "bad-update: 'a' is updated twice"));
  CHECK(contains(message([&] { function({}, {}, {.updates = {{a, cast<float>(b)}}}); }),
                 "bad-update: update of 'a': the dtypes differ"));
  CHECK(contains(message([&] { function({}, {}, {.updates = {{a + 1, b}}}); }),
                 "an update's target must be a shared variable"));
  auto v = shared("v", zeros<double>({3}));
  CHECK(contains(message([&] { function({}, {}, {.updates = {{v, zeros({4}, DType::F64)}}}); }),
                 "shape-mismatch: update of 'v': sizes of axis 0: 3 = 4 cannot be"));
}

TEST_CASE("shared variables keep dtype and shape, and share no memory with arrays") {
  Array start = ones<float>({2, 2});
  auto w = shared("w", start);
  const int line = __LINE__ - 1;
  start.span<float>()[0] = 5;
  CHECK(w.get() == ones<float>({2, 2}));
  w.get().span<float>()[0] = 5;
  CHECK(w.get() == ones<float>({2, 2}));
  CHECK(message([&] { w.set(ones<float>({3})); }) ==
        fmt::format(
            "error[E0302] data-mismatch: set: 'w' is f32[2, 2] and stays so; the value is f32[3]\n"
            "  variable  f32[2, 2]  'w'  HERE:{}",
            line));
  CHECK_THROWS_AS(w.set(ones<double>({2, 2})), Error);
  w.set(zeros<float>({2, 2}));
  CHECK(w.get() == zeros<float>({2, 2}));
}

TEST_CASE("givens replace inputs, with their sizes, and intermediate values") {
  const Mode mode = EACH_MODE();
  auto x = matrix<float>("x");
  auto y = x - mean(x, 0, true);
  auto data = shared("data", array<float>({{1, 2}, {3, 4}}));
  CHECK(function({}, y, {.givens = {{x, data}}, .mode = mode})().array() ==
        array<float>({{-1, -1}, {1, 1}}));
  auto m = mean(x, 0, true);
  auto z = x - m;
  CHECK(function({x}, z,
                 {.givens = {{m, x(slice(0, 1))}}, .mode = mode})(array<float>({{1, 2}, {3, 4}}))
            .array() == array<float>({{0, 0}, {2, 2}}));
  // All at once: the replacement's x is the real one.
  CHECK(function({x}, sum(x), {.givens = {{x, x * 2}}, .mode = mode})(array<float>({{1, 2}}))
            .scalar<float>() == 6);
  CHECK(contains(message([&] { function({}, y, {.givens = {{x, zeros({2, 2}, DType::F64)}}}); }),
                 "givens: the dtypes differ"));
}

TEST_CASE("indexing is NumPy's") {
  const Mode mode = EACH_MODE();
  auto x = matrix<double>("x");
  const Array m = array<double>({{0, 1, 2}, {3, 4, 5}, {6, 7, 8}});
  const auto at = [&](const Tensor& t) { return function({x}, t, {.mode = mode})(m).array(); };
  CHECK(at(x(1)) == array<double>({3, 4, 5}));
  CHECK(at(x(-1, 0)).scalar<double>() == 6);
  CHECK(at(x(slice(1, {}), slice({}, {}, -1))) == array<double>({{5, 4, 3}, {8, 7, 6}}));
  CHECK(at(x(ellipsis, 1)) == array<double>({1, 4, 7}));
  CHECK(at(x(slice(), newaxis, slice(0, 1))) ==
        Array::from<double>(std::vector<double>{0, 3, 6}, {3, 1, 1}));
  CHECK(at(x(constant(array<int64_t>({2, 0})), slice(0, 2))) == array<double>({{6, 7}, {0, 1}}));
  CHECK(at(take(x, constant(array<int32_t>({-1})), 1)) == array<double>({{2}, {5}, {8}}));
  CHECK(at(pick(x, constant(array<int64_t>({0, 1, 2})))) == array<double>({0, 4, 8}));
  CHECK(at(set_subtensor(x, {1}, 9)) == array<double>({{0, 1, 2}, {9, 9, 9}, {6, 7, 8}}));
  CHECK(at(inc_subtensor(x, {slice(0, 3, 2), slice(1, 3)}, 10)) ==
        array<double>({{0, 11, 12}, {3, 4, 5}, {6, 17, 18}}));
  CHECK(at(inc_subtensor(x, {constant(array<int64_t>({0, 0}))}, 1)) ==
        array<double>({{2, 3, 4}, {3, 4, 5}, {6, 7, 8}}));
  CHECK(at(set_subtensor(x, {slice({}, {}, -1), 0}, constant(array<double>({1, 2, 3})))) ==
        array<double>({{3, 1, 2}, {2, 4, 5}, {1, 7, 8}}));
  CHECK(contains(message([&] { constant(m)(3); }),
                 "index-range: index 3 of axis 0, which has size 3"));
  CHECK(contains(message([&] { x(1, 2, 3); }), "3 indices for 2 axes"));
}

TEST_CASE("functions of the table") {
  auto x = matrix<double>("x");
  const Array m = array<double>({{1, 2}, {3, 6}});
  const auto at = [&](const Tensor& t) { return eval(t, {{x, m}}); };
  CHECK(at(mean(x)).scalar<double>() == 3);
  CHECK(at(mean(cast<int64_t>(x), 1)) == array<double>({1.5, 4.5}));
  CHECK(at(var(x, 1, false, 1)) == array<double>({0.5, 4.5}));
  CHECK(at(stddev(x, 1)) == array<double>({0.5, 1.5}));
  CHECK(at(norm(x(1, ellipsis) * 4.0 / 3.0)).scalar<double>() == Approx(std::sqrt(80)));
  CHECK(at(norm(x, 1, false, INFINITY)) == array<double>({2, 6}));
  CHECK(at(sum(cast<float>(x), {}, false, DType::F64)).dtype() == DType::F64);
  CHECK(at(argmax(x)).scalar<int64_t>() == 3);
  CHECK(at(argmax(x, 0)) == array<int64_t>({1, 1}));
  CHECK(at(concat({x, x * 2}, 1)) == array<double>({{1, 2, 2, 4}, {3, 6, 6, 12}}));
  CHECK(at(stack({x(0), x(1)}, 1)) == array<double>({{1, 3}, {2, 6}}));
  CHECK(at(outer(x(0), x(1))) == array<double>({{3, 6}, {6, 12}}));
  CHECK(at(tensordot(x, x)).scalar<double>() == 50);
  CHECK(at(tensordot(x, x, 1)) == at(matmul(x, x)));
  CHECK(at(x.T()) == array<double>({{1, 3}, {2, 6}}));
  CHECK(at(eye(2, 3, 1)) == array<float>({{0, 1, 0}, {0, 0, 1}}));
  CHECK(at(arange(x.shape()[0])) == array<int64_t>({0, 1}));
  CHECK(at(size(x, -1)).scalar<int64_t>() == 2);
  CHECK(at(relu(x - 3)) == array<double>({{0, 0}, {0, 3}}));
  CHECK(at(gelu(x - 1)).at<double>({0, 1}) == Approx(0.8413447460685429));
  CHECK(at(gelu(x - 31)).at<double>({0, 0}) != 0);
  CHECK(at(silu(x - 1)).at<double>({0, 1}) == Approx(0.7310585786300049));
  CHECK(allclose(at(softmax(x, 0)), at(exp(log_softmax(x, 0)))));
  CHECK(at(logsumexp(x * 1000, 1)) == array<double>({2000, 6000}));
  auto labels = constant(array<int64_t>({0, 1}));
  CHECK(allclose(at(cross_entropy(x, labels)),
                 array<double>({1.3132616875182228, 0.04858735157374196})));
  CHECK(allclose(at(cross_entropy(x, constant(array<double>({{1, 0}, {0, 1}})))),
                 at(cross_entropy(x, labels))));
  CHECK(at(binary_cross_entropy_with_logits(x * 100, 1)).at<double>({0, 0}) ==
        Approx(3.720075976020836e-44));
  auto normal =
      layer_norm(x, constant(array<double>({1, 1})), constant(array<double>({0, 1})), -1, 0);
  CHECK(allclose(at(normal), array<double>({{-1, 2}, {-1, 2}})));
}

TEST_CASE("derivatives through several forms of asking") {
  auto x = vector<double>("x"), u = vector<double>("u");
  auto cost = sum(square(x));
  auto one = grad(cost, x);
  auto [two] = grad(cost, {x});
  auto many = grad(cost, std::vector<Tensor>{x, u});
  const Array v = array<double>({1, 2});
  for (const Tensor& d : {one, two, many[0]})
    CHECK(eval(d, {{x, v}}) == array<double>({2, 4}));
  CHECK(eval(many[1], {{u, v}}) == zeros<double>({2}));
  const std::string no_scalar = message([&] { grad(square(x), x); });
  const int line = __LINE__ - 1;
  CHECK(no_scalar == fmt::format("error[E0208] not-differentiable: grad: the cost must be a "
                                 "floating scalar\n"
                                 "  --> HERE:{0}\n"
                                 "  value  f64[x.0]  HERE:{0}",
                                 line));
}

TEST_CASE("sizes that contradict each other are found on the line where they meet") {
  auto x = input<float>("x", {"n"}), y = input<float>("y", {"m"});
  auto three = input<float>("three", {3}), four = input<float>("four", {4});
  auto a = x + three, b = y + four; // n = 3, m = 4
  CHECK(type_of(exp(a) * 2) == type_of(a));
  const std::string met = message([&] { a + b; });
  const int line = __LINE__ - 1;
  CHECK(contains(met, "3"));
  CHECK(contains(met, fmt::format("HERE:{}", line)));
  CHECK(message([&] { x + y + a + b; }) != "no error");
  CHECK_NOTHROW(sum(a) + sum(b));
  CHECK_NOTHROW(function({x, three}, a, {.mode = Mode::Interpret}));
}

TEST_CASE("sizes are solved from axes of which they are a part, compiled and interpreted") {
  const Mode mode = EACH_MODE();
  const Dim n = symbol("n");
  auto x = input<double>("x", {2 * n + 1});
  auto f = function({x}, {sum(x), sum(arange(n))}, {.mode = mode});
  const Results results = f(array<double>({1, 2, 3, 4, 5}));
  CHECK(results[0].scalar<double>() == 15);
  CHECK(results[1].scalar<int64_t>() == 1);
  const auto code = [&](const std::vector<double>& v) {
    return message([&] { f(v); }).substr(0, 12);
  };
  CHECK(code({1, 2, 3, 4}) == "error[E0503]");
  auto y = input<double>("y", {n + 3});
  auto g = function({y}, sum(y), {.mode = mode});
  CHECK(g(std::vector<double>{1, 2, 3}).scalar<double>() == 6);
  CHECK(message([&] { g(std::vector<double>{1, 2}); }).substr(0, 12) == "error[E0503]");
  auto z = input<double>("z", {"m", n * symbol("m")});
  auto h = function({z}, sum(z) + sum(arange(n)), {.mode = mode});
  CHECK(h(array<double>({{1, 2, 3, 4}, {1, 2, 3, 4}})).scalar<double>() == 21);
  CHECK(message([&] { h(array<double>({{1, 2, 3}, {1, 2, 3}})); }).substr(0, 12) == "error[E0503]");
}

TEST_CASE("expressions of any depth are built, differentiated and freed on a small stack") {
  const auto body = [](void*) -> void* {
    auto x = vector<float>("x");
    Tensor y = x;
    for (int i = 0; i < 100'000; ++i)
      y = y + x;
    Tensor d = grad(sum(y), x);
    y = x;
    return nullptr;
  };
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &small, body, nullptr) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
}

TEST_CASE("several threads build on shared nodes and call one function") {
  const Mode mode = EACH_MODE();
  auto x = dscalar("x");
  auto base = exp(x) + 1;
  auto counter = shared("counter", int64_t{0});
  auto f = function({x}, base, {.updates = {{counter, counter + 1}}, .mode = mode});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        Tensor mine = base;
        for (int k = 0; k < 20; ++k)
          mine = mine * base;
        grad(mine, x);
        f(1);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(counter.get().scalar<int64_t>() == 200);
}
