// ir/interpret_plan, on plans written by hand: what each action and stage means, and that broken
// plans are caught.
#include "ir/interpret_plan.h"
#include "passes/lower.h"
#include "tests/unit/evaluate.h"

using namespace tsc;

namespace {

Index at(AxisId axis) { return Index::of(axis); }
Index at(ValueId value) { return Index::of(value); }
Index at(int64_t place) { return Index::of(Dim(place)); }

// A kernel, line by line.
struct KernelSketch {
  Kernel kernel;

  explicit KernelSketch(const std::vector<Dim>& outer) {
    for (const Dim& extent : outer)
      axis(extent);
    kernel.outer = outer.size();
  }
  AxisId axis(const Dim& extent) {
    kernel.axes.push_back({extent});
    return AxisId(kernel.axes.size() - 1);
  }
  AxisId outer(size_t i) const { return AxisId(i); }
  ParamId param(BufferId buffer, DType dtype, bool written, bool read) {
    kernel.params.push_back({buffer, dtype, written, read});
    return ParamId(kernel.params.size() - 1);
  }
  ParamId reads(BufferId buffer, DType dtype) { return param(buffer, dtype, false, true); }
  ParamId writes(BufferId buffer, DType dtype) { return param(buffer, dtype, true, false); }

  KernelSketch& stage(std::vector<AxisId> axes = {}) {
    kernel.stages.push_back({std::move(axes), {}, {}});
    return *this;
  }
  ValueId emit(Instruction i) {
    if (i.action != Action::Store) i.id = ValueId(kernel.values++);
    kernel.stages.back().body.push_back(std::move(i));
    return kernel.stages.back().body.back().id;
  }
  ValueId load(ParamId from, Index index, ValueId guard = {}) {
    Instruction i{.action = Action::Load, .dtype = kernel.params[from.index].dtype, .guard = guard};
    i.index = std::move(index), i.param = from;
    return emit(std::move(i));
  }
  void store(ParamId to, Index index, ValueId value, ValueId guard = {}) {
    Instruction i{.action = Action::Store,
                  .dtype = kernel.params[to.index].dtype,
                  .args = {value},
                  .guard = guard};
    i.index = std::move(index), i.param = to;
    emit(std::move(i));
  }
  ValueId apply(Op op, DType dtype, std::vector<ValueId> args) {
    return emit({.action = Action::Apply, .dtype = dtype, .op = op, .args = std::move(args)});
  }
  ValueId number(DType dtype, double value) {
    Instruction i{.action = Action::Constant, .dtype = dtype};
    i.literal = Literal::number(dtype, value);
    return emit(std::move(i));
  }
  ValueId of_index(Action action, DType dtype, Index index, Dim divisor = 0) {
    Instruction i{.action = action, .dtype = dtype};
    i.index = std::move(index), i.divisor = std::move(divisor);
    return emit(std::move(i));
  }
  ValueId checked(ValueId index, Dim size, CheckId check) {
    Instruction i{.action = Action::Checked, .dtype = DType::I64, .args = {index}};
    i.divisor = std::move(size), i.check = check;
    return emit(std::move(i));
  }
  ResultId reduce(Op combine, ValueId value, DType dtype, DType accumulator, double start) {
    Reduction r{.id = ResultId(kernel.results++), .combine = combine};
    r.value = value, r.dtype = dtype, r.accumulator = accumulator;
    r.start = Literal::number(accumulator, start);
    kernel.stages.back().reductions.push_back(r);
    return r.id;
  }
  ValueId result(ResultId r, DType dtype) {
    Instruction i{.action = Action::Result, .dtype = dtype};
    i.result = r;
    return emit(std::move(i));
  }
};

// A plan, buffer by buffer.
struct PlanSketch {
  Plan plan;

