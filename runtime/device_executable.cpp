#include "runtime/device_executable.h"

#include "codegen/prelude/abi.h"
#include "runtime/call_check.h"
#include "runtime/call_error.h"
#include "support/error.h"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace tsc {

// What a call's sizes give.
struct DeviceExecutable::Sizes {
  std::vector<int64_t> symbols;
  std::vector<int64_t> out_dims;
  std::vector<size_t> slots; // bytes
};

namespace {

constexpr int64_t alignment = 256; // of buffers in a device's memory

// Places in one piece of memory.
class Layout {
public:
  DeviceAddress add(size_t bytes) {
    const int64_t at = bytes_;
    const auto size = static_cast<int64_t>(bytes);
    if (size > max_bytes - bytes_ - alignment)
      throw Error(Diag::OutOfMemory, "the call needs more than 2^48 bytes of the device's memory");
    bytes_ += (size + alignment - 1) / alignment * alignment;
    return static_cast<DeviceAddress>(at);
  }
  size_t bytes() const { return static_cast<size_t>(bytes_); }

private:
  int64_t bytes_ = 0;
};

std::vector<Array> contiguous(std::span<const Array> arrays) {
  std::vector<Array> dense;
  for (const Array& a : arrays)
    dense.push_back(a.to_contiguous());
  return dense;
}

size_t slot_bytes(int64_t bytes) {
  if (bytes < 0 || bytes > max_bytes)
    throw Error(Diag::OutOfMemory, fmt::format("the call needs {} bytes of workspace", bytes));
  return static_cast<size_t>(bytes);
}

} // namespace

// A queue for the time of one call. After an error it is not used again.
class DeviceExecutable::Lease {
public:
  explicit Lease(const DeviceExecutable& e) : executable_(e) {
    {
      std::lock_guard lock(e.mutex_);
      if (!e.idle_.empty()) {
        queue_ = std::move(e.idle_.back());
        e.idle_.pop_back();
      }
    }
    if (!queue_) queue_ = e.device_->queue();
  }
  DeviceQueue& operator*() const { return *queue_; }
  void give_back() {
    std::lock_guard lock(executable_.mutex_);
    executable_.idle_.push_back(std::move(queue_));
  }

private:
  const DeviceExecutable& executable_;
  std::unique_ptr<DeviceQueue> queue_;
};

// A piece of a device's memory for a scope.
class DeviceExecutable::Memory {
public:
  Memory(DeviceQueue& queue, size_t bytes) : queue_(queue), address_(queue.allocate(bytes)) {}
  ~Memory() {
    if (address_) queue_.release(address_);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  DeviceAddress address() const { return address_; }
  DeviceAddress keep() { return std::exchange(address_, 0); }

private:
  DeviceQueue& queue_;
  DeviceAddress address_;
};

// One call on the device: a piece of memory for everything but the constants.
class DeviceExecutable::Call {
public:
  Call(const DeviceExecutable& e, DeviceQueue& queue, const Sizes& sizes,
       std::span<const Array> inputs, std::span<Array> outputs);
  // Tells the queue all of it; `report` is what the program reported when that has ended.
  void run(tsc_report& report);

private:
  void launch(size_t number);
  DeviceAddress address(const DeviceBuffer& buffer) const;

