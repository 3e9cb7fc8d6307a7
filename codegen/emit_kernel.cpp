// One kernel as a function: loops outside, one statement per value inside.
#include "codegen/kernel_emitter.h"
#include "ir/op.h"

#include <algorithm>
#include <optional>

namespace tsc {

// A number or symbol as it is; any other size gets a name, computed once at the top.
std::string KernelEmitter::dim(const Dim& d) {
  if (d.is_number() || d.symbol_name()) return e_.size(d);
  for (const auto& [known, name] : dims_)
    if (known == d) return name;
  dims_.emplace_back(d, fmt::format("d{}", dims_.size()));
  return dims_.back().second;
}

std::string KernelEmitter::position(const Index& index) {
  std::string out;
  for (const IndexTerm& t : index.terms) {
    const bool first = t.axis.valid() && t.axis == first_of_run_.first;
    const std::string atom = first            ? first_of_run_.second
                             : t.axis.valid() ? fmt::format("i{}", t.axis.index)
                                              : fmt::format("t{}", t.value.index);
    const std::string term =
        t.coefficient == Dim(1) ? atom : fmt::format("{} * {}", atom, dim(t.coefficient));
    out += (out.empty() ? "" : " + ") + term;
  }
  if (out.empty()) return dim(index.constant);
  return index.constant == Dim(0) ? out : fmt::format("{} + {}", out, dim(index.constant));
}

// A value of `from`, in a register, as one of `to`.
std::string KernelEmitter::converted(const std::string& value, DType from, DType to) {
  if (value_type(from) == value_type(to)) return value;
  e_.headers.insert(in(to, Complexes) ? "complex.h" : "cast.h");
  return fmt::format("tsc_to_{}({})", name(to), value);
}

std::string KernelEmitter::call(const char* function, const Instruction& i) {
  std::string args;
  for (ValueId arg : i.args)
    args += fmt::format("{}t{}", args.empty() ? "" : ", ", arg.index);
  return fmt::format("{}({})", function, args);
}

void KernelEmitter::need_header(Op op, DType operand) {
  e_.headers.insert(in(operand, Complexes) ? "complex.h" : row(op).header);
  if (in(operand, BoolsAndInts)) e_.headers.insert("int.h"); // all integer forms stand there
}

std::string KernelEmitter::applied(const Instruction& i) {
  const OpRow& r = row(i.op);
  const DType operand = dtypes_.at(i.args.back().index);
  if (r.signature == Signature::Cast) {
    e_.headers.insert(in(i.dtype, Complexes) ? "complex.h" : "cast.h");
    return call(fmt::format("tsc_to_{}", name(i.dtype)).c_str(), i);
  }
  const bool predicate = r.signature == Signature::Predicate && in(operand, AnyReal);
  const bool infix = *r.infix && (in(operand, Floats) || predicate);
  if (infix && r.arity == 1) return fmt::format("{}t{}", r.infix, i.args[0].index);
  if (infix) return fmt::format("t{} {} t{}", i.args[0].index, r.infix, i.args[1].index);
  need_header(i.op, operand);
  const bool to_constants = r.has(ConstantForm) && in(operand, Floats) &&
                            std::all_of(i.args.begin() + 1, i.args.end(), [this](ValueId arg) {
                              return constants_.count(arg.index) > 0;
                            });
  return call(fmt::format("tsc_{}{}", r.name, to_constants ? "_constant" : "").c_str(), i);
}

// u64 stays what it is: an index of 2^64 - 1 is no -1.
std::string KernelEmitter::checked(const Instruction& i) {
  const std::string arg = fmt::format("t{}", i.args[0].index);
  const DType dtype = dtypes_.at(i.args[0].index);
  const std::string place = fmt::format(
      "tsc_checked({}, {}, {}, error)",
      dtype == DType::U64 ? arg : converted(arg, dtype, DType::I64), dim(i.divisor), i.check.index);
  return i.guard.valid() ? fmt::format("t{} ? {} : -1", i.guard.index, place) : place;
}

// What an instruction computes, as an expression of its value type.
std::string KernelEmitter::item(const Instruction& i) {
  switch (i.action) {
  case Action::Constant:
    return spelled(i.literal);
  case Action::Apply: {
    const std::string value = applied(i);
    if (!in(i.dtype, Halves)) return value;
    e_.headers.insert("half.h");
    return fmt::format("tsc_{0}_to_f32(tsc_f32_to_{0}({1}))", name(i.dtype), value);
  }
  case Action::Position:
    return position(i.index);
  case Action::Quotient:
    return fmt::format("({}) / tsc_divisor({})", position(i.index), dim(i.divisor));
  case Action::Modulus:
    return fmt::format("({}) % tsc_divisor({})", position(i.index), dim(i.divisor));
  case Action::InRange: {
    const std::string at = position(i.index);
    return fmt::format("({0}) >= 0 && ({0}) < {1}", at, dim(i.divisor));
  }
  case Action::Checked:
    return checked(i);
  case Action::Result:
    return lane(fmt::format("r{}", i.result.index));
  case Action::Load: {
    std::string value = in_turned_tiles() && is_turned(k_, i)
                            ? fmt::format("v{}[row][column]", i.id.index)
                            : fmt::format("p{}[{}]", i.param.index, position(i.index));
    if (i.dtype == DType::Bool) value += " != 0";
    if (in(i.dtype, Halves)) {
      e_.headers.insert("half.h");
      value = fmt::format("tsc_{}_to_f32({})", name(i.dtype), value);
    }
    return i.guard.valid()
               ? fmt::format("t{} ? {} : {}()", i.guard.index, value, value_type(i.dtype))
               : value;
  }
  case Action::Store:
    break;
  }
  throw InternalError("a store has no value");
}

void KernelEmitter::instruction(Writer& w, const Instruction& i) {
  if (i.action != Action::Store) {
    dtypes_[i.id.index] = i.dtype;
    if (i.action == Action::Constant) constants_.insert(i.id.index);
    w.line("const {} t{} = {};", value_type(i.dtype), i.id.index, item(i));
    return;
  }
  std::string value = fmt::format("t{}", i.args[0].index);
  if (in(i.dtype, Halves)) {
    e_.headers.insert("half.h");
    value = fmt::format("tsc_f32_to_{}({})", name(i.dtype), value);
  }
  std::string guard = i.guard.valid() ? fmt::format("t{}", i.guard.index) : "";
  if (!stores_if_.empty()) guard += (guard.empty() ? "" : " && ") + stores_if_;
  if (!guard.empty()) guard = fmt::format("if ({}) ", guard);
  if (const auto run = place_in_run_.find(i.param.index); run != place_in_run_.end())
    w.line("o{}[{}] = {};", i.param.index, run->second, value);
  else
    w.line("{}p{}[{}] = {};", guard, i.param.index, position(i.index), value);
}

void KernelEmitter::over_lanes(Writer& w, const std::function<void()>& inside) {
  if (!lanes_) return inside();
  over_tile(w, inside);
}

// The points of the tile, one by one.
void KernelEmitter::over_tile(Writer& w, const std::function<void()>& inside) {
  auto loop = w.block("for (tsc_i64 l = 0; l < lanes; l += 1)");
  inside();
}

// Lanes keep maxima as they are: three arrays cost more than the better step saves. So does f64,
// for whose bits AVX2 has no maximum.
bool KernelEmitter::keeps_extremes(const Reduction& r) const {
  return !lanes_ && !e_.dialect.grid && r.accumulator == DType::F32 &&
         (r.combine == Op::maximum || r.combine == Op::minimum);
}

void KernelEmitter::declare_accumulator(Writer& w, const Reduction& r, const char* a) {
  const char* const type = value_type(r.accumulator);
  if (keeps_extremes(r)) {
    e_.headers.insert("reduce.h");
    w.line("tsc_extremes<{}> {}{};", type, a, r.id.index);
    w.line("tsc_extremes_of({}{}, {});", a, r.id.index, spelled(r.start));
  } else {
    w.line("{} {}{} = {};", type, a, r.id.index, spelled(r.start));
  }
}

std::string KernelEmitter::accumulated(const Reduction& r, const std::string& a) const {
  return keeps_extremes(r) ? fmt::format("tsc_{}_in({})", name(r.combine), a) : a;
}

void KernelEmitter::declare_accumulators(Writer& w, const Stage& s) {
  const std::string array = lanes_ ? fmt::format("[{}]", tile_) : "";
  for (const Reduction& r : s.reductions) {
    if (!lanes_) {
      if (r.position)
        w.line("{} a{} = {};", value_type(r.accumulator), r.id.index, spelled(r.start));
      else
        declare_accumulator(w, r, "a");
      if (r.position) w.line("tsc_i64 at{} = 0;", r.id.index);
      continue;
    }
    w.line("alignas(64) {} a{}{};", value_type(r.accumulator), r.id.index, array);
    if (r.position) w.line("alignas(64) tsc_i64 at{}{};", r.id.index, array);
  }
  if (!lanes_ || s.reductions.empty()) return;
  over_lanes(w, [&] {
    for (const Reduction& r : s.reductions) {
      w.line("a{}[l] = {};", r.id.index, spelled(r.start));
      if (r.position) w.line("at{}[l] = 0;", r.id.index);
    }
  });
}

const char* KernelEmitter::beats(const Reduction& r) {
  e_.headers.insert("reduce.h");
  return r.combine == Op::maximum ? "tsc_exceeds" : "tsc_undercuts";
}

std::string KernelEmitter::step(const Reduction& r) {
  if (in(r.accumulator, Floats) && r.combine != Op::mul && !(lanes_ && r.combine == Op::add)) {
    e_.headers.insert("reduce.h");
    return r.combine == Op::add ? "tsc_sum_step" : fmt::format("tsc_{}_step", name(r.combine));
  }
  need_header(r.combine, r.accumulator);
  return fmt::format("tsc_{}", name(r.combine));
}

void KernelEmitter::combine(Writer& w, const Reduction& r, const std::string& a,
                            const std::string& v) {
  if (keeps_extremes(r))
    w.line("tsc_extremes_step({}, {});", a, v);
  else
    w.line("{0} = {2}({0}, {1});", a, v, step(r));
}

void KernelEmitter::fold(Writer& w, const Reduction& r) {
  const std::string a = lane(fmt::format("a{}", r.id.index));
  const std::string v =
      converted(fmt::format("t{}", r.value.index), dtypes_.at(r.value.index), r.accumulator);
  if (!r.position) return combine(w, r, a, v);
  auto better = w.block("if ({}({}, {}))", beats(r), v, a);
  w.line("{} = {};", a, v);
  w.line("{} = {};", lane(fmt::format("at{}", r.id.index)), position(r.place));
}

void KernelEmitter::finish_results(Writer& w, const Stage& s) {
  for (const Reduction& r : s.reductions) {
    const std::string array = lanes_ ? fmt::format("[{}]", tile_) : "";
    const std::string from = lane(fmt::format("{}{}", r.position ? "at" : "a", r.id.index));
    std::string value = r.position ? from : converted(accumulated(r, from), r.accumulator, r.dtype);
    if (in(r.dtype, Halves)) {
      e_.headers.insert("half.h");
      value = fmt::format("tsc_{0}_to_f32(tsc_f32_to_{0}({1}))", name(r.dtype), value);
    }
    if (lanes_) w.line("alignas(64) {} r{}{};", value_type(r.dtype), r.id.index, array);
    over_lanes(w, [&] {
      if (lanes_)
        w.line("r{}[l] = {};", r.id.index, value);
      else
        w.line("const {} r{} = {};", value_type(r.dtype), r.id.index, value);
    });
  }
}

void KernelEmitter::one_point(Writer& w, const Stage& s) {
  if (lanes_) w.line("const tsc_i64 i{} = tile + l;", k_.outer - 1);
  for (const Instruction& i : s.body)
    instruction(w, i);
  for (const Reduction& r : s.reductions)
    fold(w, r);
}

void KernelEmitter::body(Writer& w, const Stage& s) {
  over_lanes(w, [&] { one_point(w, s); });
}

// How many points an inner axis has.
std::string KernelEmitter::points(Writer& w, AxisId axis) {
  const Axis& a = k_.axes[axis.index];
  if (!a.blocks.valid()) return dim(a.extent);
  w.line("const tsc_i64 n{} = tsc_block({}, {}, i{});", axis.index, dim(a.whole), dim(a.extent),
         a.blocks.index);
  return fmt::format("n{}", axis.index);
}

// A loop of expensive 32-bit items with sums in f64, and nothing else whose order would change.
bool KernelEmitter::sums_costly_items(const Stage& s) const {
  if (lanes_ || e_.dialect.grid || s.reductions.empty()) return false;
  const auto is_narrow = [](const Instruction& i) {
    return size_of(compute_type(i.dtype)) <= 4 && i.action != Action::Checked;
  };
  const auto is_wide_sum = [](const Reduction& r) {
    return r.combine == Op::add && r.accumulator == DType::F64;
  };
  return std::any_of(s.body.begin(), s.body.end(), is_expensive) &&
         std::all_of(s.body.begin(), s.body.end(), is_narrow) &&
         std::all_of(s.reductions.begin(), s.reductions.end(), is_wide_sum);
}

void KernelEmitter::inner_loops(Writer& w, const Stage& s, size_t depth) {
  const bool pieces = is_cut(s);
  if (depth == s.axes.size()) {
    if (!pieces) return body(w, s);
    if (lanes_) return emit_pieces(w, s, AxisId(k_.outer - 1));
    w.line("const tsc_i64 lanes = 1;");
    return emit_pieces(w, s, AxisId());
  }
  const AxisId axis = s.axes[depth];
  const std::string extent = points(w, axis);
  if (pieces && !lanes_ && depth + 1 == s.axes.size())
    return over_tiles(w, "0", extent, [&] { emit_pieces(w, s, axis); });
  if (depth + 1 == s.axes.size() && takes_rows_together(s))
    return rows_of_lanes(w, s, axis, extent);
  std::string first = "0";
  if (depth + 1 == s.axes.size() && seeks_best_first(s)) {
    blocks_of_row(w, s, axis, extent);
    first = fmt::format("row{}", axis.index);
  }
  if (depth + 1 == s.axes.size())
    return loop_in_runs(w, s, axis, first, extent, [&] { body(w, s); });
  auto loop = w.block("for (tsc_i64 i{0} = {1}; i{0} < {2}; i{0} += 1)", axis.index, first, extent);
  inner_loops(w, s, depth + 1);
}

void KernelEmitter::stage(Writer& w, const Stage& s) {
  declare_accumulators(w, s);
  {
    std::optional<Writer::Block> scope;
    if (s.axes.empty() && !lanes_) scope.emplace(w.block(""));
    inner_loops(w, s, 0);
  }
  finish_results(w, s);
}

bool KernelEmitter::is_plain() const {
  return k_.stages.size() == 1 && k_.stages[0].axes.empty() && !lanes_ &&
         k_.stages[0].reductions.empty();
}

void KernelEmitter::stages(Writer& w) {
  if (is_plain() && !is_cut(k_.stages[0])) return body(w, k_.stages[0]);
  for (const Stage& s : k_.stages)
    stage(w, s);
}

// Runs from `begin` to `end` in tiles: `tile` is the first point of one, `lanes` how many it has.
void KernelEmitter::over_tiles(Writer& w, const std::string& begin, const std::string& end,
                               const std::function<void()>& inside) {
  auto loop = w.block("for (tsc_i64 tile = {}; tile < {}; tile += {})", begin, end, tile_);
  w.line("const tsc_i64 lanes = {0} - tile < {1} ? {0} - tile : {1};", end, tile_);
  inside();
}

// Those of independent points may run in any order; the last axis stays, along which results lie in
// memory. Most loads decide: stores may stream, and wait for nobody.
std::vector<AxisId> KernelEmitter::order_of_outer_loops() const {
  std::vector<AxisId> axes;
  for (size_t a = 0; a < k_.outer; ++a)
    axes.push_back(AxisId(a));
  if (!k_.parallel || !is_plain()) return axes;
  const std::vector<AxisId> as_stored(axes.begin(), axes.end() - 1);
  std::vector<AxisId> other;
  int in_order = 0, in_another = 0;
  for (const Instruction& i : k_.stages[0].body) {
    if (i.action != Action::Load) continue;
    std::vector<AxisId> order = as_read(i, as_stored);
    ++(order == as_stored ? in_order : in_another);
    if (order != as_stored && other.empty()) other = std::move(order);
  }
  if (in_another > in_order) std::copy(other.begin(), other.end(), axes.begin());
  return axes;
}

void KernelEmitter::outer_loops(Writer& w, std::span<const AxisId> axes) {
  if (axes.empty()) return stages(w);
  const size_t axis = axes[0].index;
  const bool tiled = axis == k_.outer - 1;
  const std::string begin = axis == 0 ? "begin" : "0";
  const std::string end = axis == 0 ? "end" : dim(k_.axes[axis].extent);
  if (tiled && lanes_) return over_tiles(w, begin, end, [&] { stages(w); });
  if (tiled && is_plain() && is_cut(k_.stages[0]))
    return over_tiles(w, begin, end, [&] { emit_pieces(w, k_.stages[0], AxisId(axis)); });
  if (tiled && is_plain())
    return loop_in_runs(w, k_.stages[0], AxisId(axis), begin, end, [&] { stages(w); });
  auto loop = w.block("for (tsc_i64 i{0} = {1}; i{0} < {2}; i{0} += 1)", axis, begin, end);
  outer_loops(w, axes.subspan(1));
}

// The ops inside, each once, in order of first use: names of ours, so safe in a comment.
std::string KernelEmitter::summary() const {
  std::vector<std::string> names;
  auto note = [&](const char* op) {
    if (std::find(names.begin(), names.end(), op) == names.end()) names.push_back(op);
  };
  for (const Stage& s : k_.stages) {
    for (const Instruction& i : s.body)
      if (i.action == Action::Apply) note(name(i.op));
    for (const Reduction& r : s.reductions)
      note(r.position             ? (r.combine == Op::maximum ? "argmax" : "argmin")
           : r.combine == Op::add ? "sum"
                                  : name(r.combine));
  }
  std::string out;
  for (const std::string& n : names) {
    if (out.size() > 60) return out + " ...";
    out += (out.empty() ? "" : " ") + n;
  }
  return out.empty() ? "copy" : out;
}

std::string KernelEmitter::signature() const {
  std::string params = e_.dialect.range;
  for (size_t i = 0; i < k_.params.size(); ++i)
    params += fmt::format(", {}{}* {} p{}", k_.params[i].written ? "" : "const ",
                          memory_type(k_.params[i].dtype), e_.dialect.restrict_, i);
  for (size_t s : symbols_of(e_.plan, k_, e_.dialect.grid))
    params += fmt::format(", tsc_i64 s{}", s);
  if (reports_errors(k_)) params += ", tsc_report* error";
  if (streams_) params += ", bool stream";
  return params;
}

void KernelEmitter::run(Writer& out) {
  choose_tile();
  Writer inside(2);
  if (e_.dialect.grid) {
    over_grid(inside);
  } else if (k_.outer == 0) {
    inside.line("(void)begin, (void)end;");
    stages(inside);
  } else {
    choose_streams(inside);
    if (in_turned_tiles())
      over_turned_tiles(inside);
    else
      outer_loops(inside, order_of_outer_loops());
    if (streams_) inside.line("tsc_end_streams(stream);");
  }
  out.line("// {}", summary());
  {
    auto function = out.block("{}{} k{}({})", e_.dialect.kernel, bounds(), number_, signature());
    for (const auto& [d, name] : dims_)
      out.line("const tsc_i64 {} = {};", name, e_.size(d));
    out.append(inside);
  }
  out.blank();
}

void emit_kernels(Emitter& e, Writer& out) {
  Writer kernels;
  for (size_t k = 0; k < e.plan.kernels.size(); ++k) {
    const size_t begin = kernels.text().size();
    KernelEmitter(e, k).run(kernels);
    e.kernel_places.emplace_back(begin, kernels.text().size() - begin);
  }
  for (const auto& [name, loop] : e.shared_loops)
    out.append(loop);
  for (auto& [begin, length] : e.kernel_places)
    begin += out.text().size();
  out.append(kernels);
}

namespace {

void note_symbols(const Dim& d, std::set<std::string>& names) {
  for (std::string& name : d.symbols())
    names.insert(std::move(name));
}

} // namespace

std::vector<size_t> symbols_of(const Plan& plan, const Kernel& kernel, bool grid) {
  std::set<std::string> names;
  auto note_index = [&](const Index& index) {
    note_symbols(index.constant, names);
    for (const IndexTerm& t : index.terms)
      note_symbols(t.coefficient, names);
  };
  // The extent of the first outer axis is in the range that a call is given, unless a grid's
  // threads walk it or tiles divide it.
  const bool walked = (grid && !kernel.parallel) || kernel.across.valid();
  for (size_t i = walked ? 0 : 1; i < kernel.axes.size(); ++i) {
    note_symbols(kernel.axes[i].extent, names);
    note_symbols(kernel.axes[i].whole, names);
  }
  if (kernel.outer == 0 && !kernel.axes.empty()) note_symbols(kernel.axes[0].extent, names);
  for (const Stage& s : kernel.stages) {
    for (const Instruction& i : s.body) {
      note_index(i.index);
      note_symbols(i.divisor, names);
    }
    for (const Reduction& r : s.reductions)
      if (r.position) note_index(r.place);
  }
  std::vector<size_t> numbers;
  for (size_t i = 0; i < plan.symbols.size(); ++i)
    if (names.count(plan.symbols[i])) numbers.push_back(i);
  return numbers;
}

bool reports_errors(const Kernel& kernel) {
  for (const Stage& s : kernel.stages)
    for (const Instruction& i : s.body)
      if (i.action == Action::Checked) return true;
  return false;
}

} // namespace tsc
