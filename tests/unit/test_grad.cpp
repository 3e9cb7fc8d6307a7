// passes/grad: every op row and every kind against differences of the interpreted function.
#include "ir/composites.h"
#include "ir/interpret.h"
#include "passes/grad.h"
#include "tests/catch.h"

#include <cmath>
#include <functional>
#include <random>
#include <set>

using namespace tsc;
using namespace tsc::build;

namespace {

using Values = std::vector<Value>;
using Function = std::function<Value(const Values&)>;

Shape shape_of(const TensorValue& v) { return Shape(v.shape.begin(), v.shape.end()); }

TensorValue random(std::vector<int64_t> shape, uint32_t seed, double low = 0.5, double high = 1.5) {
  TensorValue v = TensorValue::zeros(DType::F64, std::move(shape));
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  for (size_t i = 0; i < v.count(); ++i)
    v.set_f64(i, uniform(generator));
  return v;
}

TensorValue indices(std::vector<int64_t> shape, const std::vector<int64_t>& values) {
  return TensorValue::of_ints(DType::I64, std::move(shape), values);
}

// A graph with the inputs `at`, giving f(inputs) and the derivative of its sum, weighted by
// `weights` (shaped as f; empty: all 1), by each floating input.
struct Program {
  Graph graph;
  std::vector<size_t> wrt; // which inputs

  Program(const Function& f, const std::vector<TensorValue>& at, uint32_t seed = 0) {
    Values xs;
    std::vector<NodeId> floats;
    for (size_t i = 0; i < at.size(); ++i) {
      xs.push_back({&graph, graph.input("x" + std::to_string(i), {at[i].dtype, shape_of(at[i])})});
      if (at[i].dtype != DType::F64) continue;
      wrt.push_back(i);
      floats.push_back(xs[i].id);
    }
    const Value y = f(xs);
    Value weighted = y;
    if (seed != 0)
      weighted =
          y * constant(graph, random(as_numbers(y.shape()).value(), seed).literal(), y.shape());
    const Value cost = sum(weighted);
    graph.outputs.push_back({"cost", cost.id});
    graph.outputs.push_back({"y", y.id});
    const std::vector<NodeId> grads = grad(graph, cost.id, floats);
    for (size_t i = 0; i < grads.size(); ++i) {
      CHECK(graph.type(grads[i]) == graph.type(floats[i]));
      graph.outputs.push_back({"d" + std::to_string(i), grads[i]});
    }
  }

