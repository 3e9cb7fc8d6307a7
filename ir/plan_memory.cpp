#include "ir/plan_memory.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

BufferMemory::BufferMemory(BufferId id, const Buffer& buffer, int64_t items, Region& region)
    : id_(id), dtype_(buffer.type.dtype), items_(items), region_(&region) {
  const size_t bytes = static_cast<size_t>(items) * size_of(dtype_);
  if (bytes > region.bytes.size())
    throw PlanFault{
        fmt::format("b{} needs {} bytes, its place has {}", id.index, bytes, region.bytes.size())};
}

std::string BufferMemory::text(int64_t item) const {
  return fmt::format("item {} of b{}, which has {}", item, id_.index, items_);
}

size_t BufferMemory::place(int64_t item) const {
  if (item < 0 || item >= items_) throw PlanFault{"there is no " + text(item)};
  return static_cast<size_t>(item) * size_of(dtype_);
}

bool BufferMemory::written(size_t place) const {
  const auto first = region_->writer.begin() + static_cast<ptrdiff_t>(place);
  return std::all_of(first, first + static_cast<ptrdiff_t>(size_of(dtype_)),
                     [this](BufferId writer) { return writer == id_; });
}

const char* BufferMemory::read(int64_t item) const {
  const size_t at = place(item);
  if (!written(at)) {
    const BufferId other = region_->writer[at];
    throw PlanFault{text(item) + (other.valid() ? fmt::format(", holds one of b{}", other.index)
                                                : ", was never written")};
  }
  return region_->bytes.data() + at;
}

void BufferMemory::write(int64_t item, const char* value) {
  const size_t at = place(item), bytes = size_of(dtype_);
  std::memcpy(region_->bytes.data() + at, value, bytes);
  std::fill_n(region_->writer.begin() + static_cast<ptrdiff_t>(at), bytes, id_);
}

void BufferMemory::inherit() {
  for (BufferId& writer : region_->writer)
    if (writer.valid()) writer = id_;
}

void BufferMemory::require_written() const {
  for (int64_t item = 0; item < items_; ++item)
    read(item);
}

PlanMemory::PlanMemory(const Plan& plan, const SymbolValues& sizes,
                       std::span<const TensorValue> inputs)
    : plan_(plan), sizes_(sizes) {
  for (const TensorValue& input : inputs)
    inputs_.emplace_back(input.bytes);
  for (const PlanPort& port : plan.outputs)
    outputs_.emplace_back(TensorValue::zeros(port.type.dtype, sizes(port.type.shape)).bytes);
  for (const PlanConstant& constant : plan.constants)
    constants_.emplace_back(constant.value.bytes());
  for (const Dim& slot : plan.slots)
    slots_.emplace_back(std::string(static_cast<size_t>(sizes(slot)), '\0'));
  std::vector<Region>* const homes[] = {&inputs_, &outputs_, &constants_, &slots_};
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    const Buffer& buffer = plan.buffers[i];
    Region& region = homes[static_cast<size_t>(buffer.home)]->at(buffer.index);
    const int64_t items = sizes(product(buffer.type.shape));
    buffers_.emplace_back(BufferId(i), buffer, items, region);
    if (buffer.home == Home::Input || buffer.home == Home::Constant)
      std::fill(region.writer.begin(), region.writer.end(), BufferId(i));
  }
}

std::vector<TensorValue> PlanMemory::outputs() const {
  for (size_t i = 0; i < buffers_.size(); ++i)
    if (plan_.buffers[i].home == Home::Output) buffers_[i].require_written();
  std::vector<TensorValue> values;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Type& type = plan_.outputs[i].type;
    values.push_back({type.dtype, sizes_(type.shape), outputs_[i].bytes});
  }
  return values;
}

} // namespace tsc
