#include "passes/split.h"

#include "passes/schedule.h"

#include <algorithm>

namespace tsc {

namespace {

Dim product_of(const Kernel& kernel, size_t begin, size_t end) {
  Dim points = 1;
  for (size_t i = begin; i < end; ++i)
    points = points * kernel.axes[i].extent;
  return points;
}

bool is_short(const Dim& points, const SplitLimits& limits) {
  return points.is_number() && points.number() <= limits.block;
}

bool is_one_reduction(const Kernel& kernel) {
  if (kernel.stages.empty()) return false;
  const Stage& first = kernel.stages.front();
  if (first.reductions.empty() || first.axes.empty()) return false;
  return std::all_of(kernel.stages.begin() + 1, kernel.stages.end(),
                     [](const Stage& stage) { return stage.axes.empty(); });
}

bool wants_split(const Kernel& kernel, const SplitLimits& limits) {
  if (!is_one_reduction(kernel)) return false;
  const Stage& first = kernel.stages.front();
  const Dim outer = product_of(kernel, 0, kernel.outer);
  if (!outer.is_number() || outer.number() > limits.outer) return false;
  Dim inner = 1;
  for (AxisId axis : first.axes)
    inner = inner * kernel.axes[axis.index].extent;
  return !is_short(inner, limits);
}

// The reduced axis whose blocks are shared out: the first that is not short.
AxisId axis_to_split(const Kernel& kernel, const SplitLimits& limits) {
  for (AxisId axis : kernel.stages.front().axes)
    if (!is_short(kernel.axes[axis.index].extent, limits)) return axis;
  return kernel.stages.front().axes.front();
}

// Items of the axis in a block, such that the block has about `block` points.
int64_t block_extent(const Kernel& kernel, AxisId split, int64_t block) {
  int64_t others = 1; // sizes that are not known count as 1
  for (AxisId axis : kernel.stages.front().axes)
    if (const Dim& extent = kernel.axes[axis.index].extent; axis != split && extent.is_number())
      others = std::min(block, others * std::max<int64_t>(extent.number(), 1));
  return block / others;
}

void remove_unused_params(Kernel& kernel) {
  std::vector<KernelParam> used(kernel.params.size());
  for (const Stage& stage : kernel.stages)
    for (const Instruction& i : stage.body)
      if (i.param.valid()) {
        KernelParam& p = used[i.param.index];
        p.buffer = kernel.params[i.param.index].buffer;
        p.dtype = kernel.params[i.param.index].dtype;
        (i.action == Action::Store ? p.written : p.read) = true;
      }
  std::vector<ParamId> now(used.size());
  kernel.params.clear();
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i].read && !used[i].written) continue;
    now[i] = ParamId(kernel.params.size());
    kernel.params.push_back(used[i]);
  }
  for (Stage& stage : kernel.stages)
    for (Instruction& i : stage.body)
      if (i.param.valid()) i.param = now[i.param.index];
}

// Where the partial results of one reduction live: [blocks, outer points...].
struct Partial {
  BufferId buffer;
  DType dtype{};
};

class Split {
public:
  Split(Kernel& kernel, AxisId axis, int64_t extent,
        const std::function<BufferId(const Type&)>& new_buffer)
      : kernel_(kernel), new_buffer_(new_buffer), axis_(axis), extent_(extent),
        whole_(kernel.axes[axis_.index].extent),
        blocks_(floordiv(whole_ + (extent_ - 1), extent_)) {}

  Kernel run() {
    Kernel blocks = with_block_axis();
    for (Reduction& r : blocks.stages.front().reductions)
      partials_.push_back(partial(r.position ? DType::I64 : r.accumulator));
    add_best_values(blocks);
    store_partials(blocks);
    remove_unused_params(blocks);
    combine();
    return blocks;
  }

private:
  Kernel with_block_axis() const;
  Index in_block(const Index& index) const;
  Partial partial(DType dtype) const;
  void add_best_values(Kernel& blocks);
  void store_partials(Kernel& blocks);
  ValueId load(const Partial& from);
  void combine();

  Kernel& kernel_;
  const std::function<BufferId(const Type&)>& new_buffer_;
  AxisId axis_;
  int64_t extent_;
  Dim whole_, blocks_;
  std::vector<Partial> partials_;    // by reduction
  std::vector<Partial> best_values_; // by reduction; of those that ask for a place
};

Partial Split::partial(DType dtype) const {
  Type type{dtype, {blocks_}};
  for (size_t i = 0; i < kernel_.outer; ++i)
    type.shape.push_back(kernel_.axes[i].extent);
  return {new_buffer_(type), dtype};
}

AxisId shifted(AxisId axis) { return AxisId(axis.index + size_t{1}); }

// An index of the whole kernel, in a kernel whose first axis counts blocks.
Index Split::in_block(const Index& index) const {
  Index out = Index::of(index.constant);
  for (const IndexTerm& t : index.terms) {
    out = out + (t.axis.valid() ? Index::of(shifted(t.axis)) : Index::of(t.value)) * t.coefficient;
    if (t.axis == axis_) out = out + Index::of(AxisId(0)) * (t.coefficient * Dim(extent_));
  }
  return out;
}

