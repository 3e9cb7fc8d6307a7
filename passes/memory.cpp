#include "passes/memory.h"

#include <algorithm>

namespace tsc {

namespace {

struct Use {
  std::vector<BufferId> reads, writes;
};

Use use_of(const Plan& plan, const Step& step) {
  if (const auto* product = std::get_if<Product>(&step))
    return {{product->a, product->b}, {product->c}};
  Use use;
  for (const KernelParam& p : plan.kernels[std::get<Launch>(step).kernel].params) {
    if (p.read) use.reads.push_back(p.buffer);
    if (p.written) use.writes.push_back(p.buffer);
  }
  return use;
}

Dim bytes_of(const Buffer& buffer) {
  return product(buffer.type.shape) * Dim(static_cast<int64_t>(size_of(buffer.type.dtype)));
}

// May `kernel` write `out` over `in`? Only when both are touched at one and the same place per
// point.
bool works_in_place(const Kernel& kernel, BufferId in, BufferId out) {
  if (kernel.lanes || kernel.stages.size() != 1 || !kernel.stages[0].axes.empty()) return false;
  const Index* place = nullptr;
  const Instruction* stored = nullptr;
  for (const Instruction& i : kernel.stages[0].body) {
    if (i.action != Action::Load && i.action != Action::Store) continue;
    const BufferId buffer = kernel.params[i.param.index].buffer;
    if (buffer != in && buffer != out) continue;
    if (i.guard.valid() || (place && !(*place == i.index))) return false;
    if (i.action == Action::Load && stored) return false; // read again after the write
    if (i.action == Action::Store) stored = &i;
    place = &i.index;
  }
  return place != nullptr;
}

// Makes parameter `from` the same as `to`.
void merge_params(Kernel& kernel, BufferId from, BufferId to) {
  size_t f = 0, t = 0;
  for (size_t i = 0; i < kernel.params.size(); ++i) {
    if (kernel.params[i].buffer == from) f = i;
    if (kernel.params[i].buffer == to) t = i;
  }
  kernel.params[t].read |= kernel.params[f].read;
  kernel.params[t].written |= kernel.params[f].written;
  kernel.params[t].in_place = true;
  for (Stage& stage : kernel.stages)
    for (Instruction& i : stage.body) {
      if (!i.param.valid()) continue;
      if (i.param.index == f) i.param = ParamId(t);
      if (i.param.index > f) i.param = ParamId(i.param.index - size_t{1});
    }
  kernel.params.erase(kernel.params.begin() + static_cast<ptrdiff_t>(f));
}

class Placement {
public:
  explicit Placement(Plan& plan)
      : plan_(plan), last_use_(plan.buffers.size(), 0), slot_(plan.buffers.size()) {}

  void run() {
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const Use use = use_of(plan_, plan_.steps[s]);
      for (const auto* list : {&use.reads, &use.writes})
        for (BufferId b : *list)
          last_use_[b.index] = s;
    }
    for (size_t s = 0; s < plan_.steps.size(); ++s)
      place(s);
    for (size_t b = 0; b < plan_.buffers.size(); ++b)
      if (slot_[b]) plan_.buffers[b].index = static_cast<uint32_t>(*slot_[b]);
  }

private:
  bool in_workspace(BufferId b) const { return plan_.buffers[b.index].home == Home::Workspace; }
  bool dies(BufferId b, size_t step) const { return in_workspace(b) && last_use_[b.index] == step; }

  void place(size_t step) {
    Use use = use_of(plan_, plan_.steps[step]);
    for (BufferId out : use.writes) {
      if (!in_workspace(out) || slot_[out.index]) continue;
      if (reuse_operand(step, use, out)) continue;
      slot_[out.index] = take(bytes_of(plan_.buffers[out.index]));
    }
    for (const auto* list : {&use.reads, &use.writes})
      for (BufferId b : *list)
        if (dies(b, step) && slot_[b.index]) release(*slot_[b.index]);
  }

  bool reuse_operand(size_t step, Use& use, BufferId out) {
    auto* launch = std::get_if<Launch>(&plan_.steps[step]);
    if (!launch) return false;
    Kernel& kernel = plan_.kernels[launch->kernel];
    for (BufferId in : use.reads) {
      if (in == out || !dies(in, step) || !slot_[in.index]) continue;
      if (plan_.buffers[in.index].type.dtype != plan_.buffers[out.index].type.dtype) continue;
      if (bytes_of(plan_.buffers[in.index]) != bytes_of(plan_.buffers[out.index])) continue;
      if (!works_in_place(kernel, in, out)) continue;
      merge_params(kernel, out, in);
      for (KernelParam& p : kernel.params)
        if (p.buffer == in) p.buffer = out;
      slot_[out.index] = slot_[in.index];
      std::erase(use.reads, in);
      return true;
    }
    return false;
  }

  // The smallest free slot that is large enough; else the largest that is not, which grows.
  size_t take(const Dim& bytes) {
    const auto smaller = [this](size_t a, size_t b) {
      return less_equal(plan_.slots[a], plan_.slots[b]) == Tri::Yes;
    };
    std::optional<size_t> best, growing;
    for (size_t slot : free_) {
      const Dim& size = plan_.slots[slot];
      if (less_equal(bytes, size) == Tri::Yes) {
        if (!best || smaller(slot, *best)) best = slot;
      } else if (less_equal(size, bytes) == Tri::Yes) {
        if (!growing || smaller(*growing, slot)) growing = slot;
      }
    }
    if (!best && !growing) {
      plan_.slots.push_back(bytes);
      return plan_.slots.size() - 1;
    }
    const size_t slot = best ? *best : *growing;
    if (!best) plan_.slots[slot] = bytes;
    std::erase(free_, slot);
    return slot;
  }

  void release(size_t slot) {
    if (std::find(free_.begin(), free_.end(), slot) == free_.end()) free_.push_back(slot);
  }

  Plan& plan_;
  std::vector<size_t> last_use_;
  std::vector<std::optional<size_t>> slot_;
  std::vector<size_t> free_;
};

} // namespace

void place_buffers(Plan& plan) { Placement(plan).run(); }

} // namespace tsc
