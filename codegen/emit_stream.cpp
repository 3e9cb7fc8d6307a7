// Stores past the caches (prelude/stream.h). A loop along which a result lies in memory is cut into
// runs; where the kernel streams, a run is computed into a small array, which is then streamed, and
// else there is one run, straight into the result.
#include "codegen/kernel_emitter.h"

#include <algorithm>

namespace tsc {

namespace {

constexpr int64_t run_bytes = 2048; // of each result; all arrays stay in the L1 cache

} // namespace

// The axis along which a stage's stores come in runs; invalid: its points are stored one by one, or
// cost so much that nobody waits for memory.
AxisId KernelEmitter::run_axis(const Stage& s) const {
  const bool costly = is_cut(s) || std::any_of(s.body.begin(), s.body.end(), is_expensive);
  if (lanes_ || e_.dialect.grid || costly) return {};
  const AxisId axis = !s.axes.empty()              ? s.axes.back()
                      : is_plain() && k_.outer > 0 ? AxisId(k_.outer - 1)
                                                   : AxisId();
  return axis.valid() && !k_.axes[axis.index].blocks.valid() ? axis : AxisId();
}

// Stores in runs to memory that the kernel does not touch otherwise.
bool KernelEmitter::is_in_runs(const Stage& s, const Instruction& i) const {
  if (i.action != Action::Store || i.guard.valid() || k_.params[i.param.index].read) return false;
  const AxisId axis = run_axis(s);
  if (!axis.valid() || i.index.coefficient_of(axis) != Dim(1)) return false;
  size_t stores = 0;
  for (const Stage& other : k_.stages)
    for (const Instruction& o : other.body)
      stores += o.action == Action::Store && o.param == i.param;
  return stores == 1;
}

// What the kernel stores in runs for each item of its first axis.
Dim KernelEmitter::bytes_in_runs() const {
  Dim bytes = 0;
  for (const Stage& s : k_.stages) {
    Dim points = 1;
    for (size_t a = 1; a < k_.outer; ++a)
      points = points * k_.axes[a].extent;
    for (AxisId axis : s.axes)
      points = points * k_.axes[axis.index].extent;
    for (const Instruction& i : s.body)
      if (is_in_runs(s, i)) bytes = bytes + points * Dim(static_cast<int64_t>(size_of(i.dtype)));
  }
  return bytes;
}

// Finds what may stream; whether it does, the kernel is told for each call.
void KernelEmitter::choose_streams(Writer& w) {
  const Dim bytes = bytes_in_runs(), all = bytes * k_.axes[0].extent;
  if (all.is_number() && all.number() <= streamed_bytes) return;
  streams_ = true;
  e_.headers.insert("stream.h");
  std::string& when = e_.streams[number_];
  when = fmt::format("{} > {}", e_.size(all), streamed_bytes);
  if (in_turned_tiles())
    when += fmt::format(" && {} % {} == 0", e_.size(k_.axes[k_.outer - 1].extent), line_length());
  for (const Stage& s : k_.stages)
    for (const Instruction& i : s.body)
      if (is_in_runs(s, i))
        w.line("alignas(64) {} run{}[{}];", memory_type(i.dtype), i.param.index, run_length());
}

// Rows of so many items, or of a multiple, begin on whole lines: else lines that two tiles share
// would be read again.
int KernelEmitter::line_length() const {
  size_t narrowest = 64;
  for (const Instruction& i : k_.stages[0].body)
    if (is_in_runs(k_.stages[0], i)) narrowest = std::min(narrowest, size_of(i.dtype));
  return static_cast<int>(64 / narrowest);
}

int KernelEmitter::run_length() const {
  int64_t widest = 1;
  for (const Stage& s : k_.stages)
    for (const Instruction& i : s.body)
      if (is_in_runs(s, i)) widest = std::max(widest, static_cast<int64_t>(size_of(i.dtype)));
  return std::max(static_cast<int>(run_bytes / widest), tile_);
}

// Runs `inside` for the run that begins at `first` and has `items` points: it stores the point that
// `place` counts from the run's first.
void KernelEmitter::in_run(Writer& w, const Stage& s, const char* first, const char* items,
                           const char* place, const std::function<void()>& inside) {
  if (!streams_) return inside();
  const auto over_stores = [&](auto each) {
    for (const Instruction& i : s.body) {
      if (!is_in_runs(s, i)) continue;
      first_of_run_ = {run_axis(s), first};
      const std::string at = fmt::format("&p{}[{}]", i.param.index, position(i.index));
      first_of_run_ = {};
      each(i, at);
    }
  };
  over_stores([&](const Instruction& i, const std::string& at) {
    w.line("{0}* const o{1} = stream ? run{1} : {2};", memory_type(i.dtype), i.param.index, at);
  });
  over_stores(
      [&](const Instruction& i, const std::string&) { place_in_run_[i.param.index] = place; });
  inside();
  place_in_run_.clear();
  over_stores([&](const Instruction& i, const std::string& at) {
    w.line("if (stream) tsc_stream({}, run{}, {});", at, i.param.index, items);
  });
}

// The loop over `axis`, from `begin` to `end`, in runs where the stage has any.
void KernelEmitter::loop_in_runs(Writer& w, const Stage& s, AxisId axis, const std::string& begin,
                                 const std::string& end, const std::function<void()>& inside) {
  const bool runs = streams_ && run_axis(s) == axis &&
                    std::any_of(s.body.begin(), s.body.end(),
                                [&](const Instruction& i) { return is_in_runs(s, i); });
  if (!runs) {
    if (sums_costly_items(s)) w.line("TSC_ITEMS_AT_ONCE");
    auto loop = w.block("for (tsc_i64 i{0} = {1}; i{0} < {2}; i{0} += 1)", axis.index, begin, end);
    return inside();
  }
  const std::string all = begin == "0" ? end : fmt::format("{} - {}", end, begin);
  w.line("const tsc_i64 longest = tsc_run_length(stream, {}, {});", run_length(), all);
  auto runs_loop = w.block("for (tsc_i64 first = {}; first < {}; first += longest)", begin, end);
  w.line("const tsc_i64 items = {0} - first < longest ? {0} - first : longest;", end);
  in_run(w, s, "first", "items", "l", [&] {
    if (sums_costly_items(s)) w.line("TSC_ITEMS_AT_ONCE");
    auto loop = w.block("for (tsc_i64 l = 0; l < items; l += 1)");
    w.line("const tsc_i64 i{} = first + l;", axis.index);
    inside();
  });
}

} // namespace tsc
