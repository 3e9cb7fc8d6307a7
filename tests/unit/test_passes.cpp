#include "passes/grad.h"
#include "passes/lower.h"
#include "passes/pass.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/rules/rules.h"
#include "tests/contains.h"
#include "tests/unit/evaluate.h"

#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <pthread.h>

using namespace tsc;

namespace {

using Build = std::function<Value(const std::vector<Value>&)>;

Graph graph_of(const std::vector<Type>& types, const Build& f) {
  Graph graph;
  std::vector<Value> values;
  for (const Type& type : types)
    values.push_back({&graph, graph.input("x" + std::to_string(values.size()), type)});
  const Value result = values.empty() ? f({Value{&graph, NodeId()}}) : f(values);
  graph.outputs.push_back({"out", result.id});
  return graph;
}

Type f64s(Shape shape) { return {DType::F64, std::move(shape)}; }

// One line per node: what two graphs are compared by.
std::string listing(const Graph& graph) {
  std::string out;
  for (NodeId id : graph.ids()) {
    out += fmt::format("{} = {}", id.index, name(graph[id].op));
    for (NodeId arg : graph[id].args)
      out += fmt::format(" {}", arg.index);
    out += fmt::format(" #{:x} {}\n", graph[id].attrs.hash(), text(graph.type(id)));
  }
  for (const Output& output : graph.outputs)
    out += fmt::format("{}: {}\n", output.name, output.node.index);
  return out;
}

size_t count(const Graph& graph, Op op) {
  size_t n = 0;
  for (NodeId id : graph.ids())
    n += graph[id].op == op;
  return n;
}

Op root(const Graph& graph) { return graph[graph.outputs[0].node].op; }

// The result after optimisation in distrust mode, at these inputs.
TensorValue optimised(const std::vector<TensorValue>& inputs, const Build& f) {
  std::vector<Type> types;
  for (const TensorValue& input : inputs)
    types.push_back({input.dtype, Shape(input.shape.begin(), input.shape.end())});
  return interpret(optimise(graph_of(types, f), {.distrust = true}), inputs)[0];
}

double at(const std::vector<double>& inputs, const Build& f) {
  std::vector<TensorValue> values;
  for (double input : inputs)
    values.push_back(f64({}, {input}));
  return optimised(values, f).as_f64();
}

Value number(Value like, double value) { return build::number(*like.graph, value, DType::F64); }

} // namespace

using namespace tsc::build;

TEST_CASE("passes: log(1 + exp(800)) is 800, as a variable and as a constant") {
  const auto f = [](Value x) { return log(number(x, 1) + exp(x)); };
  CHECK(at({800}, [&](auto& v) { return f(v[0]); }) == 800);
  CHECK(at({800}, [&](auto& v) { return log(exp(v[0]) + number(v[0], 1)); }) == 800);
  CHECK(at({}, [&](auto& v) { return f(number(v[0], 800)); }) == 800);
  CHECK(at({-50}, [&](auto& v) { return f(v[0]); }) == Approx(std::exp(-50)));
}

TEST_CASE("passes: logarithms of any number of exponentials") {
  const auto two = [](Value x, Value y) { return log(exp(x) + exp(y)); };
  CHECK(at({1e4, 1e4}, [&](auto& v) { return two(v[0], v[1]); }) ==
        Approx(10000.693147).epsilon(1e-10));
  CHECK(at({}, [&](auto& v) { return two(number(v[0], 1e4), number(v[0], 1e4)); }) ==
        Approx(10000.693147).epsilon(1e-10));
  const auto four = [](auto& v) { return log(exp(v[0]) + exp(v[0]) + exp(v[1]) + exp(v[1])); };
  CHECK(at({1e4, 2e4}, four) == Approx(20000 + std::log(2)).epsilon(1e-12));
  const auto nested = [](auto& v) {
    return log((exp(v[0]) + exp(v[1])) + (exp(v[1]) + exp(v[0])));
  };
  CHECK(at({1e4, 2e4}, nested) == Approx(20000 + std::log(2)).epsilon(1e-12));
  const auto scaled = [](auto& v) {
    return log(number(v[0], 3) * exp(v[0]) + exp(v[1]) / number(v[0], 2));
  };
  CHECK(at({1e4, -5}, scaled) == Approx(10000 + std::log(3)).epsilon(1e-12));
}

TEST_CASE("passes: a thousand exponentials in one logarithm") {
  const Graph graph = optimise(graph_of({f64s({})}, [](auto& v) {
    Value sum = exp(v[0]);
    for (int i = 1; i < 1000; ++i)
      sum = sum + exp(v[0] + number(v[0], i * 1e-3));
    return log(sum);
  }));
  const double got = interpret(graph, std::vector{f64({}, {1e4})})[0].as_f64();
  CHECK(got == Approx(1e4 + std::log(1718.28)).epsilon(1e-6));
}

