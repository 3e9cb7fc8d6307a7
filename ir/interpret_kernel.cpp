#include "ir/interpret_kernel.h"

#include "ir/interpret_kinds.h"
#include "ir/typed.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

using interpreter::required_loop;

struct Scalar { // one item of any dtype, as it stands in memory
  alignas(16) char bytes[16] = {};
};

// An Index with its sizes evaluated.
struct BoundIndex {
  struct Term {
    bool is_axis;
    uint32_t number; // of the axis or value
    int64_t factor;
  };
  int64_t constant = 0;
  std::vector<Term> terms;

  BoundIndex(const Index& index, const SymbolValues& sizes) : constant(sizes(index.constant)) {
    for (const IndexTerm& t : index.terms)
      terms.push_back(
          {t.axis.valid(), t.axis.valid() ? t.axis.index : t.value.index, sizes(t.coefficient)});
  }
};

struct BoundInstruction {
  const Instruction& from;
  BoundIndex index;
  int64_t divisor;
  ElementwiseLoop loop; // of Apply; null for a select, which moves items of any dtype
};

struct BoundReduction {
  const Reduction& from;
  BoundIndex place;
  ElementwiseLoop widen, combine, round; // into the accumulator, in it, and out of it
  Scalar accumulator = {};
  int64_t best = 0; // the place so far

  bool is_better(const Scalar& item) const {
    return with_dtype(from.accumulator, [&]<DType D>() {
      return interpreter::takes_place(load<D>(item.bytes, 0), load<D>(accumulator.bytes, 0),
                                      from.combine == Op::maximum);
    });
  }
};

struct BoundStage {
  const Stage& from;
  std::vector<BoundInstruction> body;
  std::vector<BoundReduction> reductions;
};

// Which point of the outer axes read and wrote each item of a parameter that the kernel writes.
struct Touches {
  std::vector<uint32_t> reader, writer; // `nobody`, a point, or `several`
};
constexpr uint32_t nobody = 0, several = UINT32_MAX;

class KernelRun {
public:
  KernelRun(const Kernel& kernel, const SymbolValues& sizes, std::optional<FailedCheck>& failed)
      : kernel_(kernel), sizes_(sizes), failed_(failed), values_(kernel.values),
        results_(kernel.results), dtypes_(kernel.values), at_(kernel.axes.size()) {
    verify(kernel);
    for (const Axis& axis : kernel.axes)
      extents_.push_back(sizes(axis.extent));
    for (const Stage& stage : kernel.stages)
      bind(stage);
  }

  void run(PlanMemory& memory) {
    bind_params(memory);
    std::vector<AxisId> outer;
    for (size_t i = 0; i < kernel_.outer; ++i)
      outer.push_back(AxisId(i));
    for_each_point(outer, [this] {
      ++point_;
      for (BoundStage& stage : stages_)
        run(stage);
    });
  }

  // Where the run stands, for messages.
  std::string place() const { return current_ ? ", " + text(*current_) : ""; }

private:
  void bind_params(PlanMemory& memory);
  void bind(const Stage& stage);
  BoundInstruction bound(const Instruction& i);
  BoundReduction bound(const Reduction& r) const;
  ElementwiseLoop loop_of(const Instruction& i) const;

  template <class F>
  void for_each_point(std::span<const AxisId> axes, F&& f);
  void size_blocks(std::span<const AxisId> axes);
  void run(BoundStage& stage);
  void execute(const BoundInstruction& i);
  void apply(const BoundInstruction& i);
  void fold(BoundReduction& r);
  void finish(BoundReduction& r);
  void load_item(const BoundInstruction& i);
  void store_item(const BoundInstruction& i);
  void note_touch(const Instruction& i, int64_t item);
  int64_t checked(const BoundInstruction& i);
  int64_t position(const BoundIndex& index) const;
  bool holds(ValueId guard) const { return !guard.valid() || values_[guard.index].bytes[0] != 0; }
  void set(ValueId id, int64_t value) { store_raw(values_[id.index].bytes, 0, value); }
  void set_bool(ValueId id, bool value) { values_[id.index].bytes[0] = value; }

  const Kernel& kernel_;
  const SymbolValues& sizes_;
  std::optional<FailedCheck>& failed_;
  std::vector<BufferMemory*> params_;
  std::vector<Touches> touches_; // by parameter; empty where nobody need watch
  std::vector<BoundStage> stages_;
  std::vector<Scalar> values_, results_;
  std::vector<DType> dtypes_; // of values
  std::vector<int64_t> extents_, at_;
  uint32_t point_ = nobody;
  const Instruction* current_ = nullptr;
};

