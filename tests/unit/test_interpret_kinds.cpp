// The interpreter's other kinds against values computed by hand or as NumPy gives them, and its
// treatment of sizes, states and errors.
#include "tests/unit/evaluate.h"

using namespace tsc;
using Values = std::vector<Value>;

namespace {

TensorValue counted(DType dtype, std::vector<int64_t> shape) {
  TensorValue value = TensorValue::zeros(dtype, std::move(shape));
  for (size_t i = 0; i < value.count(); ++i)
    value.set_i64(i, static_cast<int64_t>(i));
  return value;
}

TensorValue reduced(const TensorValue& x, Op op, const IntList& axes) {
  return evaluated({x},
                   [&](const Values& v) { return build::node(op, {v[0]}, {{Key::axes, axes}}); });
}

// Code and message of the Error that f throws.
template <class F>
std::string headline_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return std::string(e.code()) + " " + e.message();
  }
  return "no error";
}

} // namespace

// ---- reductions

TEST_CASE("sums along each choice of axes") {
  const auto x = counted(DType::F32, {2, 3, 2});
  CHECK_VALUE(reduced(x, Op::sum, {0}), f32({3, 2}, {6, 8, 10, 12, 14, 16}));
  CHECK_VALUE(reduced(x, Op::sum, {1}), f32({2, 2}, {6, 9, 24, 27}));
  CHECK_VALUE(reduced(x, Op::sum, {2}), f32({2, 3}, {1, 5, 9, 13, 17, 21}));
  CHECK_VALUE(reduced(x, Op::sum, {0, 2}), f32({3}, {14, 22, 30}));
  CHECK_VALUE(reduced(x, Op::sum, {0, 1, 2}), f32({}, {66}));
  CHECK_VALUE(reduced(x, Op::sum, {}), x);
}

TEST_CASE("float sums accumulate in f64 and round once") {
  // In f32, 2^24 + 1 + 1 stays 2^24.
  CHECK_VALUE(reduced(f32({3}, {0x1p24, 1, 1}), Op::sum, {0}), f32({}, {0x1p24 + 2}));
  CHECK_VALUE(reduced(f32({3}, {1e38, 1e38, -1e38}), Op::prod, {}), f32({3}, {1e38, 1e38, -1e38}));
  CHECK_VALUE(reduced(f32({4}, {1e30, 1e30, 1e-30, 1e-30}), Op::prod, {0}), f32({}, {1}));
  CHECK_VALUE(reduced(f16({4}, {60000, 60000, -60000, 1}), Op::sum, {0}), f16({}, {60000}));
  CHECK_VALUE(reduced(f32({2}, {Inf, -Inf}), Op::sum, {0}), f32({}, {NaN}));
}

TEST_CASE("integer and bool sums have 64 bits") {
  const auto x = ints(DType::I8, {3}, {127, 127, -1});
  CHECK_VALUE(reduced(x, Op::sum, {0}), i64({}, {253}));
  CHECK_VALUE(reduced(x, Op::prod, {0}), i64({}, {-16129}));
  CHECK_VALUE(reduced(ints(DType::U8, {2}, {255, 255}), Op::sum, {0}), ints(DType::U64, {}, {510}));
  CHECK_VALUE(reduced(bools({3}, {1, 0, 1}), Op::sum, {0}), i64({}, {2}));
  CHECK_VALUE(reduced(i64({2}, {INT64_MAX, 1}), Op::sum, {0}), i64({}, {INT64_MIN}));
}

TEST_CASE("reductions of nothing give the identity") {
  const auto none = f32({2, 0}, {});
  CHECK_VALUE(reduced(none, Op::sum, {1}), f32({2}, {0, 0}));
  CHECK_VALUE(reduced(none, Op::prod, {1}), f32({2}, {1, 1}));
  CHECK_VALUE(reduced(none, Op::logsumexp, {1}), f32({2}, {-Inf, -Inf}));
  CHECK_VALUE(reduced(bools({0}, {}), Op::any, {0}), bools({}, {0}));
  CHECK_VALUE(reduced(bools({0}, {}), Op::all, {0}), bools({}, {1}));
  CHECK_VALUE(reduced(none, Op::max, {0}), f32({0}, {}));
}

