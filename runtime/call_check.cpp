#include "runtime/call_check.h"

#include "runtime/call_error.h"

#include <algorithm>

namespace tsc {

size_t axes_of(const std::vector<Port>& ports) {
  size_t axes = 0;
  for (const Port& p : ports)
    axes += static_cast<size_t>(p.rank);
  return axes;
}

void check_outputs(const Manifest& manifest, std::span<const Array> outputs, const int64_t* dims,
                   std::vector<OutputMemory>& memory) {
  if (outputs.size() != manifest.outputs.size()) throw_output_count(manifest, outputs.size());
  memory.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Port& port = manifest.outputs[i];
    const Array& output = outputs[i];
    if (!has_type(output, port)) throw_port_type(output_title(manifest, i), port, output);
    const Sizes wanted(dims, static_cast<size_t>(port.rank));
    if (!std::ranges::equal(output.shape(), wanted) || !output.contiguous() || !output.writable())
      throw_output_layout(output_title(manifest, i), port, wanted, output);
    dims += port.rank;
    auto* const begin = static_cast<const std::byte*>(output.data());
    if (output.bytes() > 0) memory.push_back({begin, begin + output.bytes(), i});
  }
  if (memory.size() < 2) return;
  std::ranges::sort(memory, std::less<>(), &OutputMemory::begin);
  for (size_t i = 1; i < memory.size(); ++i)
    if (memory[i].begin < memory[i - 1].end)
      throw_shared_outputs(output_title(manifest, memory[i - 1].output),
                           output_title(manifest, memory[i].output));
}

} // namespace tsc