TEST_CASE("passes: logsumexp along axes") {
  for (bool keepdims : {false, true}) {
    const auto f = [&](auto& v) { return log(sum(exp(v[0]), {0}, keepdims)); };
    CHECK(optimised(std::vector{f64({2}, {-100, 100})}, f).as_f64() == 100);
    CHECK(optimised(std::vector{f64({2}, {1000, 1000})}, f).as_f64() == Approx(1000.6931471805599));
    CHECK(optimised(std::vector{f64({2}, {-Inf, -Inf})}, f).as_f64() == -Inf);
  }
  const auto turned = [](auto& v) { return log(sum(exp(transpose(reshape(v[0], {2, 2}))), {0})); };
  CHECK_VALUE(optimised(std::vector{f64({4}, {900, -900, 0, 900})}, turned), f64({2}, {900, 900}));
  const auto mean = [](auto& v) { return log(sum(exp(v[0]), {1}) / number(v[0], 2)); };
  CHECK_VALUE(optimised(std::vector{f64({2, 2}, {1000, 1000, -1000, -1000})}, mean),
              f64({2}, {1000, -1000}));
}

TEST_CASE("passes: sums shifted by hand are recognised") {
  const auto shifted = [](bool keepdims) {
    return [keepdims](auto& v) {
      const Value m = max(v[0], {1}, true);
      const Value s = log(sum(exp(v[0] - m), {1}, keepdims));
      return keepdims ? m + s : squeeze(m, {1}) + s;
    };
  };
  for (bool keepdims : {false, true}) {
    const Graph stable = rewrite(graph_of({f64s({2, 3})}, shifted(keepdims)), stabilise_rules());
    CHECK(count(stable, Op::logsumexp) == 1);
    CHECK(count(stable, Op::max) == 0);
  }
  const auto softmaxes = [](auto& v) {
    const Value e = exp(v[0] - max(v[0], {1}, true));
    return e / sum(e, {1}, true);
  };
  CHECK(root(rewrite(graph_of({f64s({Dim::symbol("n"), 3})}, softmaxes), stabilise_rules())) ==
        Op::softmax);
  const auto log_softmaxes = [](auto& v) {
    const Value s = v[0] - max(v[0], {0}, true);
    return s - log(sum(exp(s), {0}, true));
  };
  CHECK(root(rewrite(graph_of({f64s({4, 3})}, log_softmaxes), stabilise_rules())) ==
        Op::log_softmax);
}

TEST_CASE("passes: log(softmax) through views and gathers") {
  const Build softmaxed[] = {
      [](auto& v) { return softmax(v[0]); },
      [](auto& v) { return exp(v[0]) / sum(exp(v[0]), {1}, true); },
      [](auto& v) {
        const Value e = exp(reshape(reshape(v[0], {6}), {2, 3}));
        return e / sum(e, {1}, true);
      },
      [](auto& v) {
        const Value e = exp(transpose(v[0]));
        return transpose(e / sum(e, {0}, true));
      },
  };
  const std::function<Value(Value)> views[] = {
      [](Value x) { return x; },
      [](Value x) { return transpose(x); },
      [](Value x) { return reshape(x, {3, 2}); },
      [](Value x) { return slice(x, {{1, 2}}); },
      [](Value x) { return flip(slice(transpose(x), {{0, 2}}), {0}); },
      [](Value x) { return broadcast_to(x, {4, 2, 3}); },
      [](Value x) { return gather(x, iota(*x.graph, DType::I64, {2}, 0), 1); },
      [](Value x) { return reshape(gather(x, iota(*x.graph, DType::I64, {2}, 0), 1), {4}); },
  };
  const TensorValue x = f64({2, 3}, {0, 900, -900, 1, 2, 3});
  for (const Build& p : softmaxed)
    for (const auto& view : views) {
      const TensorValue got = optimised(std::vector{x}, [&](auto& v) { return log(view(p(v))); });
      for (double item : got.to_f64())
        CHECK(std::isfinite(item));
    }
}