  std::vector<TensorValue> run(const std::vector<TensorValue>& at) const {
    return interpret(graph, at);
  }
};

// As Theano's verify_grad: the derivative of a random projection of f by every item of every
// floating input, against a five-point difference.
void verify(const Function& f, const std::vector<TensorValue>& at, double tolerance = 1e-8) {
  const Program program(f, at, 1234);
  const std::vector<TensorValue> here = program.run(at);
  for (size_t k = 0; k < program.wrt.size(); ++k) {
    const TensorValue& d = here[2 + k];
    for (size_t i = 0; i < d.count(); ++i) {
      std::vector<TensorValue> moved = at;
      TensorValue& x = moved[program.wrt[k]];
      const double x0 = x.as_f64(i), h = 1e-3 * std::max(1.0, std::abs(x0));
      const auto cost = [&](double offset) {
        x.set_f64(i, x0 + offset);
        return program.run(moved)[0].as_f64();
      };
      const double difference =
          (8 * (cost(h) - cost(-h)) - (cost(2 * h) - cost(-2 * h))) / (12 * h);
      INFO("input " << program.wrt[k] << ", item " << i);
      CHECK(d.as_f64(i) == Approx(difference).epsilon(tolerance).margin(tolerance));
    }
  }
}

TensorValue shifted(const TensorValue& x, const std::vector<double>& step, double factor) {
  TensorValue moved = x;
  for (size_t i = 0; i < x.count(); ++i)
    moved.set_f64(i, x.as_f64(i) + factor * step[i]);
  return moved;
}

// An elementwise f at many points at once. Points are left out where f jumps, bends or is not
// finite nearby, and where its size drowns the difference. Returns how many were compared.
size_t verify_elementwise(const std::string& name, const Function& f,
                          const std::vector<TensorValue>& at) {
  const Program program(f, at);
  const std::vector<TensorValue> here = program.run(at);
  const std::vector<double> y = here[1].to_f64();
  size_t compared = 0;
  for (size_t k = 0; k < program.wrt.size(); ++k) {
    const std::vector<double> d = here[2 + k].to_f64();
    const TensorValue& x = at[program.wrt[k]];
    std::vector<double> h;
    for (size_t i = 0; i < x.count(); ++i)
      h.push_back(x.as_f64(i) == 0 ? 1e-4 : std::min(1e-3, 1e-3 * std::abs(x.as_f64(i))));
    const auto y_at = [&](double factor) {
      std::vector<TensorValue> moved = at;
      moved[program.wrt[k]] = shifted(x, h, factor);
      return program.run(moved)[1].to_f64();
    };
    const auto up = y_at(1), down = y_at(-1), up2 = y_at(2), down2 = y_at(-2);
    for (size_t i = 0; i < x.count(); ++i) {
      const double difference = (8 * (up[i] - down[i]) - (up2[i] - down2[i])) / (12 * h[i]);
      const double right = (up2[i] - y[i]) / (2 * h[i]), left = (y[i] - down2[i]) / (2 * h[i]);
      const double noise = 1e-14 * std::abs(y[i]) / h[i];
      const double wide = (up2[i] - down2[i]) / (4 * h[i]), close = (up[i] - down[i]) / (2 * h[i]);
      const double size = std::max({std::abs(right), std::abs(left), std::abs(close), noise, 1.0});
      const bool bends = std::abs(right - left) > 0.05 * size;
      const bool jumps = std::abs(wide - close) > 0.05 * size;
      const bool finite = std::isfinite(difference) && std::isfinite(y[i]);
      if (std::abs(x.as_f64(i)) > 1e6 || !finite || bends || jumps) continue;
      if (noise > 1e-6 * std::max(1.0, std::abs(d[i]))) continue;
      ++compared;
      const double scale = std::max({1.0, std::abs(difference), std::abs(d[i])});
      INFO(name << ": operand " << program.wrt[k] << " of " << at.size() << " at "
                << at[0].as_f64(i) << " " << at[at.size() > 1].as_f64(i) << ": " << d[i]
                << " against " << difference);
      CHECK(std::abs(d[i] - difference) <= 1e-6 * scale + noise);
    }
  }
  return compared;
}

// All combinations of a row's samples, one operand each; of ops that pick an operand, just those
// without ties.
std::vector<TensorValue> samples(const OpRow& op) {
  const bool select = op.signature == Signature::Select;
  std::vector<std::vector<double>> lists(static_cast<size_t>(op.arity), op.sample);
  if (select) lists[0] = {0, 1};
  std::vector<std::vector<double>> columns(lists.size());
  size_t total = 1;
  for (const auto& list : lists)
    total *= list.size();
  for (size_t i = 0; i < total; ++i) {
    size_t rest = i;
    std::vector<double> point;
    for (const auto& list : lists) {
      point.push_back(list[rest % list.size()]);
      rest /= list.size();
    }
    const bool ties = std::set<double>(point.begin(), point.end()).size() < point.size();
    if (ties && op.has(Picks) && !select) continue;
    for (size_t k = 0; k < lists.size(); ++k)
      columns[k].push_back(point[k]);
  }
  std::vector<TensorValue> at;
  for (size_t k = 0; k < columns.size(); ++k)
    at.push_back(TensorValue::of(select && k == 0 ? DType::Bool : DType::F64,
                                 {static_cast<int64_t>(columns[k].size())}, columns[k]));
  return at;
}

bool has_derivative(const OpRow& op) {
  return op.kind == Kind::Elementwise && !op.grad.empty() && op.signature != Signature::Cast;
}

Value derivative_of_sum(Value y, Value by) {
  return {y.graph, grad(*y.graph, sum(y).id, {by.id})[0]};
}

double at_scalar(const Function& f, double x) {
  const Program program(f, {TensorValue::of(DType::F64, {}, {x})});
  return program.run({TensorValue::of(DType::F64, {}, {x})})[2].as_f64();
}

} // namespace

TEST_CASE("the derivative of every elementwise row") {
  for (const OpRow& op : all_ops()) {
    if (!has_derivative(op)) continue;
    const Function f = [&](const Values& xs) { return elementwise(op.op, xs); };
    INFO(op.name);
    CHECK(verify_elementwise(op.name, f, samples(op)) > 0);
  }
}

namespace {

bool has_second_derivative(const OpRow& op) {
  for (const Expr& d : op.grad)
    for (size_t i = 0; i < d.size(); ++i)
      if (d[i].tag == Expr::Tag::Apply && row(d[i].op).has(Underived)) return false;
  return has_derivative(op);
}

} // namespace