// ---- before the first point

void KernelRun::bind_params(PlanMemory& memory) {
  for (const KernelParam& p : kernel_.params) {
    BufferMemory& buffer = memory[p.buffer];
    TSC_CHECK(buffer.dtype() == p.dtype);
    for (size_t other = 0; other < params_.size(); ++other) // emitted code takes them to be apart
      if ((p.written || kernel_.params[other].written) && buffer.overlaps(*params_[other]))
        throw PlanFault{
            fmt::format("p{} and p{} share memory that is written", other, params_.size())};
    if (p.in_place) buffer.inherit();
    const bool watched = p.written && kernel_.parallel;
    const auto items = static_cast<size_t>(watched ? buffer.items() : 0);
    touches_.push_back({std::vector(items, nobody), std::vector(items, nobody)});
    params_.push_back(&buffer);
  }
}

ElementwiseLoop KernelRun::loop_of(const Instruction& i) const {
  if (i.action != Action::Apply || row(i.op).signature == Signature::Select) return nullptr;
  const DType operand = dtypes_[i.args.back().index];
  return row(i.op).signature == Signature::Cast ? cast_loop(operand, i.dtype)
                                                : required_loop(i.op, operand);
}

BoundInstruction KernelRun::bound(const Instruction& i) {
  if (i.action != Action::Store) dtypes_[i.id.index] = i.dtype;
  return {i, BoundIndex(i.index, sizes_), sizes_(i.divisor), loop_of(i)};
}

BoundReduction KernelRun::bound(const Reduction& r) const {
  return {r, BoundIndex(r.place, sizes_), cast_loop(dtypes_[r.value.index], r.accumulator),
          r.position ? nullptr : required_loop(r.combine, r.accumulator),
          cast_loop(r.position ? DType::I64 : r.accumulator, r.dtype)};
}

void KernelRun::bind(const Stage& stage) {
  BoundStage b{stage, {}, {}};
  for (const Instruction& i : stage.body)
    b.body.push_back(bound(i));
  for (const Reduction& r : stage.reductions)
    b.reductions.push_back(bound(r));
  stages_.push_back(std::move(b));
}

// ---- loops

template <class F>
void KernelRun::for_each_point(std::span<const AxisId> axes, F&& f) {
  for (AxisId axis : axes) {
    if (extents_[axis.index] <= 0) return;
    at_[axis.index] = 0;
  }
  for (;;) {
    f();
    size_t i = axes.size();
    while (i > 0 && ++at_[axes[i - 1].index] == extents_[axes[i - 1].index])
      at_[axes[--i].index] = 0;
    if (i == 0) return;
  }
}

// How long the blocks are at this outer point.
void KernelRun::size_blocks(std::span<const AxisId> axes) {
  for (AxisId axis : axes) {
    const Axis& a = kernel_.axes[axis.index];
    if (!a.blocks.valid()) continue;
    const int64_t extent = sizes_(a.extent);
    extents_[axis.index] = std::min(extent, sizes_(a.whole) - at_[a.blocks.index] * extent);
  }
}

void KernelRun::run(BoundStage& stage) {
  size_blocks(stage.from.axes);
  for (BoundReduction& r : stage.reductions) {
    std::memcpy(r.accumulator.bytes, r.from.start.bytes().data(), r.from.start.bytes().size());
    r.best = 0;
  }
  for_each_point(stage.from.axes, [&] {
    for (const BoundInstruction& i : stage.body) {
      current_ = &i.from;
      execute(i);
    }
    current_ = nullptr;
    for (BoundReduction& r : stage.reductions)
      fold(r);
  });
  for (BoundReduction& r : stage.reductions)
    finish(r);
}

void KernelRun::fold(BoundReduction& r) {
  Scalar item;
  const char* value = values_[r.from.value.index].bytes;
  r.widen(item.bytes, &value, 1);
  if (r.from.position) {
    if (!r.is_better(item)) return;
    r.accumulator = item;
    r.best = position(r.place);
    return;
  }
  const char* operands[] = {r.accumulator.bytes, item.bytes};
  r.combine(r.accumulator.bytes, operands, 1);
}

void KernelRun::finish(BoundReduction& r) {
  if (r.from.position) store_raw(r.accumulator.bytes, 0, r.best);
  const char* operand = r.accumulator.bytes;
  r.round(results_[r.from.id.index].bytes, &operand, 1);
}

// ---- instructions

