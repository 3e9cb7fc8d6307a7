// The graph: interning, sizes, typing errors, requirements, invariants, depth.
#include "ir/build.h"
#include "ir/interpret.h"
#include "ir/verify.h"
#include "tests/catch.h"
#include "tests/contains.h"
#include "tests/message.h"
#include "tests/small_stack.h"

#include <cmath>
#include <pthread.h>

using namespace tsc;

namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m"), k = Dim::symbol("k");

struct Fixture {
  Graph graph;
  Value input(const char* name, DType dtype, Shape shape) {
    return {&graph, graph.input(name, {dtype, std::move(shape)})};
  }
  Value f32(const char* name, Shape shape) { return input(name, DType::F32, std::move(shape)); }
};

} // namespace

// ---- sizes

TEST_CASE("sizes have one normal form") {
  CHECK((n + m).text() == "m+n");
  CHECK(n + m == m + n);
  CHECK((n * 2 + 1 - n) == n + 1);
  CHECK((n - n) == Dim(0));
  CHECK((n + 1) * (n - 1) == n * n - 1);
  CHECK((Dim(2) * n * m - 3).text() == "2*m*n-3");
  CHECK(floordiv(n * 6, 3) == n * 2);
  CHECK(floordiv(n * m + m, m) == n + 1);
  CHECK(floordiv(Dim(7), 2) == Dim(3));
  CHECK(floordiv(Dim(-7), 2) == Dim(-4));
  CHECK(floordiv(n + 1, 2).text() == "(n+1)//2");
  CHECK(n.symbol_name() == "n");
  CHECK(!(n * 2).symbol_name());
  CHECK((floordiv(n, k) + m).symbols() == std::vector<std::string>{"k", "m", "n"});
}

TEST_CASE("questions about sizes have three answers") {
  CHECK(equal(n, n) == Tri::Yes);
  CHECK(equal(n, m) == Tri::Unknown);
  CHECK(equal(n, n + 1) == Tri::No);
  CHECK(equal(n, 3) == Tri::Unknown);
  CHECK(equal(n * 2, n) == Tri::Unknown); // equal at 0
  CHECK(less_equal(0, n) == Tri::Yes);
  CHECK(less_equal(n, n + m) == Tri::Yes);
  CHECK(less_equal(n + 1, n) == Tri::No);
  CHECK(less_equal(1, n) == Tri::Unknown);
  CHECK(less_equal(n, 0) == Tri::Unknown);
  CHECK(less_equal(n, -1) == Tri::No);
  CHECK(less_equal(3, 3) == Tri::Yes);
}