  BufferId buffer(Home home, size_t index, const Type& type) {
    plan.buffers.push_back({home, static_cast<uint32_t>(index), type});
    return BufferId(plan.buffers.size() - 1);
  }
  BufferId input(const Type& type) {
    plan.inputs.push_back({"x", type, {}});
    return buffer(Home::Input, plan.inputs.size() - 1, type);
  }
  BufferId output(const Type& type) {
    plan.outputs.push_back({"y", type, {}});
    return buffer(Home::Output, plan.outputs.size() - 1, type);
  }
  BufferId in_slot(size_t slot, const Type& type) { return buffer(Home::Workspace, slot, type); }
  void launch(const KernelSketch& sketch) {
    plan.steps.push_back(Launch{plan.kernels.size()});
    plan.kernels.push_back(sketch.kernel);
  }
  CheckId check(const std::string& words) {
    plan.checks.push_back({Diag::IndexRange, words, {}});
    return CheckId(plan.checks.size() - 1);
  }
  // y[i] = op(x[i]...) for i < n
  void map(Op op, const std::vector<BufferId>& from, BufferId to, int64_t n) {
    KernelSketch k({n});
    k.stage();
    std::vector<ValueId> args;
    for (BufferId b : from)
      args.push_back(k.load(k.reads(b, DType::F64), at(k.outer(0))));
    k.store(k.writes(to, DType::F64), at(k.outer(0)), k.apply(op, DType::F64, args));
    launch(k);
  }
};

Type f64s(Shape shape) { return {DType::F64, std::move(shape)}; }

TensorValue only_output(const Plan& plan, const std::vector<TensorValue>& inputs) {
  const PlanResult result = interpret(plan, inputs);
  CHECK(!result.failed);
  REQUIRE(result.outputs.size() == 1);
  return result.outputs[0];
}

void check_broken(const Plan& plan, const std::vector<TensorValue>& inputs,
                  const std::string& words) {
  try {
    interpret(plan, inputs);
    FAIL_CHECK("nothing thrown, not: " << words);
  } catch (const InternalError& e) {
    INFO(e.what());
    CHECK(std::string(e.what()).find(words) != std::string::npos);
  }
}

} // namespace

TEST_CASE("plan interpreter: a symbol is read from an input's axis") {
  PlanSketch p;
  const Dim n = Dim::symbol("n");
  const BufferId x = p.input(f64s({n})), y = p.output(f64s({n}));
  p.plan.symbols = {"n"}, p.plan.bound_at = {{0, 0}};
  KernelSketch k({n});
  k.stage();
  const ValueId item = k.load(k.reads(x, DType::F64), at(k.outer(0)) * Dim(-1) + Index::of(n - 1));
  k.store(k.writes(y, DType::F64), at(k.outer(0)), item);
  p.launch(k);
  CHECK_VALUE(only_output(p.plan, {f64({3}, {1, 2, 3})}), f64({3}, {3, 2, 1}));
  CHECK_VALUE(only_output(p.plan, {f64({0}, {})}), f64({0}, {}));
}

TEST_CASE("plan interpreter: positions, quotients, moduli and ranges") {
  PlanSketch p;
  const Type type{DType::I64, {6, 4}};
  const BufferId y = p.output(type);
  KernelSketch k({6});
  const ParamId out = k.writes(y, DType::I64);
  k.stage();
  const Index odd = at(k.outer(0)) * Dim(2) + at(1);
  const Index row = at(k.outer(0)) * Dim(4);
  const ValueId inside = k.of_index(Action::InRange, DType::Bool, odd + at(-4), 3);
  k.store(out, row, k.of_index(Action::Position, DType::I64, odd));
  k.store(out, row + at(1), k.of_index(Action::Quotient, DType::I64, odd, 4));
  k.store(out, row + at(2), k.of_index(Action::Modulus, DType::I64, odd, 4));
  k.store(out, row + at(3), k.apply(Op::cast, DType::I64, {inside}));
  p.launch(k);
  CHECK_VALUE(only_output(p.plan, {}), i64({6, 4}, {1, 0, 1, 0, 3, 0, 3, 0, 5,  1, 1, 1,
                                                    7, 1, 3, 0, 9, 2, 1, 0, 11, 2, 3, 0}));
}

TEST_CASE("plan interpreter: a guarded load outside memory is 0, a guarded store does nothing") {
  PlanSketch p;
  const BufferId x = p.input(f64s({2})), y = p.output(f64s({4})), z = p.output(f64s({2}));
  KernelSketch k({4});
  k.stage();
  const Index shifted = at(k.outer(0)) + at(-1);
  const ValueId inside = k.of_index(Action::InRange, DType::Bool, shifted, 2);
  const ValueId item = k.load(k.reads(x, DType::F64), shifted, inside);
  k.store(k.writes(y, DType::F64), at(k.outer(0)), item);
  k.store(k.writes(z, DType::F64), shifted, item, inside);
  p.launch(k);
  const auto outputs = interpret(p.plan, std::vector{f64({2}, {5, 7})}).outputs;
  CHECK_VALUE(outputs[0], f64({4}, {0, 5, 7, 0}));
  CHECK_VALUE(outputs[1], f64({2}, {5, 7}));
}

