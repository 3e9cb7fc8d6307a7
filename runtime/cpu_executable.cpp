#include "runtime/cpu_executable.h"

#include "runtime/call_check.h"
#include "runtime/call_error.h"
#include "runtime/thread_pool.h"
#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

// What one call needs besides its arrays. Sized once, so that later calls allocate nothing.
struct CpuExecutable::Scratch {
  explicit Scratch(const CpuExecutable& e)
      : in_dims(e.input_axes_), sizes(e.manifest().sizes), out_dims(e.output_axes_),
        inputs(e.manifest().inputs.size()), outputs(e.manifest().outputs.size()),
        staged(e.manifest().inputs.size()) {
    ranges.reserve(outputs.size());
  }

  // The sizes bound last, and what tsc_bind made of them.
  bool bound = false;
  std::vector<int64_t> in_dims, sizes, out_dims;
  int64_t workspace_bytes = 0;

  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  std::vector<Array> staged;        // row-major copies of inputs that need one
  std::vector<OutputMemory> ranges; // of outputs that inputs may share memory with
  Array workspace;
};

namespace {

// Makes `memory` hold at least so many bytes; what it held is lost.
void grow(Array& memory, size_t bytes) {
  if (memory.bytes() >= bytes) return;
  memory = Array(); // freed first
  memory = Array::empty(DType::U8, {static_cast<int64_t>(bytes)});
}

std::vector<Array> contiguous(std::vector<Array> arrays) {
  for (Array& a : arrays)
    a = a.to_contiguous();
  return arrays;
}

template <class Function>
Function entry(const LoadedCode& code, const char* name) {
  void* const address = code.symbol(name);
  if (!address) throw InternalError(fmt::format("the program lacks {}", name));
  return reinterpret_cast<Function>(address);
}

} // namespace

// A scratch object for the time of one call.
class CpuExecutable::Lease {
public:
  explicit Lease(const CpuExecutable& e) : executable_(e), scratch_(e.hot_.exchange(nullptr)) {
    if (!scratch_) scratch_ = take_idle();
  }
  ~Lease() {
    Scratch* const former = executable_.hot_.exchange(scratch_.release());
    if (!former) return;
    std::lock_guard lock(executable_.mutex_);
    executable_.idle_.emplace_back(former); // room was reserved when it was made
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Scratch& operator*() const { return *scratch_; }

private:
  std::unique_ptr<Scratch> take_idle() const {
    auto& idle = executable_.idle_;
    std::lock_guard lock(executable_.mutex_);
    if (idle.empty()) {
      idle.reserve(++executable_.scratches_);
      return std::make_unique<Scratch>(executable_);
    }
    auto taken = std::move(idle.back());
    idle.pop_back();
    return taken;
  }

  const CpuExecutable& executable_;
  std::unique_ptr<Scratch> scratch_;
};

CpuExecutable::CpuExecutable(Manifest described, std::unique_ptr<LoadedCode> code,
                             std::vector<Array> constants)
    : Executable(std::move(described)), code_(std::move(code)),
      constants_(contiguous(std::move(constants))), input_axes_(axes_of(manifest().inputs)),
      output_axes_(axes_of(manifest().outputs)), bind_(entry<Bind>(*code_, "tsc_bind")),
      run_(entry<Run>(*code_, "tsc_run")), host_(default_host()) {
  if (constants_.size() != manifest().constants)
    throw InternalError(fmt::format("the program needs {} constants, not {}", manifest().constants,
                                    constants_.size()));
  for (const Array& c : constants_)
    constant_data_.push_back(c.data());
}

CpuExecutable::~CpuExecutable() { delete hot_.load(); }

std::vector<Array> CpuExecutable::run(std::span<const Array> inputs) const {
  const Lease lease(*this);
  Scratch& scratch = *lease;
  bind(inputs, scratch);
  std::vector<Array> outputs;
  outputs.reserve(manifest().outputs.size());
  scratch.ranges.clear(); // new arrays share nothing
  const int64_t* dims = scratch.out_dims.data();
  for (size_t i = 0; i < manifest().outputs.size(); ++i) {
    const Port& port = manifest().outputs[i];
    outputs.push_back(Array::empty(port.dtype, {dims, static_cast<size_t>(port.rank)}));
    scratch.outputs[i] = outputs.back().mutable_data();
    dims += port.rank;
  }
  place_inputs(inputs, scratch);
  call(scratch);
  return outputs;
}

void CpuExecutable::run_into(std::span<const Array> inputs, std::span<Array> outputs) const {
  const Lease lease(*this);
  bind(inputs, *lease);
  place_outputs(outputs, *lease);
  place_inputs(inputs, *lease);
  call(*lease);
}

// Checks the inputs and computes all sizes, unless the last call had the same.
void CpuExecutable::bind(std::span<const Array> inputs, Scratch& scratch) const {
  if (inputs.size() != manifest().inputs.size()) throw_input_count(manifest(), inputs.size());
  int64_t* dims = scratch.in_dims.data();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = manifest().inputs[i];
    if (!has_type(inputs[i], port)) throw_port_type(input_title(manifest(), i), port, inputs[i]);
    for (const int64_t size : inputs[i].shape()) {
      if (*dims != size) scratch.bound = false;
      *dims++ = size;
    }
  }
  if (scratch.bound) return;

  tsc_report report{};
  const int32_t code = bind_(scratch.in_dims.data(), scratch.sizes.data(), scratch.out_dims.data(),
                             &scratch.workspace_bytes, &report);
  if (code != TSC_OK) throw_report(manifest(), code, report, inputs);
  if (scratch.workspace_bytes < 0 || scratch.workspace_bytes > max_bytes)
    throw Error(Diag::OutOfMemory,
                fmt::format("the call needs {} bytes of workspace", scratch.workspace_bytes));
  grow(scratch.workspace, static_cast<size_t>(scratch.workspace_bytes));
  scratch.bound = true;
}

// Takes the caller's outputs, which must be as bind found.
void CpuExecutable::place_outputs(std::span<Array> outputs, Scratch& scratch) const {
  check_outputs(manifest(), outputs, scratch.out_dims.data(), scratch.ranges);
  for (size_t i = 0; i < outputs.size(); ++i)
    scratch.outputs[i] = outputs[i].mutable_data();
}

// Takes the inputs, or copies of those that are not row-major or would be overwritten.
void CpuExecutable::place_inputs(std::span<const Array> inputs, Scratch& scratch) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Array& input = inputs[i];
    auto* const begin = static_cast<const std::byte*>(input.data());
    bool copy = !input.contiguous();
    if (!copy &&
        !scratch.ranges.empty()) { // they are sorted, and apart, so their ends are sorted too
      const auto next =
          std::ranges::upper_bound(scratch.ranges, begin, std::less<>(), &OutputMemory::end);
      copy = next != scratch.ranges.end() && next->begin < begin + input.bytes();
    }
    scratch.inputs[i] = begin;
    if (!copy) continue;
    grow(scratch.staged[i], input.bytes());
    input.copy_to(scratch.staged[i].mutable_data());
    scratch.inputs[i] = scratch.staged[i].data();
  }
}

void CpuExecutable::call(Scratch& scratch) const {
  tsc_report report{};
  const tsc_call call{scratch.inputs.data(),
                      scratch.outputs.data(),
                      constant_data_.data(),
                      scratch.workspace.mutable_data(),
                      scratch.sizes.data(),
                      host_,
                      &report};
  const int32_t code = run_(&call);
  if (code != TSC_OK) throw_report(manifest(), code, report, {});
}

} // namespace tsc
