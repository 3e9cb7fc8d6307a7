// tsc targets: the CPUs that --cpu takes.
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

Json json_of(const std::optional<CpuTarget>& host, const std::vector<std::string>& cpus) {
  Json machine; // null where nothing can be compiled
  if (host) machine = {{"triple", host->triple}, {"cpu", host->cpu}, {"features", host->features}};
  return {{"native", machine}, {"cpus", cpus}};
}

std::string text_of(const std::optional<CpuTarget>& host, const std::vector<std::string>& cpus) {
  if (!host)
    return "This build has no CPU compiler: it has no targets. The interpreter needs none.\n";
  std::string text = fmt::format("native: {}, {}\n  {}\n\n", host->triple, host->cpu,
                                 fmt::join(host->features, " "));
  text += "CPUs that --cpu takes:\n";
  for (const std::string& cpu : cpus)
    text += fmt::format("  {}\n", cpu);
  return text;
}

int run(bool json) {
  const auto host = native();
  const std::vector<std::string> cpus = known_cpus();
  put(json ? json_line(json_of(host, cpus)) : text_of(host, cpus));
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json] { return run(*json); };
}

} // namespace

const Verb targets_verb = {
    "targets", "List the CPUs to compile for, and this one's features",
    "  tsc targets\n  tsc targets --json", declare,
    "{\"native\": {\"triple\", \"cpu\", \"features\": [\"+avx2\"]}, or null,\n"
    " \"cpus\": [\"x86-64-v3\"]}"};

} // namespace tsc::cli