TEST_CASE("plan interpreter: checked indices count from the end; the first wrong one is reported") {
  const auto gathered = [](const TensorValue& indices) {
    PlanSketch p;
    const BufferId i = p.input({indices.dtype, {3}}), y = p.output({DType::I64, {3}});
    const CheckId check = p.check("index {0} of {1}");
    KernelSketch k({3});
    k.stage();
    const ValueId index = k.load(k.reads(i, indices.dtype), at(k.outer(0)));
    k.store(k.writes(y, DType::I64), at(k.outer(0)), k.checked(index, 5, check));
    p.launch(k);
    const PlanResult result = interpret(p.plan, std::vector{indices});
    const std::string words = result.failed ? message(p.plan, *result.failed) : "";
    return std::pair(result.outputs.at(0), words);
  };
  const auto good = gathered(ints(DType::I8, {3}, {0, -1, 4}));
  CHECK_VALUE(good.first, i64({3}, {0, 4, 4}));
  CHECK(good.second.empty());
  const auto bad = gathered(i64({3}, {-5, 5, -6}));
  CHECK_VALUE(bad.first, i64({3}, {0, -1, -1}));
  CHECK(bad.second == "index 5 of 5");
  CHECK_VALUE(gathered(ints(DType::U64, {3}, {0, 1, -1})).first, i64({3}, {0, 1, -1})); // 2^64 - 1
}

TEST_CASE("plan interpreter: reductions fold in their accumulator, in order") {
  PlanSketch p;
  const BufferId x = p.input({DType::F32, {2, 3}}), y = p.output({DType::F32, {2, 2}});
  KernelSketch k({2});
  const AxisId inner = k.axis(3);
  const ParamId in = k.reads(x, DType::F32), out = k.writes(y, DType::F32);
  k.stage({inner});
  const ValueId item = k.load(in, at(k.outer(0)) * Dim(3) + at(inner));
  const ResultId sum = k.reduce(Op::add, item, DType::F32, DType::F64, 0);
  const ResultId most = k.reduce(Op::maximum, item, DType::F32, DType::F32, -Inf);
  k.stage();
  k.store(out, at(k.outer(0)) * Dim(2), k.result(sum, DType::F32));
  k.store(out, at(k.outer(0)) * Dim(2) + at(1), k.result(most, DType::F32));
  p.launch(k);
  CHECK_VALUE(only_output(p.plan, {f32({2, 3}, {1e8, 1, -1e8, 2, NaN, 3})}),
              f32({2, 2}, {1, 1e8, NaN, NaN}));
  p.plan.kernels[0].lanes = true; // another order of the loops, the same values
  CHECK_VALUE(only_output(p.plan, {f32({2, 3}, {1, 2, 3, 4, 5, 6})}), f32({2, 2}, {6, 3, 15, 6}));
}

TEST_CASE("plan interpreter: the place of the best item; an empty reduction keeps its start") {
  const auto place = [](int64_t n, const std::vector<double>& items) {
    PlanSketch p;
    const BufferId x = p.input(f64s({n})), y = p.output({DType::I64, {}});
    KernelSketch k({});
    const AxisId inner = k.axis(n);
    k.stage({inner});
    k.reduce(Op::minimum, k.load(k.reads(x, DType::F64), at(inner)), DType::I64, DType::F64, Inf);
    Reduction& r = k.kernel.stages[0].reductions[0];
    r.position = true, r.place = at(inner);
    k.stage();
    k.store(k.writes(y, DType::I64), at(0), k.result(r.id, DType::I64));
    p.launch(k);
    return only_output(p.plan, {f64({n}, items)}).as_i64();
  };
  CHECK(place(4, {3, 1, 1, 2}) == 1);
  CHECK(place(3, {3, NaN, 1}) == 1);
  CHECK(place(2, {Inf, Inf}) == 0);
  CHECK(place(0, {}) == 0);
}

TEST_CASE("plan interpreter: a stage's loops see the results of stages before it") {
  PlanSketch p;
  const BufferId x = p.input(f64s({2, 3})), y = p.output(f64s({2, 3}));
  KernelSketch k({2});
  const AxisId inner = k.axis(3);
  const ParamId in = k.reads(x, DType::F64), out = k.writes(y, DType::F64);
  const Index place = at(k.outer(0)) * Dim(3) + at(inner);
  k.stage({inner});
  const ResultId most = k.reduce(Op::maximum, k.load(in, place), DType::F64, DType::F64, -Inf);
  k.stage({inner});
  const ValueId shifted =
      k.apply(Op::sub, DType::F64, {k.load(in, place), k.result(most, DType::F64)});
  k.store(out, place, shifted);
  p.launch(k);
  CHECK_VALUE(only_output(p.plan, {f64({2, 3}, {1, 5, 2, 0, -1, -2})}),
              f64({2, 3}, {-4, 0, -3, 0, -1, -2}));
}