TEST_CASE("passes: sigmoids") {
  const auto one = [](Value x) { return number(x, 1); };
  CHECK(at({1e3}, [&](auto& v) { return log(one(v[0]) - sigmoid(v[0])); }) == -1000);
  CHECK(at({1e3}, [&](auto& v) { return log(one(v[0]) - one(v[0]) / (one(v[0]) + exp(-v[0]))); }) ==
        -1000);
  CHECK(at({-1e3}, [&](auto& v) { return -log(sigmoid(v[0])); }) == 1000);
  CHECK(at({800}, [&](auto& v) { return exp(v[0]) / (one(v[0]) + exp(v[0])); }) == 1);
  CHECK(at({-40}, [&](auto& v) {
          return number(v[0], 0.5) * (one(v[0]) + tanh(v[0] / number(v[0], 2)));
        }) == Approx(std::exp(-40)).epsilon(1e-12));
  // The derivative of log(1 + exp(x)) as it comes: 1 / (1 + exp(x)) * exp(x).
  CHECK(at({800}, [&](auto& v) { return one(v[0]) / (one(v[0]) + exp(v[0])) * exp(v[0]); }) == 1);
}

namespace {

// d(cost)/dx after optimisation in distrust mode.
std::vector<double> gradient(const std::vector<TensorValue>& inputs, const Build& cost) {
  std::vector<Type> types;
  for (const TensorValue& input : inputs)
    types.push_back({input.dtype, Shape(input.shape.begin(), input.shape.end())});
  Graph graph = graph_of(types, cost);
  const NodeId d = grad(graph, graph.outputs[0].node, {graph.inputs()[0]})[0];
  graph.outputs = {{"grad", d}};
  return interpret(optimise(graph, {.distrust = true}), inputs)[0].to_f64();
}

void check_near(const std::vector<double>& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    CHECK(std::isfinite(got[i]));
    CHECK(got[i] == Approx(wanted[i]).margin(1e-12));
  }
}

} // namespace

TEST_CASE("passes: the derivative of log(softmax) with one-hot targets is finite") {
  const TensorValue x = f64({2, 3}, {0, 900, -900, 1, 2, 3}), t = f64({2, 3}, {0, 0, 1, 1, 0, 0});
  const double e1 = std::exp(-2), e2 = std::exp(-1), s = 1 + e1 + e2;
  const std::vector<double> wanted{0, 1, -1, e1 / s - 1, e2 / s, 1 / s};
  const Build costs[] = {
      [](auto& v) { return -sum(v[1] * log(softmax(v[0]))); },
      [](auto& v) { return -sum(log(softmax(v[0])) * v[1]); },
      [](auto& v) { return -sum(v[1] * log(exp(v[0]) / sum(exp(v[0]), {1}, true))); },
      [](auto& v) { return -sum(v[1] * log_softmax(v[0])); },
      [](auto& v) { return sum(logsumexp(v[0], {1})) - sum(v[0] * v[1]); },
      [](auto& v) { return sum(log(sum(exp(v[0]), {1}))) - sum(v[0] * v[1]); },
  };
  for (const Build& cost : costs)
    check_near(gradient({x, t}, cost), wanted);
}

TEST_CASE("passes: derivatives of forms that overflow") {
  const TensorValue x = f64({4}, {-800, -1, 1, 800});
  const auto sigmoid_at = [](double v) { return 1 / (1 + std::exp(-v)); };
  const std::vector<double> s{0, sigmoid_at(-1), sigmoid_at(1), 1};
  const auto one = [](Value v) { return build::like(v, 1); };
  check_near(gradient({x}, [&](auto& v) { return sum(log(one(v[0]) + exp(v[0]))); }), s);
  check_near(gradient({x}, [&](auto& v) { return sum(log1p(exp(v[0]))); }), s);
  check_near(gradient({x}, [&](auto& v) { return sum(one(v[0]) / (one(v[0]) + exp(-v[0]))); }),
             {0, s[1] * s[2], s[1] * s[2], 0});
  check_near(gradient({x}, [&](auto& v) { return sum(log(sigmoid(v[0]))); }), {1, s[2], s[1], 0});
  check_near(gradient({x}, [&](auto& v) { return sum(log(one(v[0]) - sigmoid(v[0]))); }),
             {0, -s[1], -s[2], -1});
}

TEST_CASE("passes: names, types, locations and order of outputs survive") {
  Graph graph;
  const LocsId a = graph.location({"model.cpp", 1, 0}), b = graph.location({"model.cpp", 2, 0});
  const NodeId x = graph.input("x", f64s({3}));
  const NodeId one = graph.constant(Literal::number(DType::F64, 1), {3});
  const NodeId e = graph.add(Op::exp, {x}, {}, a);
  const NodeId s = graph.add(Op::add, {one, e});
  const NodeId y = graph.add(Op::log, {s}, {}, b);
  graph.set_name(y, "y");
  graph.outputs = {{"first", y}, {"second", s}};
  const Graph now = rewrite(graph, stabilise_rules());
  REQUIRE(now.outputs.size() == 2);
  CHECK(now.outputs[0].name == "first");
  CHECK(now[now.outputs[0].node].op == Op::softplus);
  CHECK(*now.name_of(now.outputs[0].node) == "y");
  const auto locs = now.locations(now[now.outputs[0].node].locs);
  REQUIRE(locs.size() == 2);
  CHECK(locs[0].line + locs[1].line == 3);
}