TEST_CASE("second derivatives of every elementwise row") {
  for (const OpRow& op : all_ops()) {
    if (!has_second_derivative(op)) continue;
    for (size_t k = op.signature == Signature::Select; k < static_cast<size_t>(op.arity); ++k) {
      const Function f = [&](const Values& xs) {
        return derivative_of_sum(elementwise(op.op, xs), xs[k]);
      };
      verify_elementwise(std::string("derivative of ") + op.name, f, samples(op));
    }
  }
}

TEST_CASE("derivatives at the points where formulas break") {
  const auto power = [](double y) {
    return [y](const Values& xs) { return pow(xs[0], like(xs[0], y)); };
  };
  CHECK(at_scalar(power(0), 0) == 0);
  CHECK(at_scalar(power(1), 0) == 1);
  CHECK(at_scalar(power(2), 0) == 0);
  CHECK(at_scalar([](const Values& xs) { return hypot(xs[0], like(xs[0], 0)); }, 0) == 0);
  CHECK(at_scalar([](const Values& xs) { return xlogy(like(xs[0], 0), xs[0]); }, 0) == 0);
  CHECK(at_scalar([](const Values& xs) { return log1mexp(xs[0]); }, -1e-10) ==
        Approx(-1e10).epsilon(1e-9));
  CHECK(at_scalar([](const Values& xs) { return expm1(xs[0]); }, -50) == std::exp(-50));
  const double inf = INFINITY;
  CHECK(at_scalar([&](const Values& xs) { return logaddexp(xs[0], like(xs[0], -inf)); }, -inf) ==
        0);
  CHECK(at_scalar([](const Values& xs) { return maximum(like(xs[0], 0), xs[0]); }, 0) == 0);
  // Bounds that cross: clip is its upper bound then.
  const auto clipped = [](size_t k) {
    return [k](const Values& xs) {
      Values args = {like(xs[0], 0), like(xs[0], 2), like(xs[0], 1)};
      args[k] = args[k] + xs[0];
      return clip(args[0], args[1], args[2]);
    };
  };
  CHECK(at_scalar(clipped(0), 0) == 0);
  CHECK(at_scalar(clipped(1), 0) == 0);
  CHECK(at_scalar(clipped(2), 0) == 1);
}

TEST_CASE("the derivative of every reduction and rowwise op") {
  for (const OpRow& op : all_ops()) {
    if ((op.kind != Kind::Reduce && op.kind != Kind::Rowwise) || op.grad.empty()) continue;
    for (const IntList& axes : {IntList{0}, {1}, {0, 2}, {0, 1, 2}}) {
      INFO(op.name);
      const Function f = [&](const Values& xs) { return reduce(op.op, xs[0], axes); };
      verify(f, {random({2, 3, 4}, 7, -1, 1)});
      verify([&](const Values& xs) { return derivative_of_sum(square(f(xs)), xs[0]); },
             {random({2, 3, 2}, 8, 0.5, 1.5)}, 1e-6);
    }
  }
}

TEST_CASE("products with zeros") {
  const Function f = [](const Values& xs) { return prod(xs[0], {1}); };
  const TensorValue at = TensorValue::of(DType::F64, {4, 3}, {2, 0, 3, 0, 5, 0, 1, 2, 4, 0, 0, 0});
  verify(f, {at});
  verify([&](const Values& xs) { return derivative_of_sum(square(f(xs)) + f(xs), xs[0]); }, {at});
}

TEST_CASE("the largest item shares its derivative with equals") {
  const std::vector<TensorValue> at = {TensorValue::of(DType::F64, {4}, {1, 3, 3, 2})};
  const Program program([](const Values& xs) { return max(xs[0]); }, at);
  CHECK(program.run(at)[2].to_f64() == std::vector<double>{0, 0.5, 0.5, 0});
}