TEST_CASE("plan interpreter: every op on halves rounds") {
  PlanSketch p;
  const BufferId x = p.input({DType::F16, {}}), y = p.output({DType::F16, {}});
  KernelSketch k({});
  k.stage();
  const ValueId big = k.load(k.reads(x, DType::F16), at(0));
  const ValueId one = k.number(DType::F16, 1);
  const ValueId sum = k.apply(Op::add, DType::F16, {big, one}); // 2049 is no f16
  k.store(k.writes(y, DType::F16), at(0), k.apply(Op::sub, DType::F16, {sum, big}));
  p.launch(k);
  CHECK_VALUE(only_output(p.plan, {f16({}, {2048})}), f16({}, {0}));
}

TEST_CASE("plan interpreter: points on one thread may meet, in order") {
  PlanSketch p;
  const BufferId i = p.input({DType::I64, {4}}), y = p.output(f64s({2}));
  KernelSketch zero({2});
  zero.stage();
  zero.store(zero.writes(y, DType::F64), at(zero.outer(0)), zero.number(DType::F64, 0));
  p.launch(zero);
  KernelSketch add({4});
  add.kernel.parallel = false;
  const ParamId to = add.param(y, DType::F64, true, true);
  add.stage();
  const ValueId place = add.load(add.reads(i, DType::I64), at(add.outer(0)));
  const ValueId before = add.load(to, at(place));
  add.store(to, at(place), add.apply(Op::add, DType::F64, {before, add.number(DType::F64, 1)}));
  p.launch(add);
  CHECK_VALUE(only_output(p.plan, {i64({4}, {1, 0, 1, 1})}), f64({2}, {1, 3}));
  p.plan.kernels[1].parallel = true;
  check_broken(p.plan, {i64({4}, {1, 0, 1, 1})}, "two points of the outer axes meet at item 1");
}