TEST_CASE("passes: y - x * x with y = x * x") {
  const auto f = [](auto& v) { return square(v[0]) - v[0] * v[0]; };
  const Graph graph = graph_of({f64s({3})}, f);
  const Graph lax = optimise(graph);
  CHECK(root(lax) == Op::constant);
  const Graph strict = optimise(graph, {.strict = true});
  CHECK(root(strict) == Op::sub);
  CHECK_VALUE(interpret(strict, std::vector{f64({3}, {1, Inf, NaN})})[0], f64({3}, {0, NaN, NaN}));
}

TEST_CASE("passes: NaN tests are kept") {
  CHECK(at({NaN}, [](auto& v) { return cast(not_equal(v[0], v[0]), DType::F64); }) == 1);
  CHECK(at({NaN}, [](auto& v) { return cast(equal(v[0], v[0]), DType::F64); }) == 0);
  CHECK(std::isnan(at({Inf}, [](auto& v) { return v[0] * number(v[0], 0); })));
}

TEST_CASE("passes: views merge") {
  const Shape s{2, 3, 4};
  const auto one_view = [&](const Build& f, Op op) {
    const Graph graph = rewrite(graph_of({f64s(s)}, f), view_rules());
    INFO(listing(graph));
    CHECK(graph.size() == 2);
    CHECK(root(graph) == op);
  };
  one_view([](auto& v) { return transpose(transpose(v[0], {1, 0, 2}), {2, 0, 1}); }, Op::transpose);
  one_view([](auto& v) { return reshape(reshape(v[0], {6, 4}), {24}); }, Op::reshape);
  one_view([](auto& v) { return slice(slice(v[0], {{}, {1, 3}}), {{}, {1, 2}}); }, Op::slice);
  one_view([](auto& v) { return flip(flip(v[0], {0, 1}), {1}); }, Op::flip);
  one_view([](auto& v) { return broadcast_to(broadcast_to(v[0], {7, 2, 3, 4}), {5, 7, 2, 3, 4}); },
           Op::broadcast);
  one_view([](auto& v) { return broadcast_to(expand_dims(v[0], {1}), {2, 9, 3, 4}); },
           Op::broadcast);
  one_view([](auto& v) { return pad(pad(v[0], {0, 1, 0}, {0, 0, 0}), {1, 1, 1}, {0, 0, 2}); },
           Op::pad);
  one_view([](auto& v) { return slice(concat({v[0], v[0]}, 0), {{2, 3}}); }, Op::slice);
  const auto nothing = [&](const Build& f) {
    CHECK(rewrite(graph_of({f64s(s)}, f), view_rules()).size() == 1);
  };
  nothing([](auto& v) { return transpose(transpose(v[0])); });
  nothing([](auto& v) { return flip(flip(v[0])); });
  nothing([](auto& v) { return reshape(reshape(v[0], {24}), {2, 3, 4}); });
  nothing([](auto& v) { return pad(v[0], {0, 0, 0}, {0, 0, 0}); });
  nothing([](auto& v) { return slice(concat({v[0], v[0]}, 0), {{2, 4}}); });
}

TEST_CASE("passes: work sinks below broadcasts, reductions see through them") {
  const Graph lifted = optimise(graph_of({f64s({3})}, [](auto& v) {
    return exp(broadcast_to(v[0], {1000, 3})) *
           build::number(*v[0].graph, 2, DType::F64, {1000, 3});
  }));
  CHECK(root(lifted) == Op::broadcast);
  const auto total = [](auto& v) { return sum(broadcast_to(v[0], {5, 3})); };
  const Graph small = optimise(graph_of({f64s({3})}, total), {.distrust = true});
  CHECK(count(small, Op::broadcast) == 0);
  CHECK_VALUE(interpret(small, std::vector{f64({3}, {1, 2, 4})})[0], f64({}, {35}));
  const Graph product =
      optimise(graph_of({f64s({3, 2}), f64s({4, 3})},
                        [](auto& v) { return matmul(transpose(v[0]), transpose(v[1])); }),
               {.distrust = true});
  CHECK(count(product, Op::transpose) == 0);
}

