// tsc targets: the CPUs that --cpu takes, and the GPUs that --gpu does.
#include "compiler/nvrtc.h"
#include "compiler/toolchain.h"
#include "support/error.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace tsc::cli {

namespace {

std::optional<CpuTarget> native() {
  try {
    return host_target();
  } catch (const Error&) { // a build without the CPU compiler
    return std::nullopt;
  }
}

Json json_of(const std::optional<CpuTarget>& host, const std::vector<std::string>& cpus,
             const std::vector<std::string>& gpus) {
  Json machine; // null where nothing can be compiled
  if (host) machine = {{"triple", host->triple}, {"cpu", host->cpu}, {"features", host->features}};
  return {{"native", machine}, {"cpus", cpus}, {"gpus", gpus}};
}

std::string text_of_gpus(const std::vector<std::string>& gpus) {
  if (gpus.empty()) return "\nNVRTC was not found: no code for GPUs can be compiled here.\n";
  return fmt::format("\nGPUs that --gpu takes: {}\n", fmt::join(gpus, " "));
}

std::string text_of_cpus(const std::optional<CpuTarget>& host,
                         const std::vector<std::string>& cpus) {
  if (!host) return "This build has no CPU compiler. The interpreter needs none.\n";
  std::string text = fmt::format("native: {}, {}\n  {}\n\n", host->triple, host->cpu,
                                 fmt::join(host->features, " "));
  text += "CPUs that --cpu takes:\n";
  for (const std::string& cpu : cpus)
    text += fmt::format("  {}\n", cpu);
  return text;
}

int run(bool json) {
  const auto host = native();
  const std::vector<std::string> cpus = known_cpus(), gpus = known_gpus();
  put(json ? json_line(json_of(host, cpus, gpus)) : text_of_cpus(host, cpus) + text_of_gpus(gpus));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json] { return run(*json); };
}

} // namespace

const Verb targets_verb = {
    "targets", "List the CPUs and GPUs to compile for, and this CPU's features",
    "  tsc targets\n  tsc targets --json", declare,
    "{\"native\": {\"triple\", \"cpu\", \"features\": [\"+avx2\"]}, or null,\n"
    " \"cpus\": [\"x86-64-v3\"], \"gpus\": [\"sm_80\"]}"};

} // namespace tsc::cli