// The first stage alone, for one block of the axis.
Kernel Split::with_block_axis() const {
  Kernel k = kernel_;
  k.stages.resize(1);
  k.axes[axis_.index] = {Dim(extent_), AxisId(0), whole_};
  k.axes.insert(k.axes.begin(), Axis{blocks_});
  ++k.outer;
  Stage& stage = k.stages.front();
  for (AxisId& axis : stage.axes)
    axis = shifted(axis);
  for (Instruction& i : stage.body)
    i.index = in_block(i.index);
  for (Reduction& r : stage.reductions) {
    r.place = in_block(r.place);
    if (!r.position) r.dtype = r.accumulator;
  }
  return k;
}

// To compare places of several blocks one must know their items.
void Split::add_best_values(Kernel& blocks) {
  Stage& stage = blocks.stages.front();
  best_values_.resize(stage.reductions.size());
  for (size_t n = stage.reductions.size(), i = 0; i < n; ++i) {
    if (!stage.reductions[i].position) continue;
    Reduction best = stage.reductions[i];
    best.id = ResultId(blocks.results++);
    best.position = false;
    best.place = {};
    best.dtype = best.accumulator;
    best_values_[i] = partial(best.dtype);
    stage.reductions.push_back(best);
  }
}

void Split::store_partials(Kernel& blocks) {
  Index place = Index::of(Dim(0));
  Dim stride = 1;
  for (size_t i = blocks.outer; i-- > 0;) {
    place = place + Index::of(AxisId(i)) * stride;
    stride = stride * blocks.axes[i].extent;
  }
  Stage stores;
  auto store = [&](ResultId result, const Partial& to) {
    Instruction value{.action = Action::Result, .dtype = to.dtype};
    value.id = ValueId(blocks.values++);
    value.result = result;
    Instruction write{.action = Action::Store, .dtype = to.dtype, .args = {value.id}};
    write.index = place;
    write.param = ParamId(blocks.params.size());
    blocks.params.push_back({to.buffer, to.dtype, true, false});
    stores.body.push_back(std::move(value));
    stores.body.push_back(std::move(write));
  };
  const std::vector<Reduction>& reductions = blocks.stages.front().reductions;
  size_t best = partials_.size(); // those of best values follow the others, in the same order
  for (size_t i = 0; i < partials_.size(); ++i) {
    store(reductions[i].id, partials_[i]);
    if (reductions[i].position) store(reductions[best++].id, best_values_[i]);
  }
  blocks.stages.push_back(std::move(stores));
}

// Loads the partial result of this outer point and block.
ValueId Split::load(const Partial& from) {
  Index place = Index::of(Dim(0));
  Dim stride = 1;
  for (size_t i = kernel_.outer; i-- > 0;) {
    place = place + Index::of(AxisId(i)) * stride;
    stride = stride * kernel_.axes[i].extent;
  }
  Instruction i{.action = Action::Load, .dtype = from.dtype};
  i.id = ValueId(kernel_.values++);
  i.index = place + Index::of(AxisId(kernel_.outer)) * stride;
  i.param = ParamId(kernel_.params.size());
  kernel_.params.push_back({from.buffer, from.dtype, false, true});
  kernel_.stages.front().body.push_back(std::move(i));
  return kernel_.stages.front().body.back().id;
}

void Split::combine() {
  kernel_.axes.resize(kernel_.outer);
  kernel_.axes.push_back({blocks_});
  Stage& stage = kernel_.stages.front();
  stage.axes = {AxisId(kernel_.outer)};
  stage.body.clear();
  for (size_t i = 0; i < partials_.size(); ++i) {
    Reduction& r = stage.reductions[i];
    const ValueId partial = load(partials_[i]);
    r.value = r.position ? load(best_values_[i]) : partial;
    if (r.position) r.place = Index::of(partial);
  }
  remove_unused_params(kernel_);
  schedule(kernel_);
}

} // namespace

std::optional<Kernel> split_reduction(Kernel& kernel, const SplitLimits& limits,
                                      const std::function<BufferId(const Type&)>& new_buffer) {
  if (!wants_split(kernel, limits)) return std::nullopt;
  const AxisId axis = axis_to_split(kernel, limits);
  return Split(kernel, axis, block_extent(kernel, axis, limits.block), new_buffer).run();
}

// Not where the first of several outer axes is shared out already, and not for a long body, which
// would be compiled twice.
Dim rows_to_share(const Kernel& kernel, const SplitLimits& limits) {
  constexpr size_t longest = 8;
  if (limits.many_rows == 0 || !kernel.lanes || kernel.outer != 1 || !is_one_reduction(kernel))
    return 0;
  const Stage& first = kernel.stages.front();
  if (first.axes.size() != 1 || first.body.size() > longest) return 0;
  const Dim& rows = kernel.axes[first.axes[0].index].extent;
  return rows.is_number() && rows.number() <= limits.many_rows ? Dim(0) : rows;
}

Kernel split_rows(Kernel& kernel, const SplitLimits& limits,
                  const std::function<BufferId(const Type&)>& new_buffer) {
  return Split(kernel, kernel.stages.front().axes[0], limits.rows, new_buffer).run();
}

} // namespace tsc