TEST_CASE("passes: constants fold, splats stay splats") {
  const Graph graph = optimise(graph_of({f64s({1000, 1000})}, [](auto& v) {
    return v[0] * sqrt(build::number(*v[0].graph, 16, DType::F64, {1000, 1000}));
  }));
  CHECK(graph.size() == 3);
  for (NodeId id : graph.ids())
    if (graph[id].kind() == Kind::Constant) {
      CHECK(graph[id].attrs.value(Key::value).is_splat());
      CHECK(graph[id].attrs.value(Key::value).as_f64() == 4);
    }
}

TEST_CASE("passes: optimising twice is optimising once") {
  const Build programs[] = {
      [](auto& v) { return softmax(v[0]); },
      [](auto& v) { return log_softmax(v[0]); },
      [](auto& v) { return logsumexp(v[0], {1}); },
      [](auto& v) { return log(sum(exp(transpose(v[0])), {0})); },
      [](auto& v) {
        return log(slice(softmax(v[0]), {{0, 1}})) * v[0] + exp(v[0]) / sum(exp(v[0]), {0}, true);
      },
      [](auto& v) { return matmul(transpose(v[0]), tanh(v[0])) - sum(v[0]); },
  };
  for (const Build& f : programs) {
    const Graph once = optimise(graph_of({f64s({Dim::symbol("n"), 3})}, f));
    CHECK(listing(optimise(once)) == listing(once));
  }
}

TEST_CASE("passes: the pass that changes a value is named") {
  const Pass bad{"broken", "", [](const Graph& graph) {
                   Rebuilder copy(graph);
                   for (NodeId id : graph.ids())
                     copy.keep(id);
                   Graph now = copy.finish();
                   now.outputs[0].node = now.add(Op::neg, {now.outputs[0].node});
                   return now;
                 }};
  const Graph graph = graph_of({f64s({3})}, [](auto& v) { return exp(v[0]); });
  try {
    check_same_values(graph, bad.run(graph), bad);
    FAIL("nothing thrown");
  } catch (const InternalError& e) {
    CHECK(contains(std::string(e.what()), "pass 'broken' changed output 'out'"));
  }
}

TEST_CASE("passes: lowering is named where the plan gives other values") {
  const Graph graph = graph_of({f64s({Dim::symbol("n")})}, [](auto& v) { return exp(v[0]); });
  Plan plan = lower(graph);
  CHECK_NOTHROW(check_same_values(graph, plan));
  for (Instruction& i : plan.kernels.at(0).stages.at(0).body)
    if (i.op == Op::exp) i.op = Op::neg;
  CHECK_THROWS_WITH(check_same_values(graph, plan),
                    Catch::Contains("lowering changed output 'out': item 0"));
}

TEST_CASE("passes: rules that lead in a circle are stopped and named") {
  using namespace tsc::expr;
  const RuleSet circle{"circle",
                       {{"there", expr::exp(expr::x), expr::log(expr::x), Claim::Fast, ""},
                        {"back", expr::log(expr::x), expr::exp(expr::x), Claim::Fast, ""}},
                       {}};
  const RuleSet growing{
      "growing",
      {{"grow", expr::exp(expr::x), expr::exp(expr::sin(expr::x)), Claim::Fast, ""}},
      {}};
  const Graph graph = graph_of({f64s({})}, [](auto& v) { return build::exp(v[0]); });
  for (const RuleSet& set : {circle, growing}) {
    RewriteStats stats;
    rewrite(graph, set, &stats);
    CHECK(!stats.culprit.empty());
  }
}

// Runs `f` in a thread whose stack has 256 KiB.
void on_a_small_stack(std::function<void()> f) {
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  REQUIRE(pthread_attr_setstacksize(&attr, 256 << 10) == 0);
  pthread_t thread;
  const auto run = [](void* g) -> void* {
    return (*static_cast<std::function<void()>*>(g))(), nullptr;
  };
  REQUIRE(pthread_create(&thread, &attr, run, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attr);
}

TEST_CASE("passes: 100,000 ops in a chain on a small stack") {
  const Graph graph = graph_of({f64s({8})}, [](auto& v) {
    Value x = v[0];
    for (int i = 0; i < 50'000; ++i)
      x = sin(x) + v[0];
    return x;
  });
  on_a_small_stack([&] { CHECK(optimise(graph).size() == graph.size()); });
  const Graph views = graph_of({f64s({8, 8})}, [](auto& v) {
    Value x = v[0];
    for (int i = 0; i < 50'000; ++i)
      x = exp(transpose(x));
    return x;
  });
  on_a_small_stack([&] { CHECK(count(optimise(views), Op::exp) == 50'000); });
}