TEST_CASE("max and min pass NaN on; any and all") {
  const auto x = f32({3, 2}, {1, 5, NaN, -1, 3, 2});
  CHECK_VALUE(reduced(x, Op::max, {1}), f32({3}, {5, NaN, 3}));
  CHECK_VALUE(reduced(x, Op::min, {0}), f32({2}, {NaN, -1}));
  CHECK_VALUE(reduced(f32({2}, {-0.0, 0.0}), Op::max, {0}), f32({}, {0.0}));
  CHECK_VALUE(reduced(f32({2}, {0.0, -0.0}), Op::min, {0}), f32({}, {-0.0}));
  CHECK_VALUE(reduced(ints(DType::U8, {2}, {200, 100}), Op::max, {0}), ints(DType::U8, {}, {200}));
  const auto b = bools({2, 2}, {1, 0, 1, 1});
  CHECK_VALUE(reduced(b, Op::any, {1}), bools({2}, {1, 1}));
  CHECK_VALUE(reduced(b, Op::all, {1}), bools({2}, {0, 1}));
  CHECK_VALUE(reduced(b, Op::max, {0}), bools({2}, {1, 1}));
}

TEST_CASE("argmax and argmin: the first, NaN wins, several axes count in row-major order") {
  CHECK_VALUE(reduced(f32({5}, {1, 3, 3, 2, 0}), Op::argmax, {0}), i64({}, {1}));
  CHECK_VALUE(reduced(f32({5}, {1, NaN, 3, NaN, 9}), Op::argmax, {0}), i64({}, {1}));
  CHECK_VALUE(reduced(f32({4}, {1, NaN, -3, NaN}), Op::argmin, {0}), i64({}, {1}));
  CHECK_VALUE(reduced(i32({2, 3}, {4, 9, 9, -1, -7, -7}), Op::argmax, {1}), i64({2}, {1, 0}));
  CHECK_VALUE(reduced(i32({2, 3}, {4, 9, 9, -1, -7, -7}), Op::argmin, {0}), i64({3}, {1, 1, 1}));
  CHECK_VALUE(reduced(i32({2, 3}, {4, 0, 9, -1, -7, 9}), Op::argmax, {0, 1}), i64({}, {2}));
  CHECK_VALUE(reduced(f32({2}, {-0.0, 0.0}), Op::argmax, {0}), i64({}, {0}));
}

TEST_CASE("logsumexp: far values, infinities") {
  const auto log2 = std::log(2.0);
  const auto x = f64({6, 2}, {1e4, 1e4, -1e4, -1e4, -Inf, -Inf, Inf, 0, NaN, 0, -Inf, 3});
  const TensorValue got = reduced(x, Op::logsumexp, {1});
  INFO(text(got));
  CHECK(max_ulp(got, f64({6}, {1e4 + log2, -1e4 + log2, -Inf, Inf, NaN, 3})) <= 1);
}

TEST_CASE("softmax and log_softmax: far values, infinities") {
  const auto x = f64({5, 2}, {1e4, 1e4, -1e4, 1e4, -Inf, -Inf, -Inf, 0, Inf, 0});
  CHECK_VALUE(reduced(x, Op::softmax, {1}), f64({5, 2}, {.5, .5, 0, 1, NaN, NaN, 0, 1, NaN, NaN}));
  const TensorValue got = reduced(x, Op::log_softmax, {1});
  const auto half = std::log(0.5);
  INFO(text(got));
  CHECK(max_ulp(got, f64({5, 2}, {half, half, -2e4, 0, NaN, NaN, -Inf, 0, NaN, NaN})) <= 1);
  // Along the first axis, and along both.
  const auto y = f32({2, 2}, {0, 1, 0, 1});
  CHECK_VALUE(reduced(y, Op::softmax, {0}), f32({2, 2}, {.5, .5, .5, .5}));
  const double e = std::exp(1.0), total = 2 + 2 * e;
  CHECK(max_ulp(reduced(y, Op::softmax, {0, 1}),
                f32({2, 2}, {1 / total, e / total, 1 / total, e / total})) <= 1);
}