  const DeviceExecutable& e_;
  DeviceQueue& queue_;
  const Sizes& sizes_;
  std::span<const Array> inputs_;
  std::span<Array> outputs_;
  std::vector<DeviceAddress> places_[4]; // by home
  DeviceAddress report_ = 0;
  std::optional<Memory> memory_;
};

DeviceExecutable::Call::Call(const DeviceExecutable& e, DeviceQueue& queue, const Sizes& sizes,
                             std::span<const Array> inputs, std::span<Array> outputs)
    : e_(e), queue_(queue), sizes_(sizes), inputs_(inputs), outputs_(outputs) {
  const auto places = [this](DeviceHome home) -> auto& { return places_[size_t(home)]; };
  Layout layout;
  report_ = layout.add(sizeof(tsc_report));
  for (const Array& input : inputs)
    places(DeviceHome::Input).push_back(layout.add(input.bytes()));
  for (const Array& output : outputs)
    places(DeviceHome::Output).push_back(layout.add(output.bytes()));
  for (const size_t bytes : sizes.slots)
    places(DeviceHome::Workspace).push_back(layout.add(bytes));
  memory_.emplace(queue, layout.bytes());
  report_ += memory_->address();
  for (auto& home : places_)
    for (DeviceAddress& place : home)
      place += memory_->address();
  places(DeviceHome::Constant) = e.constants_;
}

DeviceAddress DeviceExecutable::Call::address(const DeviceBuffer& buffer) const {
  return places_[static_cast<size_t>(buffer.home)].at(buffer.index);
}

void DeviceExecutable::Call::run(tsc_report& report) {
  bool reports = false;
  for (const DeviceLaunch& l : e_.program_.launches)
    reports |= l.reports;
  if (reports) queue_.zero(report_, sizeof(tsc_report));
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].bytes())
      queue_.upload(places_[size_t(DeviceHome::Input)][i], inputs_[i].data(), inputs_[i].bytes());
  for (size_t i = 0; i < e_.program_.launches.size(); ++i)
    launch(i);
  if (reports) queue_.download(&report, report_, sizeof report);
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].bytes())
      queue_.download(outputs_[i].mutable_data(), places_[size_t(DeviceHome::Output)][i],
                      outputs_[i].bytes());
}

void DeviceExecutable::Call::launch(size_t number) {
  const DeviceLaunch& l = e_.program_.launches[number];
  std::vector<int64_t> values;
  for (const SizeCode& code : l.numbers)
    values.push_back(evaluate(code, sizes_.symbols));
  const auto shape = shape_of(l, values, evaluate(l.row, sizes_.symbols), e_.limits_);
  if (!shape) return;
  for (const size_t buffer : l.buffers)
    values.push_back(static_cast<int64_t>(address(e_.program_.buffers.at(buffer))));
  for (const size_t symbol : l.symbols)
    values.push_back(sizes_.symbols.at(symbol));
  if (l.reports) values.push_back(static_cast<int64_t>(report_));
  std::vector<void*> arguments;
  for (int64_t& value : values)
    arguments.push_back(&value);
  queue_.launch(e_.kernels_[number], shape->grid, shape->block, arguments.data());
}

DeviceExecutable::DeviceExecutable(Manifest described, DeviceProgram program,
                                   const std::string& code, std::vector<Array> constants,
                                   std::shared_ptr<Accelerator> device)
    : Executable(std::move(described)), program_(std::move(program)), device_(std::move(device)),
      limits_(device_->limits()), code_(device_->load(code)) {
  if (program_.output_axes.size() != axes_of(manifest().outputs))
    throw InternalError("the program has other outputs than the manifest says");
  for (const DeviceLaunch& l : program_.launches)
    kernels_.push_back(code_->kernel(l.kernel));
  upload_constants(contiguous(constants));
}

void DeviceExecutable::upload_constants(const std::vector<Array>& handed) {
  if (handed.size() != manifest().constants)
    throw InternalError(
        fmt::format("the program needs {} constants, not {}", manifest().constants, handed.size()));
  std::vector<std::pair<const void*, size_t>> data;
  auto next = handed.begin();
  for (const DeviceConstant& c : program_.constants) {
    if (c.handed && next == handed.end()) throw InternalError("the program needs more constants");
    data.emplace_back(c.handed ? next->data() : c.bytes.data(),
                      c.handed ? next->bytes() : c.bytes.size());
    next += c.handed;
  }
  if (data.empty()) return;
  Layout layout;
  for (const auto& [from, bytes] : data)
    constants_.push_back(layout.add(bytes));
  if (layout.bytes() == 0) return;
  Lease queue(*this);
  Memory memory(*queue, layout.bytes());
  for (size_t i = 0; i < data.size(); ++i) {
    constants_[i] += memory.address();
    if (data[i].second) (*queue).upload(constants_[i], data[i].first, data[i].second);
  }
  (*queue).synchronise();
  constant_memory_ = memory.keep();
  queue.give_back();
}

