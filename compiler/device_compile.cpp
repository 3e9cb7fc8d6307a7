#include "compiler/device_compile.h"

#include "compiler/cuda.h"
#include "compiler/device_program.h"
#include "passes/sizes.h"

namespace tsc {

DeviceBuild built_for_device(const Canonical& asked, const CompileOptions& options) {
  check_sizes(asked.graph); // while names and lines are the user's
  const Graph better = optimised(with_numbered_locations(with_key_sizes(asked)), options);
  const Plan plan = planned_for_grid(better, options);
  options.enter("emit");
  return {emit(plan, cuda).full(), device_program(plan), make_program(plan, "", "", false)};
}

std::shared_ptr<const DeviceExecutable> loaded(DeviceBuild build, const std::string& code,
                                               const Graph& asked, std::shared_ptr<Device> device) {
  return std::make_shared<const DeviceExecutable>(
      manifest_of(build.words, asked), std::move(build.program), code,
      constants_of(build.words, asked), std::move(device));
}

} // namespace tsc