TEST_CASE("derivatives of views") {
  const TensorValue x = random({3, 4, 5}, 1);
  const auto view = [&](const std::function<Value(Value)>& f) {
    verify([&](const Values& xs) { return f(xs[0]); }, {x});
  };
  view([](Value v) { return reshape(v, {Dim(6), Dim(10)}); });
  view([](Value v) { return transpose(v, {1, 2, 0}); });
  view([](Value v) { return flip(v, {0, 2}); });
  view([](Value v) { return pad(v, {Dim(1), Dim(0), Dim(2)}, {Dim(0), Dim(3), Dim(1)}, 7); });
  view([](Value v) { return slice(v, {{1, 3, 1}, {}, {0, 4, 1}}); });
  view([](Value v) { return slice(v, {{0, 3, 2}, {1, 4, 2}, {0, 5, 3}}); });
  view([](Value v) { return slice(v, {{{}, {}, -1}, {{}, {}, -2}, {3, 0, -3}}); });
  view([](Value v) { return slice(v, {{2, 2, 1}}); });
  view([](Value v) { return concat({v, slice(v, {{0, 2, 1}}), square(v)}, 0); });
  verify(
      [](const Values& xs) { return broadcast(xs[0], {Dim(2), Dim(3), Dim(4), Dim(5)}, {1, 3}); },
      {random({1, 5}, 2)});
  verify([](const Values& xs) { return xs[0] + xs[1] * xs[2]; },
         {random({3, 1}, 2), random({4}, 3), random({}, 4)});
}

TEST_CASE("derivatives of products, with axes in any order") {
  verify([](const Values& xs) { return matmul(xs[0], xs[1]); },
         {random({3, 4}, 1), random({4, 2}, 2)});
  verify([](const Values& xs) { return matmul(xs[0], xs[1]); }, {random({4}, 1), random({4}, 2)});
  verify([](const Values& xs) { return matmul(xs[0], xs[1]); },
         {random({2, 1, 3, 4}, 1), random({3, 4, 2}, 2)});
  verify([](const Values& xs) { return contract(xs[0], xs[1], {2}, {0}, {3, 0}, {1, 3}); },
         {random({4, 3, 2, 5}, 1), random({2, 5, 3, 4}, 2)});
  verify([](const Values& xs) { return contract(xs[0], xs[1], {1, 0}, {1, 2}, {2}, {0}); },
         {random({2, 3, 4, 2}, 1), random({4, 3, 2}, 2)});
  verify([](const Values& xs) { return contract(xs[0], xs[1], {}, {}, {}, {}); },
         {random({2, 3}, 1), random({2}, 2)});
}

TEST_CASE("derivatives of gather and scatter") {
  const auto gathers = [](int64_t axis, int64_t batch) {
    return [=](const Values& xs) { return gather(xs[0], xs[1], axis, batch); };
  };
  verify(gathers(1, 0), {random({3, 4, 2}, 1), indices({2, 2}, {3, 0, -1, 3})});
  verify(gathers(1, 1), {random({3, 4, 2}, 1), indices({3, 2}, {3, 0, -1, 3, 2, 2})});
  verify(gathers(1, 1), {random({3, 4, 2}, 1), indices({3}, {3, 0, -4})});
  verify(gathers(0, 0), {random({3, 2}, 1), indices({}, {-1})});
  for (Op op : {Op::scatter_set, Op::scatter_add}) {
    const auto scatters = [op](int64_t axis, int64_t batch) {
      return [=](const Values& xs) {
        return node(op, {xs[0], xs[1], xs[2]}, {{Key::axis, axis}, {Key::batch, batch}});
      };
    };
    INFO(name(op));
    verify(scatters(0, 0), {random({4, 2}, 1), indices({3}, {2, 0, 2}), random({3, 2}, 2)});
    verify(scatters(1, 0),
           {random({2, 4}, 1), indices({2, 2}, {2, 0, 2, -2}), random({2, 2, 2}, 2)});
    verify(scatters(1, 1),
           {random({2, 4, 3}, 1), indices({2, 3}, {2, 0, 2, 1, 1, -1}), random({2, 3, 3}, 2)});
    verify(scatters(2, 1),
           {random({2, 3, 4}, 1), indices({2, 2}, {2, 2, 1, 3}), random({2, 3, 2}, 2)});
    verify(scatters(1, 1), {random({2, 4}, 1), indices({2}, {2, 0}), random({2}, 2)});
  }
}

TEST_CASE("one item of each row: the derivative is a comparison, no scatter") {
  Graph graph;
  const Value x{&graph, graph.input("x", {DType::F32, {Dim::symbol("n"), Dim(10)}})};
  const Value y{&graph, graph.input("y", {DType::I32, {Dim::symbol("n")}})};
  grad(graph, sum(gather(x, y, 1, 1)).id, {x.id});
  for (NodeId id : graph.ids())
    CHECK(graph[id].kind() != Kind::Scatter);
}