DeviceExecutable::~DeviceExecutable() {
  if (!constant_memory_) return;
  try {
    const Lease queue(*this);
    (*queue).release(constant_memory_);
  } catch (const Error&) { // the device has failed, and its memory is lost with it
  }
}

std::vector<Array> DeviceExecutable::run(std::span<const Array> inputs) const {
  const Sizes sizes = bind(inputs);
  std::vector<Array> outputs;
  const int64_t* dims = sizes.out_dims.data();
  for (const Port& port : manifest().outputs) {
    outputs.push_back(Array::empty(port.dtype, {dims, static_cast<size_t>(port.rank)}));
    dims += port.rank;
  }
  call(sizes, inputs, outputs);
  return outputs;
}

void DeviceExecutable::run_into(std::span<const Array> inputs, std::span<Array> outputs) const {
  const Sizes sizes = bind(inputs);
  std::vector<OutputMemory> memory;
  check_outputs(manifest(), outputs, sizes.out_dims.data(), memory);
  call(sizes, inputs, outputs);
}

// Checks the inputs and computes all sizes.
DeviceExecutable::Sizes DeviceExecutable::bind(std::span<const Array> inputs) const {
  if (inputs.size() != manifest().inputs.size()) throw_input_count(manifest(), inputs.size());
  std::vector<int64_t> in_dims;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = manifest().inputs[i];
    if (!has_type(inputs[i], port)) throw_port_type(input_title(manifest(), i), port, inputs[i]);
    in_dims.insert(in_dims.end(), inputs[i].shape().begin(), inputs[i].shape().end());
  }
  Sizes sizes;
  for (const DeviceSymbol& s : program_.symbols) {
    const auto rest = checked_add(in_dims.at(s.axis), -evaluate(s.rest, sizes.symbols));
    if (!rest) throw Error(Diag::SizeOverflow, "a size of this call exceeds 63 bits");
    sizes.symbols.push_back(size_quotient(*rest, evaluate(s.slope, sizes.symbols)));
  }
  check(sizes, in_dims, inputs);
  for (const SizeCode& axis : program_.output_axes)
    sizes.out_dims.push_back(evaluate(axis, sizes.symbols));
  for (const SizeCode& slot : program_.slots)
    sizes.slots.push_back(slot_bytes(evaluate(slot, sizes.symbols)));
  return sizes;
}

void DeviceExecutable::check(const Sizes& sizes, std::span<const int64_t> in_dims,
                             std::span<const Array> inputs) const {
  for (const DeviceCheck& c : program_.checks) {
    const int64_t left = c.axis ? in_dims[*c.axis] : evaluate(c.left, sizes.symbols);
    const int64_t right = evaluate(c.right, sizes.symbols);
    if (c.equality ? left == right : left <= right) continue;
    const tsc_report report{TSC_E_SHAPE, c.check, {left, right, 0, 0}};
    throw_report(manifest(), TSC_E_SHAPE, report, inputs);
  }
}

void DeviceExecutable::call(const Sizes& sizes, std::span<const Array> inputs,
                            std::span<Array> outputs) const {
  // What the queue reads and writes on the host outlives it, should there be an error.
  const std::vector<Array> dense = contiguous(inputs);
  tsc_report report{};
  Lease queue(*this);
  {
    Call call(*this, *queue, sizes, dense, outputs);
    call.run(report);
    (*queue).synchronise();
  }
  queue.give_back();
  if (report.code != TSC_OK) throw_report(manifest(), report.code, report, {});
}

} // namespace tsc