int64_t KernelRun::position(const BoundIndex& index) const {
  std::optional<int64_t> sum = index.constant;
  for (const BoundIndex::Term& t : index.terms) {
    const int64_t atom = t.is_axis ? at_[t.number] : load_raw<int64_t>(values_[t.number].bytes, 0);
    const auto product = checked_mul(atom, t.factor);
    sum = product ? checked_add(*sum, *product) : std::nullopt;
    if (!sum) throw PlanFault{"a position overflows"};
  }
  return *sum;
}

int64_t KernelRun::checked(const BoundInstruction& i) {
  if (!holds(i.from.guard)) return -1;
  const DType dtype = dtypes_[i.from.args[0].index];
  const char* operand = values_[i.from.args[0].index].bytes;
  Scalar wide;
  cast_loop(dtype, DType::I64)(wide.bytes, &operand, 1);
  const auto index = load_raw<int64_t>(wide.bytes, 0);
  const bool huge = dtype == DType::U64 && index < 0; // 2^63 and more
  const int64_t place = index < 0 ? index + i.divisor : index;
  if (!huge && place >= 0 && place < i.divisor) return place;
  if (!failed_) failed_ = FailedCheck{i.from.check, {huge ? INT64_MAX : index, i.divisor}};
  return -1;
}

// Points are independent: what one writes, no other reads or writes.
void KernelRun::note_touch(const Instruction& i, int64_t item) {
  Touches& t = touches_[i.param.index];
  if (t.writer.empty()) return;
  uint32_t &reader = t.reader[static_cast<size_t>(item)],
           &writer = t.writer[static_cast<size_t>(item)];
  const auto other = [this](uint32_t who) { return who != nobody && who != point_; };
  const bool stores = i.action == Action::Store;
  if (other(writer) || (stores && other(reader)))
    throw PlanFault{
        fmt::format("two points of the outer axes meet at item {} of p{}", item, i.param.index)};
  if (stores)
    writer = point_;
  else
    reader = other(reader) ? several : point_;
}

void KernelRun::load_item(const BoundInstruction& i) {
  char* value = values_[i.from.id.index].bytes;
  const size_t bytes = size_of(i.from.dtype);
  if (!holds(i.from.guard)) {
    std::memset(value, 0, bytes);
    return;
  }
  const int64_t item = position(i.index);
  std::memcpy(value, params_[i.from.param.index]->read(item), bytes);
  note_touch(i.from, item);
}

void KernelRun::store_item(const BoundInstruction& i) {
  if (!holds(i.from.guard)) return;
  const int64_t item = position(i.index);
  params_[i.from.param.index]->write(item, values_[i.from.args[0].index].bytes);
  note_touch(i.from, item);
}

void KernelRun::apply(const BoundInstruction& i) {
  Scalar& value = values_[i.from.id.index];
  if (!i.loop) {
    value = values_[i.from.args[holds(i.from.args[0]) ? 1 : 2].index];
    return;
  }
  std::array<const char*, 3> args{};
  for (size_t a = 0; a < i.from.args.size(); ++a)
    args.at(a) = values_[i.from.args[a].index].bytes;
  i.loop(value.bytes, args.data(), 1);
}

void KernelRun::execute(const BoundInstruction& i) {
  const int64_t divisor = i.divisor > 0 ? i.divisor : 1; // 0: a loop that does not run
  switch (i.from.action) {
  case Action::Constant:
    std::memcpy(values_[i.from.id.index].bytes, i.from.literal.bytes().data(),
                size_of(i.from.dtype));
    return;
  case Action::Apply:
    return apply(i);
  case Action::Position:
    return set(i.from.id, position(i.index));
  case Action::Quotient:
    return set(i.from.id, position(i.index) / divisor);
  case Action::Modulus:
    return set(i.from.id, position(i.index) % divisor);
  case Action::InRange: {
    const int64_t at = position(i.index);
    return set_bool(i.from.id, at >= 0 && at < i.divisor);
  }
  case Action::Checked:
    return set(i.from.id, checked(i));
  case Action::Result:
    values_[i.from.id.index] = results_[i.from.result.index];
    return;
  case Action::Load:
    return load_item(i);
  case Action::Store:
    return store_item(i);
  }
  throw InternalError("bad action");
}

} // namespace

void interpret_kernel(const Plan& plan, size_t number, const SymbolValues& sizes,
                      PlanMemory& memory, std::optional<FailedCheck>& failed) {
  KernelRun run(plan.kernels[number], sizes, failed);
  try {
    run.run(memory);
  } catch (const PlanFault& fault) {
    throw InternalError(fmt::format("kernel {}{}: {}\n{}", number, run.place(), fault.what,
                                    print(plan.kernels[number])));
  }
}

} // namespace tsc