TEST_CASE("derivatives of the functions") {
  const auto call = [](const char* name, std::vector<Argument> args) {
    const FunctionRow* row = function_named(name);
    for (size_t i = args.size(); i < row->params.size(); ++i)
      args.push_back(row->params[i].fallback.value());
    return row->build(*std::get<Value>(args[0]).graph, args);
  };
  const TensorValue x = random({3, 4}, 1, -2, 2);
  for (const char* name : {"mean", "var", "std", "norm", "relu", "gelu", "silu"}) {
    INFO(name);
    verify([&](const Values& xs) { return call(name, {xs[0]}); }, {x});
  }
  for (double order : {1.0, 3.0, double(INFINITY)})
    verify([&](const Values& xs) { return call("norm", {xs[0], IntList{1}, false, order}); }, {x});
  verify([&](const Values& xs) { return call("layer_norm", {xs[0], xs[1], xs[2]}); },
         {x, random({4}, 2), random({4}, 3)});
  verify([&](const Values& xs) { return call("cross_entropy", {xs[0], xs[1]}); },
         {x, indices({3}, {0, 3, 1})});
  verify([&](const Values& xs) { return call("cross_entropy", {xs[0], xs[1]}); },
         {x, random({3, 4}, 4)});
  verify([&](const Values& xs) { return call("binary_cross_entropy_with_logits", {xs[0], xs[1]}); },
         {x, random({3, 4}, 5)});
}

TEST_CASE("derivatives by hand, as printed in Theano's tutorial") {
  CHECK(at_scalar([](const Values& xs) { return square(xs[0]); }, 4) == 8);
  CHECK(at_scalar([](const Values& xs) { return pow(xs[0], like(xs[0], 2)); }, 94.2) ==
        Approx(188.4));
  const std::vector<TensorValue> at = {TensorValue::of(DType::F64, {2, 2}, {0, 1, -1, -2})};
  const Program logistic(
      [](const Values& xs) { return like(xs[0], 1) / (like(xs[0], 1) + exp(-xs[0])); }, at);
  const std::vector<double> d = logistic.run(at)[2].to_f64();
  const double printed[] = {.25, .19661193, .19661193, .10499359};
  for (size_t i = 0; i < 4; ++i)
    CHECK(d[i] == Approx(printed[i]).epsilon(1e-7));
}

TEST_CASE("derivatives keep their value's dtype and symbolic shape") {
  Graph graph;
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  const Value x{&graph, graph.input("x", {DType::F16, {n, Dim(1)}})};
  const Value y{&graph, graph.input("y", {DType::F32, {m, Dim(3)}})};
  const Value z{&graph, graph.input("z", {DType::F32, {n}})};
  const Value unused{&graph, graph.input("unused", {DType::F64, {n}})};
  const Value s = slice(y, {{1, std::nullopt, 3}, {{}, {}, -1}});
  const Value cost = sum(x * y) + sum(z) + sum(s) + sum(cast(cast(z, DType::I32), DType::F32) * z);
  const std::vector<NodeId> d = grad(graph, cost.id, {x.id, y.id, z.id, unused.id, s.id});
  for (auto [value, id] : {std::pair(x, d[0]), {y, d[1]}, {z, d[2]}, {unused, d[3]}, {s, d[4]}})
    CHECK(graph.type(id) == value.type());
  CHECK(graph[d[3]].kind() == Kind::Constant);
}

TEST_CASE("requests that have no derivative say so") {
  Graph graph;
  const Value x{&graph, graph.input("x", {DType::F32, {Dim(3)}})};
  const Value i{&graph, graph.input("i", {DType::I32, {}})};
  CHECK_THROWS_WITH(grad(graph, x.id, {x.id}),
                    "error[E0208] not-differentiable: grad: the cost must be a floating scalar\n"
                    "  value  f32[3]  'x'");
  CHECK_THROWS_WITH(
      grad(graph, sum(x).id, {i.id}),
      "error[E0208] not-differentiable: grad: no derivative by a value that is not floating\n"
      "  value  i32  'i'");
  const Value d = derivative_of_sum(digamma(x), x);
  CHECK_THROWS_WITH(grad(graph, sum(d).id, {x.id}),
                    "error[E0208] not-differentiable: the derivative of trigamma is not known");
}

TEST_CASE("gradients of a long chain take one walk") {
  Graph graph;
  const Value x{&graph, graph.input("x", {DType::F32, {Dim::symbol("n")}})};
  Value y = x;
  for (int i = 0; i < 100'000; ++i)
    y = i % 2 ? sin(y) : y + x;
  const Value cost = sum(y);
  const size_t before = graph.size();
  grad(graph, cost.id, {x.id});
  CHECK(graph.size() < 4 * before);
}
