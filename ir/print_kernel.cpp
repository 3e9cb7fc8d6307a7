// Kernels and plans as text, and the kernel's invariants.
#include "ir/kernel.h"
#include "ir/op.h"
#include "ir/plan.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tsc {

namespace {

std::string literal_text(const Literal& literal) {
  return in(literal.dtype(), BoolsAndInts) ? fmt::format("{}", literal.as_i64())
                                           : fmt::format("{}", literal.as_f64());
}

} // namespace

std::string text(const Instruction& i) {
  std::string args;
  for (ValueId arg : i.args)
    args += fmt::format(" t{}", arg.index);
  std::string what;
  switch (i.action) {
  case Action::Constant:
    what = "constant " + literal_text(i.literal);
    break;
  case Action::Apply:
    what = name(i.op) + args;
    break;
  case Action::Position:
    what = "position " + i.index.text();
    break;
  case Action::Quotient:
    what = fmt::format("({}) // ({})", i.index.text(), i.divisor.text());
    break;
  case Action::Modulus:
    what = fmt::format("({}) % ({})", i.index.text(), i.divisor.text());
    break;
  case Action::InRange:
    what = fmt::format("0 <= {} < {}", i.index.text(), i.divisor.text());
    break;
  case Action::Checked:
    what = fmt::format("checked{} of {} (check {})", args, i.divisor.text(), i.check.index);
    break;
  case Action::Result:
    what = fmt::format("r{}", i.result.index);
    break;
  case Action::Load:
    what = fmt::format("p{}[{}]", i.param.index, i.index.text());
    break;
  case Action::Store:
    what = fmt::format("p{}[{}] ={}", i.param.index, i.index.text(), args);
    break;
  }
  if (i.action != Action::Store)
    what = fmt::format("t{}: {} = {}", i.id.index, name(i.dtype), what);
  return i.guard.valid() ? fmt::format("{} if t{}", what, i.guard.index) : what;
}

namespace {

std::string reduction_text(const Reduction& r) {
  const std::string how = r.position
                              ? fmt::format("place of {} at {}", name(r.combine), r.place.text())
                              : name(r.combine);
  return fmt::format("r{}: {} = {} of t{}, from {} in {}", r.id.index, name(r.dtype), how,
                     r.value.index, literal_text(r.start), name(r.accumulator));
}

std::string block_text(const Axis& axis) {
  return axis.blocks.valid()
             ? fmt::format(" (block i{} of {})", axis.blocks.index, axis.whole.text())
             : "";
}

std::string axes_text(const Kernel& kernel, std::span<const AxisId> axes) {
  std::string out;
  for (AxisId axis : axes)
    out += fmt::format(" i{} < {}{}", axis.index, kernel.axes[axis.index].extent.text(),
                       block_text(kernel.axes[axis.index]));
  return out.empty() ? " once" : out;
}

} // namespace

std::string print(const Kernel& kernel) {
  std::string out;
  for (size_t i = 0; i < kernel.params.size(); ++i) {
    const KernelParam& p = kernel.params[i];
    out += fmt::format("  p{}: {}{} b{} {}\n", i, p.read ? "r" : "", p.written ? "w" : "",
                       p.buffer.index, name(p.dtype));
  }
  std::vector<AxisId> outer;
  for (size_t i = 0; i < kernel.outer; ++i)
    outer.push_back(AxisId(i));
  out +=
      fmt::format("  for each{}{}{}\n", axes_text(kernel, outer),
                  kernel.lanes            ? ", the last in lanes"
                  : kernel.across.valid() ? fmt::format(", in tiles with i{}", kernel.across.index)
                                          : "",
                  kernel.parallel ? "" : ", on one thread");
  for (const Stage& stage : kernel.stages) {
    out += fmt::format("    stage{}\n", axes_text(kernel, stage.axes));
    for (size_t i = 0; i < stage.body.size(); ++i) {
      if (std::binary_search(stage.cuts.begin(), stage.cuts.end(), i)) out += "      --\n";
      out += "      " + text(stage.body[i]) + "\n";
    }
    for (const Reduction& r : stage.reductions)
      out += "      " + reduction_text(r) + "\n";
  }
  return out;
}

const char* home_name(Home home) {
  switch (home) {
  case Home::Input:
    return "input";
  case Home::Output:
    return "output";
  case Home::Constant:
    return "constant";
  case Home::Workspace:
    return "slot";
  }
  throw InternalError("bad home");
}

std::string print(const Product& p) {
  return fmt::format("b{} = b{}{} * b{}{}, {} x {} x {}, {} times\n", p.c.index, p.a.index,
                     p.transpose_a ? "'" : "", p.b.index, p.transpose_b ? "'" : "", p.m.text(),
                     p.k.text(), p.n.text(), p.batch.text());
}

std::string print(const SizeCondition& c) {
  return fmt::format("{} {} {}", c.size.text(), c.above ? ">" : "<=", c.limit);
}