TEST_CASE("size arithmetic that overflows is an error") {
  const Dim big = int64_t{1} << 62;
  const char* message = "error[E0404] size-overflow: a size expression overflows 64 bits";
  CHECK(message_of([&] { big + big; }).rfind(message, 0) == 0);
  CHECK(message_of([&] { big * n * 2; }).rfind(message, 0) == 0);
  CHECK(message_of([&] {
          (n * n * n * n).evaluate([](auto&) { return 100'000; });
        }).rfind(message, 0) == 0);
}

TEST_CASE("sizes are evaluated and substituted") {
  const auto values = [](const std::string& symbol) -> int64_t { return symbol == "n" ? 5 : 2; };
  CHECK((n * m + 3).evaluate(values) == 13);
  CHECK(floordiv(n + 1, m).evaluate(values) == 3);
  CHECK((n * m).substitute([](const std::string& symbol) {
    return symbol == "n" ? std::optional(m + 1) : std::nullopt;
  }) == m * m + m);
}

// ---- nodes

TEST_CASE("equal nodes are one node") {
  Fixture f;
  const Value x = f.f32("x", {n}), y = f.f32("y", {n});
  CHECK(build::add(x, y).id == build::add(x, y).id);
  CHECK(build::add(x, y).id != build::add(y, x).id); // the canonical order is a pass's business
  CHECK(build::number(f.graph, 1).id == build::number(f.graph, 1).id);
  CHECK(build::number(f.graph, 0.0).id != build::number(f.graph, -0.0).id);
  CHECK(build::number(f.graph, NAN).id == build::number(f.graph, NAN).id);
  CHECK(build::number(f.graph, 1, DType::F64).id != build::number(f.graph, 1).id);
  const size_t size = f.graph.size();
  build::exp(build::add(x, y));
  CHECK(f.graph.size() == size + 1);
  verify(f.graph);
}

TEST_CASE("nodes never change when others are added") {
  Fixture f;
  const Value x = f.f32("x", {n, 4});
  const Value sum = build::sum(x, {1});
  const std::string type = text(f.graph.type(sum.id));
  for (int i = 0; i < 1000; ++i)
    build::add(x, build::like(x, i));
  CHECK(text(f.graph.type(sum.id)) == type);
  CHECK(f.graph[sum.id].args == std::vector{x.id});
  for (NodeId id : f.graph.ids())
    for (NodeId arg : f.graph[id].args)
      CHECK(arg < id);
}

TEST_CASE("types are inferred") {
  Fixture f;
  const Value x = f.f32("x", {n, 4}), i = f.input("i", DType::I8, {n, 1});
  CHECK(text(build::add(x, i).type()) == "f32[n, 4]");
  CHECK(text(build::sum(i).type()) == "i64");
  CHECK(text(build::less(x, i).type()) == "bool[n, 4]");
  CHECK(text(build::exp(i).type()) == "f32[n, 1]");
  CHECK(text(build::matmul(x, build::transpose(x)).type()) == "f32[n, n]");
  CHECK(text(build::concat({x, x}, 0).type()) == "f32[2*n, 4]");
  CHECK(text(build::reshape(x, {-1}).type()) == "f32[4*n]");
  CHECK(text(build::argmax(x, {1}).type()) == "i64[n]");
  CHECK(text(build::softmax(x).type()) == "f32[n, 4]");
  CHECK(text(build::slice(x, {{1, std::nullopt, 1}}).type()) == "f32[n-1, 4]");
}

// ---- errors: the whole message

TEST_CASE("shapes that cannot fit name both operands") {
  Fixture f;
  BuildLocation here(f.graph, f.graph.location(Loc::in_file("model.tsc", 12, 7)));
  const Value a = f.f32("h", {n, 128}), b = f.f32("w", {64, 10});
  CHECK(message_of([&] { build::matmul(a, b); }) ==
        "error[E0204] shape-mismatch: matmul: inner sizes differ\n"
        "  --> model.tsc:12:7\n"
        "  left   f32[n, 128]  'h'\n"
        "  right  f32[64, 10]  'w'\n"
        "  hint: left axis 1 is 128, right axis 0 is 64");
}

TEST_CASE("typing errors say what is wrong") {
  Fixture f;
  const Value x = f.f32("x", {2, 3}), b = f.input("b", DType::Bool, {2, 3});
  const auto first_line = [](const std::string& message) {
    return message.substr(0, message.find('\n'));
  };
  const auto error = [&](Op op, std::vector<Value> args, Attrs attrs = {}) {
    return first_line(message_of([&] { build::node(op, args, attrs); }));
  };
  CHECK(error(Op::add, {x}) == "error[E0112] wrong-arity: add: takes 2 operands, got 1");
  CHECK(error(Op::add, {x, b}) == "error[E0205] dtype-mismatch: add: does not work on bool");
  CHECK(error(Op::bit_not, {x}) == "error[E0205] dtype-mismatch: bit_not: does not work on f32");
  CHECK(error(Op::select, {x, x, x}) ==
        "error[E0205] dtype-mismatch: select: the condition is f32, not bool");
  CHECK(error(Op::sum, {x}) == "error[E0111] bad-attribute: sum: needs the attribute 'axes'");
  CHECK(error(Op::sum, {x}, {{Key::axes, IntList{2}}}) ==
        "error[E0203] axis-range: sum: axis 2 is not in 0..1");
  CHECK(error(Op::sum, {x}, {{Key::axes, IntList{1, 1}}}) ==
        "error[E0203] axis-range: sum: axis 1 is listed twice");
  CHECK(error(Op::reshape, {x}, {{Key::shape, Shape{7}}}) ==
        "error[E0207] bad-reshape: reshape: [2, 3] has 6 elements, [7] has 7");
  CHECK(error(Op::transpose, {x}, {{Key::axes, IntList{0}}}) ==
        "error[E0111] bad-attribute: transpose: axes has 1 values for 2 axes");
  CHECK(error(Op::slice, {x},
              {{Key::start, Shape{0, 0}}, {Key::count, Shape{2, 3}}, {Key::step, IntList{1, 0}}}) ==
        "error[E0111] bad-attribute: slice: a step is 0");
  CHECK(error(Op::concat, {x, b}, {{Key::axis, int64_t{0}}}) ==
        "error[E0205] dtype-mismatch: concat: operands are f32 and bool");
  CHECK(error(Op::gather, {x, x}, {{Key::axis, int64_t{0}}, {Key::batch, int64_t{0}}}) ==
        "error[E0205] dtype-mismatch: gather: indices are f32, not integers");
  const Value none = f.f32("none", {0});
  CHECK(error(Op::max, {none}, {{Key::axes, IntList{0}}}) ==
        "error[E0211] empty-reduction: max: axis 0 has no elements");
  CHECK(first_line(message_of([&] { f.f32("negative", {-1}); })) ==
        "error[E0202] bad-dim: input: size -1 is negative");
  CHECK(first_line(message_of([&] {
          f.f32("huge", {int64_t{1} << 40, int64_t{1} << 40});
        })).rfind("error[E0404] size-overflow: ", 0) == 0);
  CHECK(first_line(message_of([&] { f.f32("deep", Shape(17, 1)); })) ==
        "error[E0403] rank-limit: input: 17 axes; at most 16 are possible");
  verify(f.graph); // failed additions leave nothing behind
}

// ---- requirements

TEST_CASE("what cannot be decided becomes a requirement, which then decides more") {
  Fixture f;
  const Value x = f.f32("x", {n}), y = f.f32("y", {m}), z = f.f32("z", {n});
  build::add(x, z);
  CHECK(f.graph.requirements().empty());
  build::add(x, y);
  REQUIRE(f.graph.requirements().size() == 1);
  const Requirement& r = f.graph.requirements()[0];
  CHECK((r.left == n && r.right == m && r.relation == Requirement::Relation::Equal));
  CHECK(r.what == "add: sizes of axis 0 (only a size declared as 1 stretches)");
  CHECK(f.graph.resolve(m * 2) == n * 2); // the later name gives way
  build::mul(y, z);                       // follows
  CHECK(f.graph.requirements().size() == 1);
  CHECK(message_of([&] {
          build::add(x, f.f32("u", {m + 1}));
        }).rfind("error[E0204] shape-mismatch: add: sizes of axis 0 differ", 0) == 0);
}

TEST_CASE("an empty max is excluded when the size is known, and at the call when not") {
  Fixture f;
  const Value x = f.f32("x", {n, 3});
  build::max(x, {1});
  CHECK(f.graph.requirements().empty());
  f.graph.outputs.push_back({"y", build::max(x, {0}).id});
  REQUIRE(f.graph.requirements().size() == 1);
  CHECK(message_of([&] {
          interpret(f.graph, std::vector{TensorValue::zeros(DType::F32, {0, 3})});
        }) == "error[E0503] argument-shape: max of no elements has no value: axis 0: 1 is more "
              "than n = 0");
}

// ---- invariants

TEST_CASE("the verifier lists what a caller can break") {
  Fixture f;
  const Value x = f.f32("x", {n});
  const Value s{&f.graph, f.graph.state("s", {DType::F32, {n}})};
  const Value wide{&f.graph, f.graph.state("wide", {DType::F64, {n}})};
  f.graph.outputs.push_back({"y", build::exp(x).id});
  f.graph.updates.push_back({s.id, x.id});
  CHECK(broken_invariants(f.graph).empty());
  f.graph.outputs.push_back({"lost", NodeId(99)});
  f.graph.updates.push_back({s.id, x.id});
  f.graph.updates.push_back({x.id, x.id});
  f.graph.updates.push_back({wide.id, x.id});
  CHECK(broken_invariants(f.graph) ==
        std::vector<std::string>{"output 'lost' is no node", "node 1 (state): has two updates",
                                 "an update sets node 0, which is no state",
                                 "node 2 (state): has type f64[n], its update f32[n]"});
  CHECK(contains(message_of([&] { verify(f.graph); }), "breaks 4 invariants:\n  output 'lost'"));
}

TEST_CASE("an input that bypasses the list is found") {
  Graph graph;
  graph.add(Op::input, {},
            {{Key::name, std::string("x")}, {Key::shape, Shape{}}, {Key::dtype, DType::F32}});
  CHECK(broken_invariants(graph) == std::vector<std::string>{"node 0 (input): not listed"});
}

TEST_CASE("copies without dead nodes keep arguments, results and requirements") {
  Fixture f;
  const Value x = f.f32("x", {n}), y = f.f32("y", {m}), unused = f.f32("unused", {});
  build::exp(unused);
  f.graph.outputs.push_back({"z", build::add(x, y).id});
  const Graph live = without_dead_nodes(f.graph);
  verify(live);
  CHECK(live.size() == 4);
  CHECK(live.inputs().size() == 3);
  CHECK(live.requirements().size() == 1);
  CHECK(live.outputs.size() == 1);
}

// ---- depth

namespace {

constexpr size_t chain_length = 100'000;

// What must not recurse: building, verifying, copying, interpreting, destroying.
double deep_chain() {
  Graph graph;
  Value x{&graph, graph.input("x", {DType::F32, {n}})};
  const Value one = build::like(x, 1);
  for (size_t i = 0; i < chain_length; ++i)
    x = build::node(Op::add, {x, one});
  graph.outputs.push_back({"y", x.id});
  verify(graph);
  const Graph copy = without_dead_nodes(graph);
  return interpret(copy, std::vector{TensorValue::of(DType::F32, {2}, {0, 1})})[0].as_f64(1);
}

} // namespace

TEST_CASE("100,000 chained ops within a stack of 256 KiB") {
  test::with_small_stack([] { CHECK(deep_chain() == chain_length + 1); });
}