// ---- views and joins

TEST_CASE("transpose, flip, reshape, broadcast") {
  const auto x = counted(DType::I32, {2, 3});
  CHECK_VALUE(evaluated({x}, [](const Values& v) { return build::transpose(v[0]); }),
              i32({3, 2}, {0, 3, 1, 4, 2, 5}));
  CHECK_VALUE(evaluated({counted(DType::I32, {2, 1, 3})},
                        [](const Values& v) { return build::transpose(v[0], {2, 0, 1}); }),
              i32({3, 2, 1}, {0, 3, 1, 4, 2, 5}));
  CHECK_VALUE(evaluated({x}, [](const Values& v) { return build::flip(v[0], {1}); }),
              i32({2, 3}, {2, 1, 0, 5, 4, 3}));
  CHECK_VALUE(evaluated({x}, [](const Values& v) { return build::flip(v[0]); }),
              i32({2, 3}, {5, 4, 3, 2, 1, 0}));
  CHECK_VALUE(evaluated({x}, [](const Values& v) { return build::reshape(v[0], {3, 2}); }),
              counted(DType::I32, {3, 2}));
  CHECK_VALUE(evaluated({i32({3}, {1, 2, 3})},
                        [](const Values& v) { return build::broadcast_to(v[0], {2, 3}); }),
              i32({2, 3}, {1, 2, 3, 1, 2, 3}));
  CHECK_VALUE(evaluated({i32({2}, {1, 2})},
                        [](const Values& v) { return build::broadcast(v[0], {2, 3}, {0}); }),
              i32({2, 3}, {1, 1, 1, 2, 2, 2}));
  CHECK_VALUE(evaluated({i32({2, 1}, {1, 2})},
                        [](const Values& v) { return build::broadcast_to(v[0], {2, 2, 2}); }),
              i32({2, 2, 2}, {1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST_CASE("slices as in Python") {
  const auto x = counted(DType::I64, {10});
  const auto sliced = [&](std::optional<Dim> start, std::optional<Dim> stop, int64_t step) {
    return evaluated({x}, [&](const Values& v) {
      return build::slice(v[0], {build::Range{start, stop, step}});
    });
  };
  CHECK_VALUE(sliced(2, 8, 3), i64({2}, {2, 5}));
  CHECK_VALUE(sliced(-3, std::nullopt, 1), i64({3}, {7, 8, 9}));
  CHECK_VALUE(sliced(std::nullopt, std::nullopt, -1), i64({10}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  CHECK_VALUE(sliced(8, 1, -3), i64({3}, {8, 5, 2}));
  CHECK_VALUE(sliced(5, 5, 1), i64({0}, {}));
  CHECK_VALUE(sliced(7, 2, 1), i64({0}, {}));
  CHECK_VALUE(sliced(0, 100, 4), i64({3}, {0, 4, 8}));
  CHECK_VALUE(sliced(-1, -100, -4), i64({3}, {9, 5, 1}));
  CHECK_VALUE(evaluated({counted(DType::I32, {3, 4})},
                        [](const Values& v) {
                          return build::slice(v[0], {{std::nullopt, std::nullopt, -2}, {1, 3, 1}});
                        }),
              i32({2, 2}, {9, 10, 1, 2}));
}

TEST_CASE("pad and concat") {
  CHECK_VALUE(
      evaluated({i32({2}, {1, 2})}, [](const Values& v) { return build::pad(v[0], {1}, {2}, 9); }),
      i32({5}, {9, 1, 2, 9, 9}));
  CHECK_VALUE(evaluated({i32({1, 2}, {1, 2})},
                        [](const Values& v) { return build::pad(v[0], {1, 0}, {0, 1}, 0); }),
              i32({2, 3}, {0, 0, 0, 1, 2, 0}));
  CHECK_VALUE(
      evaluated({f32({0}, {})}, [](const Values& v) { return build::pad(v[0], {1}, {1}, -1); }),
      f32({2}, {-1, -1}));
  const auto a = i32({2, 1}, {1, 2}), b = i32({2, 2}, {3, 4, 5, 6}), none = i32({2, 0}, {});
  CHECK_VALUE(evaluated({a, none, b}, [](const Values& v) { return build::concat(v, 1); }),
              i32({2, 3}, {1, 3, 4, 2, 5, 6}));
  CHECK_VALUE(evaluated({a, a}, [](const Values& v) { return build::concat(v, 0); }),
              i32({4, 1}, {1, 2, 1, 2}));
}

TEST_CASE("views move complex items whole") {
  TensorValue x = TensorValue::zeros(DType::C64, {2});
  for (size_t i = 0; i < x.bytes.size(); ++i)
    x.bytes[i] = static_cast<char>(i);
  const TensorValue y = evaluated({x}, [](const Values& v) { return build::flip(v[0]); });
  CHECK(y.bytes == x.bytes.substr(8) + x.bytes.substr(0, 8));
}

TEST_CASE("views of axes of size 0") {
  const auto none = f32({0, 3}, {});
  CHECK_VALUE(evaluated({none}, [](const Values& v) { return build::transpose(v[0]); }),
              f32({3, 0}, {}));
  CHECK_VALUE(evaluated({none}, [](const Values& v) { return build::flip(v[0]); }), none);
  CHECK_VALUE(evaluated({none}, [](const Values& v) { return build::exp(v[0]); }), none);
  CHECK_VALUE(reduced(none, Op::softmax, {0}), none);
}

TEST_CASE("iota and size") {
  CHECK_VALUE(
      evaluated({},
                [](const Values& v) { return build::iota(*v[0].graph, DType::I32, {2, 3}, 1); }),
      i32({2, 3}, {0, 1, 2, 0, 1, 2}));
  CHECK_VALUE(
      evaluated({},
                [](const Values& v) { return build::iota(*v[0].graph, DType::F16, {2, 2}, 0); }),
      f16({2, 2}, {0, 0, 1, 1}));
}

// ---- products

TEST_CASE("matrix products, plain and batched") {
  const auto a = counted(DType::F32, {2, 3}), b = counted(DType::F32, {3, 2});
  CHECK_VALUE(evaluated(a, b, build::matmul), f32({2, 2}, {10, 13, 28, 40}));
  CHECK_VALUE(evaluated(counted(DType::F32, {3}), b, build::matmul), f32({2}, {10, 13}));
  CHECK_VALUE(evaluated(a, counted(DType::F32, {3}), build::matmul), f32({2}, {5, 14}));
  const auto p = counted(DType::I32, {2, 2, 2});
  CHECK_VALUE(evaluated(p, p, build::matmul), i32({2, 2, 2}, {2, 3, 6, 11, 46, 55, 66, 79}));
  // 1 batch against 2, and nothing to sum over.
  CHECK_VALUE(evaluated(counted(DType::I32, {1, 1, 2}), p, build::matmul),
              i32({2, 1, 2}, {2, 3, 6, 7}));
  CHECK_VALUE(evaluated(f32({2, 0}, {}), f32({0, 2}, {}), build::matmul),
              f32({2, 2}, {0, 0, 0, 0}));
}

TEST_CASE("contract: any axes; floats in f64, integers wrap, bool is or of ands") {
  const auto outer = [](const Values& v) { return build::contract(v[0], v[1], {}, {}, {}, {}); };
  CHECK_VALUE(evaluated({i32({2}, {1, 2}), i32({2}, {3, 4})}, outer), i32({2, 2}, {3, 4, 6, 8}));
  const auto diagonal = [](const Values& v) {
    return build::contract(v[0], v[1], {1}, {0}, {0}, {1});
  };
  const auto x = i32({2, 2}, {1, 2, 3, 4});
  CHECK_VALUE(evaluated({x, x}, diagonal), i32({2}, {7, 22})); // sum_k x[k, b] x[b, k]
  const auto dot = [](const Values& v) { return build::contract(v[0], v[1], {}, {}, {0}, {0}); };
  CHECK_VALUE(evaluated({f32({3}, {0x1p12, 1, 1}), f32({3}, {0x1p12, 1, 1})}, dot),
              f32({}, {0x1p24 + 2}));
  CHECK_VALUE(evaluated({ints(DType::I8, {2}, {100, 100}), ints(DType::I8, {2}, {2, 1})}, dot),
              ints(DType::I8, {}, {44}));
  CHECK_VALUE(evaluated({bools({2}, {1, 1}), bools({2}, {1, 1})},
                        [](const Values& v) {
                          return build::node(Op::contract, {v[0], v[1]},
                                             {{Key::lhs_batch, IntList{}},
                                              {Key::rhs_batch, IntList{}},
                                              {Key::lhs_contract, IntList{0}},
                                              {Key::rhs_contract, IntList{0}}});
                        }),
              bools({}, {1}));
}

// ---- indexing

TEST_CASE("gather: negative indices, any axis, shared batch axes") {
  const auto x = counted(DType::F32, {3, 2});
  const auto along = [](int64_t axis, int64_t batch) {
    return [=](const Values& v) { return build::gather(v[0], v[1], axis, batch); };
  };
  CHECK_VALUE(evaluated({x, i64({3}, {2, -1, 0})}, along(0, 0)), f32({3, 2}, {4, 5, 4, 5, 0, 1}));
  CHECK_VALUE(evaluated({x, i64({1, 2}, {1, -2})}, along(1, 0)),
              f32({3, 1, 2}, {1, 0, 3, 2, 5, 4}));
  CHECK_VALUE(evaluated({x, ints(DType::U8, {3}, {1, 0, 1})}, along(1, 1)), f32({3}, {1, 2, 5}));
  CHECK_VALUE(evaluated({x, i32({}, {1})}, along(0, 0)), f32({2}, {2, 3}));
  CHECK_VALUE(evaluated({x, i32({0}, {})}, along(0, 0)), f32({0, 2}, {}));
  // Batch axis 0, then axis 2 of [2, 2, 3]: the axis between is kept whole.
  CHECK_VALUE(evaluated({counted(DType::I32, {2, 2, 3}), i32({2, 1}, {0, 2})}, along(2, 1)),
              i32({2, 2, 1}, {0, 3, 8, 11}));
}

TEST_CASE("scatter: the last of repeated places wins, or they add up") {
  const auto x = f32({4}, {10, 20, 30, 40});
  const auto set = [](const Values& v) { return build::scatter_set(v[0], v[1], v[2], 0); };
  const auto add = [](const Values& v) { return build::scatter_add(v[0], v[1], v[2], 0); };
  const auto places = i64({4}, {1, -1, 1, 0}), values = f32({4}, {1, 2, 3, 4});
  CHECK_VALUE(evaluated({x, places, values}, set), f32({4}, {4, 3, 30, 2}));
  CHECK_VALUE(evaluated({x, places, values}, add), f32({4}, {14, 24, 30, 42}));
  CHECK_VALUE(
      evaluated({ints(DType::I8, {1}, {127}), i64({2}, {0, 0}), ints(DType::I8, {2}, {1, 1})}, add),
      ints(DType::I8, {1}, {-127}));
  // Rows of a matrix, and one column for each batch.
  CHECK_VALUE(
      evaluated({i32({2, 2}, {0, 0, 0, 0}), i64({2}, {1, 1}), i32({2, 2}, {1, 2, 3, 4})}, add),
      i32({2, 2}, {0, 0, 4, 6}));
  CHECK_VALUE(evaluated({i32({2, 2}, {0, 0, 0, 0}), i64({2}, {1, 0}), i32({2}, {5, 6})},
                        [](const Values& v) { return build::scatter_set(v[0], v[1], v[2], 1, 1); }),
              i32({2, 2}, {0, 5, 6, 0}));
}

TEST_CASE("an index out of range names index, axis, size and place") {
  Graph graph;
  const Loc loc = Loc::in_file("model.tsc", 7);
  const NodeId x = graph.input("x", {DType::F32, {2, 3}}), i = graph.input("i", {DType::I64, {1}});
  graph.outputs.push_back(
      {"y", graph.add(Op::gather, {x, i}, {{Key::axis, int64_t{1}}, {Key::batch, int64_t{0}}},
                      graph.location(loc))});
  const auto index = [&](int64_t at) {
    return headline_of([&] {
      interpret(graph, std::vector{TensorValue::zeros(DType::F32, {2, 3}), i64({1}, {at})});
    });
  };
  CHECK(index(3) == "E0504 gather: index 3 is out of range for axis 1, which has 3 items");
  CHECK(index(-4) == "E0504 gather: index -4 is out of range for axis 1, which has 3 items");
  CHECK(index(-3) == "no error");
  try {
    interpret(graph, std::vector{TensorValue::zeros(DType::F32, {2, 3}), i64({1}, {9})});
  } catch (const Error& e) {
    CHECK(e.where() == loc);
  }
}

// ---- calls

TEST_CASE("symbols are solved from whole sizes and from linear ones") {
  Graph graph;
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  graph.input("x", {DType::F32, {n * m + 1}});
  graph.input("y", {DType::F32, {Dim(2) * m}});
  graph.input("z", {DType::F32, {n}});
  graph.outputs.push_back({"m", build::size(graph, m).id});
  const auto call = [&](int64_t a, int64_t b, int64_t c) {
    return interpret(graph, std::vector{TensorValue::zeros(DType::F32, {a}),
                                        TensorValue::zeros(DType::F32, {b}),
                                        TensorValue::zeros(DType::F32, {c})});
  };
  CHECK(call(13, 6, 4)[0].as_i64() == 3);
  CHECK(headline_of([&] { call(12, 6, 4); }) == "E0503 input 'x': axis 0 has size 12, not m*n+1");
  CHECK(headline_of([&] { call(13, 7, 4); }) == "E0503 input 'y': axis 0 has size 7, not 2*m = 6");
  CHECK(call(1, 0, 4)[0].as_i64() == 0);
}

TEST_CASE("a symbol that no argument tells is an error") {
  Graph graph;
  graph.input("x", {DType::F32, {floordiv(Dim::symbol("n"), 2)}});
  graph.outputs.push_back({"n", build::size(graph, Dim::symbol("n")).id});
  CHECK(headline_of([&] { interpret(graph, std::vector{TensorValue::zeros(DType::F32, {2})}); }) ==
        "E0503 no argument's shape tells the size 'n'");
}

TEST_CASE("arguments are checked, and requirements with their words and place") {
  Graph graph;
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  const Loc loc = Loc::in_file("model.tsc", 3);
  BuildLocation here(graph, graph.location(loc));
  const Value x{&graph, graph.input("x", {DType::F32, {n}})};
  const Value y{&graph, graph.input("y", {DType::F32, {m}})};
  graph.outputs.push_back({"z", build::add(x, y).id});
  const auto zeros = [](DType dtype, std::vector<int64_t> shape) {
    return TensorValue::zeros(dtype, std::move(shape));
  };
  const auto call = [&](std::vector<TensorValue> args) {
    return headline_of([&] { interpret(graph, args); });
  };
  CHECK(call({zeros(DType::F32, {2})}) == "E0501 the graph has 2 inputs, the call gives 1");
  CHECK(call({zeros(DType::F64, {2}), zeros(DType::F32, {2})}) ==
        "E0502 input 'x': the argument is f64, not f32");
  CHECK(call({zeros(DType::F32, {2}), zeros(DType::F32, {})}) ==
        "E0502 input 'y': the argument has 0 axes, not 1");
  CHECK(call({zeros(DType::F32, {2}), zeros(DType::F32, {3})}) ==
        "E0503 add: sizes of axis 0 (only a size declared as 1 stretches): n = 2 differs from m = "
        "3");
  CHECK(call({zeros(DType::F32, {3}), zeros(DType::F32, {3})}) == "no error");
}

TEST_CASE("updates see the old values of all states") {
  Graph graph;
  const Type type{DType::I64, {}};
  const Value a{&graph, graph.state("a", type)}, b{&graph, graph.state("b", type)};
  const Value c{&graph, graph.state("c", type)};
  graph.updates.push_back({a.id, b.id});
  graph.updates.push_back({b.id, build::add(a, b).id});
  graph.outputs.push_back({"sum", build::add(a, c).id});
  const auto results = interpret(graph, {}, std::vector{i64({}, {1}), i64({}, {2}), i64({}, {7})});
  REQUIRE(results.size() == 4);
  CHECK_VALUE(results[0], i64({}, {8}));
  CHECK_VALUE(results[1], i64({}, {2}));
  CHECK_VALUE(results[2], i64({}, {3}));
  CHECK_VALUE(results[3], i64({}, {7}));
}

TEST_CASE("evaluate: constants fold, what depends on a call does not") {
  Graph graph;
  const Value two = build::number(graph, 2), x{&graph, graph.input("x", {DType::F32, {}})};
  const Value six = build::mul(two, build::number(graph, 3));
  CHECK_VALUE(*evaluate(graph, six.id), f32({}, {6}));
  CHECK(!evaluate(graph, build::add(six, x).id));
  const Value iota = build::iota(graph, DType::I64, {Dim::symbol("n")}, 0);
  CHECK(!evaluate(graph, iota.id));
  // An index out of range is the call's to report.
  const Value place = build::constant(graph, Literal::integer(DType::I64, 5));
  const Value four = build::iota(graph, DType::I64, {4}, 0);
  CHECK(!evaluate(graph, build::gather(four, place, 0).id));
  CHECK_VALUE(*evaluate(graph, build::sum(four).id), i64({}, {6}));
  const std::vector args{f32({}, {2}), f32({}, {5})};
  const NodeId sum = build::add(x, six).id;
  CHECK_VALUE(*evaluate_node(graph[sum], args), f32({}, {7}));
}

TEST_CASE("distances in units in the last place") {
  CHECK(max_ulp(f32({2}, {1, 2}), f32({2}, {1, 2})) == 0);
  CHECK(max_ulp(f32({1}, {1}), f32({1}, {1 + 0x1p-23})) == 1);
  CHECK(max_ulp(f32({1}, {1}), f32({1}, {1 - 0x1p-24})) == 1);
  CHECK(max_ulp(f16({1}, {1}), f16({1}, {1 + 0x1p-9})) == 2);
  CHECK(max_ulp(f64({2}, {0.0, NaN}), f64({2}, {-0.0, NaN})) == 0);
  CHECK(max_ulp(f64({1}, {0}), f64({1}, {0x1p-1074})) == 1);
  CHECK(max_ulp(f64({1}, {Inf}), f64({1}, {1e308})) == Inf);
  CHECK(max_ulp(f64({1}, {-1e308}), f64({1}, {1.7e308})) > 1e15);
  CHECK(max_ulp(f32({1}, {0}), f32({1}, {0x1p-23}), 1.0) == 1);
  CHECK(max_ulp(i32({1}, {1}), i32({1}, {2})) == Inf);
}

TEST_CASE("sizes that are not linear in a symbol tell nothing, but are checked") {
  Graph graph;
  const Dim n = Dim::symbol("n");
  graph.input("x", {DType::F32, {floordiv(n + 1, 2)}});
  graph.input("y", {DType::F32, {n * n}});
  graph.outputs.push_back({"n", build::size(graph, n).id});
  const auto call = [&](int64_t a, int64_t b) {
    return headline_of([&] {
      interpret(graph, std::vector{TensorValue::zeros(DType::F32, {a}),
                                   TensorValue::zeros(DType::F32, {b})});
    });
  };
  CHECK(call(1, 1) == "E0503 no argument's shape tells the size 'n'");
  graph.input("z", {DType::F32, {n}});
  const auto call3 = [&](int64_t a, int64_t b, int64_t c) {
    return headline_of([&] {
      interpret(graph, std::vector{TensorValue::zeros(DType::F32, {a}),
                                   TensorValue::zeros(DType::F32, {b}),
                                   TensorValue::zeros(DType::F32, {c})});
    });
  };
  CHECK(call3(2, 9, 3) == "no error");
  CHECK(call3(1, 9, 3) == "E0503 input 'x': axis 0 has size 1, not (n+1)//2 = 2");
  CHECK(call3(2, 8, 3) == "E0503 input 'y': axis 0 has size 8, not n*n = 9");
}