TEST_CASE("plan interpreter: products") {
  const auto product = [](bool transpose_a, bool transpose_b) {
    PlanSketch p;
    const BufferId a = p.input(f64s({12})), b = p.input(f64s({12})), c = p.output(f64s({2, 2, 2}));
    Product step{.a = a, .b = b, .c = c, .dtype = DType::F64};
    step.transpose_a = transpose_a, step.transpose_b = transpose_b;
    step.batch = step.m = step.n = 2, step.k = 3;
    p.plan.steps.push_back(step);
    const TensorValue numbers = f64({12}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    return only_output(p.plan, {numbers, numbers});
  };
  CHECK_VALUE(product(false, false), f64({2, 2, 2}, {22, 28, 49, 64, 220, 244, 301, 334}));
  CHECK_VALUE(product(true, true), f64({2, 2, 2}, {22, 49, 28, 64, 220, 301, 244, 334}));
}

TEST_CASE("plan interpreter: sizes are checked before anything runs") {
  PlanSketch p;
  const Dim n = Dim::symbol("n");
  p.input(f64s({n})), p.input(f64s({n + 1}));
  p.plan.symbols = {"n"}, p.plan.bound_at = {{0, 0}};
  const CheckId axis = p.check("size {0}, not {1}"), size = p.check("{0} > {1}");
  p.plan.axis_checks = {{1, 0, n + 1, axis}};
  p.plan.size_checks = {{n, false, 2, size}};
  const auto failure = [&](int64_t first, int64_t second) -> std::string {
    const PlanResult r = interpret(p.plan, std::vector{TensorValue::zeros(DType::F64, {first}),
                                                       TensorValue::zeros(DType::F64, {second})});
    return r.failed ? message(p.plan, *r.failed) : "";
  };
  CHECK(failure(2, 3).empty());
  CHECK(failure(2, 4) == "size 4, not 3");
  CHECK(failure(3, 4) == "3 > 2");
}

TEST_CASE("plan interpreter: in place over an operand that ends there") {
  PlanSketch p;
  const BufferId x = p.input(f64s({3})), y = p.output(f64s({3}));
  const BufferId a = p.in_slot(0, f64s({3})), b = p.in_slot(0, f64s({3}));
  p.plan.slots = {24};
  p.map(Op::neg, {x}, a, 3);
  KernelSketch k({3});
  const ParamId both = k.param(b, DType::F64, true, true);
  k.kernel.params[both.index].in_place = true;
  k.stage();
  k.store(both, at(k.outer(0)), k.apply(Op::exp, DType::F64, {k.load(both, at(k.outer(0)))}));
  p.launch(k);
  p.map(Op::abs, {b}, y, 3);
  CHECK_VALUE(only_output(p.plan, {f64({3}, {0, Inf, -Inf})}), f64({3}, {1, 0, Inf}));
}

// ---- broken plans

TEST_CASE("plan interpreter: two live buffers in one slot are caught") {
  PlanSketch p;
  const BufferId x = p.input(f64s({3})), y = p.output(f64s({3}));
  const BufferId a = p.in_slot(0, f64s({3})), b = p.in_slot(1, f64s({3}));
  p.plan.slots = {24, 24};
  p.map(Op::neg, {x}, a, 3);
  p.map(Op::exp, {x}, b, 3);
  p.map(Op::add, {a, b}, y, 3);
  const std::vector inputs{f64({3}, {0, 0, 0})};
  CHECK_VALUE(only_output(p.plan, inputs), f64({3}, {1, 1, 1}));
  p.plan.buffers[b.index].index = 0;
  check_broken(p.plan, inputs,
               "kernel 2, t0: f64 = p0[i0]: item 0 of b2, which has 3, holds one of b3");
}

TEST_CASE("plan interpreter: a kernel that writes over what it reads by another name is caught") {
  PlanSketch p;
  const BufferId x = p.input(f64s({3})), a = p.in_slot(0, f64s({3})), b = p.in_slot(0, f64s({3}));
  p.plan.slots = {24};
  p.map(Op::neg, {x}, a, 3);
  p.map(Op::neg, {a}, b, 3);
  check_broken(p.plan, {f64({3}, {1, 2, 3})}, "kernel 1: p0 and p1 share memory that is written");
}

TEST_CASE("plan interpreter: memory that is too small, unwritten or misread is caught") {
  PlanSketch p;
  const BufferId x = p.input(f64s({3})), y = p.output(f64s({3})), a = p.in_slot(0, f64s({3}));
  p.plan.slots = {24};
  p.map(Op::neg, {x}, a, 3);
  p.map(Op::neg, {a}, y, 3);
  const std::vector inputs{f64({3}, {1, 2, 3})};
  CHECK_VALUE(only_output(p.plan, inputs), inputs[0]);

  Plan small = p.plan;
  small.slots = {16};
  check_broken(small, inputs, "b2 needs 24 bytes, its place has 16");
  Plan misread = p.plan;
  misread.kernels[1].stages[0].body[0].index.constant = 1;
  check_broken(misread, inputs, "kernel 1, t0: f64 = p0[i0 + 1]: there is no item 3 of b2");
  Plan unwritten = p.plan;
  unwritten.kernels[0].axes[0].extent = 2;
  check_broken(unwritten, inputs, "item 2 of b2, which has 3, was never written");
  Plan unfinished = p.plan;
  unfinished.kernels[1].axes[0].extent = 2;
  check_broken(unfinished, inputs, "item 2 of b1, which has 3, was never written");
  Plan crossing = p.plan; // reads where the next point writes
  crossing.kernels[1].params[0].written = crossing.kernels[0].params[0].written = false;
  crossing.kernels[1].params = {{a, DType::F64, true, true}, {y, DType::F64, true, false}};
  Instruction overwrite = crossing.kernels[1].stages[0].body.back();
  overwrite.param = ParamId(size_t{0});
  overwrite.index = Index::of(AxisId(size_t{0})) * Dim(-1) + Index::of(Dim(2));
  crossing.kernels[1].stages[0].body.push_back(overwrite);
  check_broken(crossing, inputs, "two points of the outer axes meet at item 2 of p0");
}

TEST_CASE("plan interpreter: a lowered graph gives the graph's values") {
  using namespace tsc::build;
  Graph graph;
  const Shape shape{Dim::symbol("n"), 4};
  const Value x{&graph, graph.input("x", f64s(shape))};
  const Value e = exp(x - broadcast_to(max(x, {1}, true), shape));
  graph.outputs.push_back({"y", (e / broadcast_to(sum(e, {1}, true), shape)).id});
  const TensorValue given = f64({2, 4}, {1, 2, 3, 4, -1, 0, 1, 500});
  CHECK_VALUE(only_output(lower(graph), {given}), interpret(graph, std::vector{given})[0]);
}