std::string print(const Plan& plan) {
  std::string out = "sizes\n";
  for (size_t i = 0; i < plan.symbols.size(); ++i)
    out += fmt::format("  {} from axis {} of input {}\n", plan.symbols[i], plan.bound_at[i].second,
                       plan.bound_at[i].first);
  for (const AxisCheck& c : plan.axis_checks)
    out += fmt::format("  check axis {} of input {} = {}\n", c.axis, c.input, c.size.text());
  for (const SizeCheck& c : plan.size_checks)
    out +=
        fmt::format("  check {} {} {}\n", c.left.text(), c.equality ? "=" : "<=", c.right.text());
  out += "buffers\n";
  for (size_t i = 0; i < plan.buffers.size(); ++i)
    out += fmt::format("  b{}: {} {} {}\n", i, home_name(plan.buffers[i].home),
                       plan.buffers[i].index, text(plan.buffers[i].type));
  for (size_t i = 0; i < plan.slots.size(); ++i)
    out += fmt::format("  slot {}: {} bytes\n", i, plan.slots[i].text());
  out += "steps\n";
  for (const Step& step : plan.steps) {
    if (const auto* p = std::get_if<Product>(&step)) {
      out += "  " + print(*p);
      continue;
    }
    const auto& [k, when] = std::get<Launch>(step);
    out +=
        fmt::format("  k{}{}\n{}", k, when ? " where " + print(*when) : "", print(plan.kernels[k]));
  }
  return out;
}

namespace {

// One walk over a kernel that collects what is defined and complains about what is not.
struct KernelVerifier {
  const Kernel& kernel;
  std::set<ValueId> values;
  std::set<ResultId> results;
  std::set<AxisId> axes;

  void require(bool holds, const char* what) const {
    if (!holds) throw InternalError(fmt::format("kernel: {}\n{}", what, print(kernel)));
  }
  void check_value(ValueId v) const {
    require(values.count(v) == 1, "a value is used before it is defined");
  }
  void check_index(const Index& index) const {
    for (const IndexTerm& t : index.terms) {
      require(t.axis.valid() != t.value.valid(), "an index term is neither an axis nor a value");
      if (t.axis.valid())
        require(axes.count(t.axis) == 1, "an axis is used outside its loops");
      else
        check_value(t.value);
    }
  }
  void check(const Instruction& i) {
    for (ValueId arg : i.args)
      check_value(arg);
    if (i.guard.valid()) check_value(i.guard);
    check_index(i.index);
    const bool touches = i.action == Action::Load || i.action == Action::Store;
    require(touches == i.param.valid(), "a parameter is missing or out of place");
    if (touches) {
      const KernelParam& p = kernel.params.at(i.param.index);
      require(p.dtype == i.dtype, "an item has another dtype than its parameter");
      require(i.action == Action::Load ? p.read : p.written,
              "a parameter is used against its declaration");
    }
    if (i.action == Action::Apply)
      require(i.args.size() == static_cast<size_t>(row(i.op).arity), "an op has the wrong arity");
    if (i.action == Action::Result)
      require(results.count(i.result) == 1, "a result is used before it is known");
    if (i.action != Action::Store) require(values.insert(i.id).second, "a value is defined twice");
  }
  void check(const Stage& stage) {
    values.clear(); // values do not outlive their stage
    axes.clear();
    for (size_t i = 0; i < kernel.outer; ++i)
      axes.insert(AxisId(i));
    for (AxisId axis : stage.axes) {
      require(axis.index >= kernel.outer && axis.index < kernel.axes.size(),
              "a stage runs over an axis that is not its own");
      require(axes.insert(axis).second, "a stage lists an axis twice");
    }
    for (const Instruction& i : stage.body)
      check(i);
    for (const Reduction& r : stage.reductions) {
      check_value(r.value);
      if (r.position) check_index(r.place);
      require(r.start.dtype() == r.accumulator, "a reduction starts from another dtype");
    }
    for (size_t i = 0; i < stage.cuts.size(); ++i)
      require(stage.cuts[i] > (i == 0 ? 0 : stage.cuts[i - 1]) && stage.cuts[i] < stage.body.size(),
              "a cut is out of place");
    for (const Reduction& r : stage.reductions)
      require(results.insert(r.id).second, "a result is defined twice");
  }
};

} // namespace

void verify(const Kernel& kernel) {
  KernelVerifier v{kernel, {}, {}, {}};
  v.require(kernel.outer <= kernel.axes.size(), "more outer axes than axes");
  v.require(!kernel.lanes || kernel.outer > 0, "lanes without an outer axis");
  if (kernel.across.valid()) {
    v.require(kernel.across.index + 1 < kernel.outer, "tiles across an axis that is not outer");
    v.require(!kernel.lanes && kernel.stages.size() == 1 && kernel.stages[0].axes.empty(),
              "tiles of a kernel with loops of its own");
  }
  for (const Axis& axis : kernel.axes)
    v.require(!axis.blocks.valid() || axis.blocks.index < kernel.outer,
              "the blocks of an axis are not an outer axis");
  for (const Stage& stage : kernel.stages)
    v.check(stage);
}

} // namespace tsc
