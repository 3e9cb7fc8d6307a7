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
                                               const Graph& asked,
                                               std::shared_ptr<Accelerator> device) {
  return std::make_shared<const DeviceExecutable>(
      manifest_of(build.words, asked), std::move(build.program), code,
      constants_of(build.words, asked), std::move(device));
}

std::shared_ptr<const DeviceExecutable> compile_for(const Graph& graph,
                                                    std::shared_ptr<CudaDevice> device,
                                                    CompileOptions options, CompileReport* report) {
  options.gpu = device->info().architecture();
  options.enter("key");
  const Canonical asked = canonical(graph);
  DeviceBuild build = built_for_device(asked, options);
  const CudaObject object = cuda_object(build.source, CudaForm::Cubin, options, report);
  options.enter("load");
  return loaded(std::move(build), object.code, asked.graph, std::move(device));
}

} // namespace tsc
