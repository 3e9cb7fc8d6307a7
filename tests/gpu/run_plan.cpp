#include "tests/gpu/run_plan.h"

#include "codegen/emit.h"
#include "codegen/grid.h"
#include "codegen/prelude/abi.h"
#include "ir/interpret_plan.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace tsc::emulator {

namespace {

// Arguments of one launch, and pointers to them.
class Arguments {
public:
  void add(int64_t number) { values_.push_back(static_cast<uint64_t>(number)); }
  void add(void* pointer) { values_.push_back(reinterpret_cast<uint64_t>(pointer)); }
  void** pointers() {
    pointers_.clear();
    for (uint64_t& value : values_)
      pointers_.push_back(&value);
    return pointers_.data();
  }

private:
  std::vector<uint64_t> values_;
  std::vector<void*> pointers_;
};

class Run {
public:
  Run(const Plan& plan, std::span<const TensorValue> inputs, const LaunchStyle& style)
      : plan_(plan), style_(style), sizes_(bound_symbols(plan, inputs)),
        module_(emit(plan, cuda).full()) {
    place_buffers(inputs);
  }

  std::vector<TensorValue> run() {
    for (size_t s = 0; s < plan_.steps.size(); ++s)
      if (const auto* product = std::get_if<Product>(&plan_.steps[s]))
        launch(*product, s);
      else
        launch(std::get<Launch>(plan_.steps[s]).kernel);
    if (report_.code != 0) throw std::runtime_error("an index is out of range");
    return outputs();
  }

private:
  void place_buffers(std::span<const TensorValue> inputs);
  void launch(size_t kernel);
  void launch(const Product& product, size_t step);
  std::vector<TensorValue> outputs() const;

  unsigned blocks(int64_t wanted) const {
    return static_cast<unsigned>(std::min<int64_t>(wanted, style_.most_blocks));
  }
  void* memory(size_t bytes) {
    memory_.push_back(std::make_unique<Memory>(bytes, style_.tight));
    return memory_.back()->data();
  }

  const Plan& plan_;
  const LaunchStyle& style_;
  const SymbolValues sizes_;
  const Module module_;
  std::vector<std::unique_ptr<Memory>> memory_;
  std::vector<void*> buffers_, outputs_;
  tsc_report report_{};
};

void Run::place_buffers(std::span<const TensorValue> inputs) {
  const auto filled = [this](std::string_view bytes) {
    void* place = memory(bytes.size());
    if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
    return place;
  };
  std::vector<void*> homes[4];
  for (const TensorValue& input : inputs)
    homes[size_t(Home::Input)].push_back(filled(input.bytes));
  for (const PlanPort& port : plan_.outputs)
    outputs_.push_back(
        memory(TensorValue::zeros(port.type.dtype, sizes_(port.type.shape)).bytes.size()));
  homes[size_t(Home::Output)] = outputs_;
  for (const PlanConstant& constant : plan_.constants)
    homes[size_t(Home::Constant)].push_back(filled(constant.value.bytes()));
  for (const Dim& slot : plan_.slots)
    homes[size_t(Home::Workspace)].push_back(memory(static_cast<size_t>(sizes_(slot))));
  for (const Buffer& buffer : plan_.buffers)
    buffers_.push_back(homes[static_cast<size_t>(buffer.home)].at(buffer.index));
}

void Run::launch(size_t number) {
  const Kernel& kernel = plan_.kernels[number];
  const Grid grid = grid_of(kernel);
  const int64_t points = sizes_(grid.points);
  if (points == 0) return;
  Arguments arguments;
  arguments.add(points);
  for (const KernelParam& param : kernel.params)
    arguments.add(buffers_[param.buffer.index]);
  for (size_t symbol : symbols_of(plan_, kernel, true))
    arguments.add(sizes_(Dim::symbol(plan_.symbols[symbol])));
  if (reports_errors(kernel)) arguments.add(&report_);
  Size count, block;
  switch (grid.crew) {
  case Crew::Thread:
    block.x = lone_threads;
    break;
  case Crew::Team:
    block.x = style_.team;
    block.y = style_.team <= 32 ? std::max(64 / style_.team, 1u) : 1;
    break;
  case Crew::Column:
    block.x = columns_of_block;
    block.y = style_.column;
    break;
  case Crew::Tile:
    block.x = turned_tile_of_grid;
    block.y = turned_tile_rows;
    break;
  }
  const int64_t at_once = grid.crew == Crew::Tile ? 1 : grid.crew == Crew::Team ? block.y : block.x;
  count.x = blocks((points + at_once - 1) / at_once);
  module_.launch(fmt::format("k{}", number), count, block, arguments.pointers(), style_.order);
}

void Run::launch(const Product& p, size_t step) {
  const int64_t batch = sizes_(p.batch), m = sizes_(p.m), n = sizes_(p.n);
  if (batch == 0 || m == 0 || n == 0) return;
  Arguments arguments;
  for (int64_t size : {batch, m, n, sizes_(p.k)})
    arguments.add(size);
  for (BufferId buffer : {p.a, p.b, p.c})
    arguments.add(buffers_[buffer.index]);
  const auto tiles = [](int64_t size) {
    return static_cast<unsigned>((size + product_tile - 1) / product_tile);
  };
  module_.launch(fmt::format("m{}", step), {tiles(n), tiles(m), blocks(batch)},
                 {product_threads, 1, 1}, arguments.pointers(), style_.order);
}

std::vector<TensorValue> Run::outputs() const {
  std::vector<TensorValue> values;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Type& type = plan_.outputs[i].type;
    values.push_back(TensorValue::zeros(type.dtype, sizes_(type.shape)));
    std::string& bytes = values.back().bytes;
    if (!bytes.empty()) std::memcpy(bytes.data(), outputs_[i], bytes.size());
  }
  return values;
}

} // namespace

std::vector<TensorValue> run_on_grid(const Plan& plan, std::span<const TensorValue> inputs,
                                     const LaunchStyle& style) {
  return Run(plan, inputs, style).run();
}

} // namespace tsc::emulator
