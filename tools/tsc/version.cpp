// tsc version: what this build is, and the machine that it compiles for.
#include "compiler/toolchain.h"
#include "compiler/toolchain_facts.h"
#include "runtime/program_symbols.h"
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

struct Machine {
  std::string toolchain;         // name and version
  std::optional<CpuTarget> host; // or none, and why:
  std::string no_host;
};

// Noted where something was compiled before: to ask starts LLVM, which takes longer than all else.
Machine machine() {
  Machine machine;
  try {
    const auto noted = noted_toolchain_facts();
    const std::string identity = noted ? noted->identity : toolchain_identity();
    machine.toolchain = identity.substr(0, identity.find(';')); // settings follow it
    machine.host = noted ? noted->host : host_target();
  } catch (const Error& error) { // its library is not there, or the build has no CPU compiler
    machine.no_host = error.message();
    if (machine.toolchain.empty()) machine.toolchain = error.message();
  }
  return machine;
}

// What can be left out of a build.
std::vector<std::pair<const char*, bool>> parts() {
  return {{"cpu-jit", TSC_CPU_JIT != 0}, {"blas", has_blas()}};
}

Json json_of() {
  Json built = Json::object();
  for (const auto& [part, present] : parts())
    built[part] = present;
  const Machine here = machine();
  Json host;
  if (here.host)
    host = {
        {"triple", here.host->triple}, {"cpu", here.host->cpu}, {"features", here.host->features}};
  return {
      {"version", TSC_VERSION}, {"toolchain", here.toolchain}, {"parts", built}, {"host", host}};
}

std::string text_of() {
  const Machine here = machine();
  std::string text = fmt::format("tsc {}\ntoolchain: {}\nparts:", TSC_VERSION, here.toolchain);
  for (const auto& [part, present] : parts())
    text += fmt::format(" {}{}", present ? "+" : "-", part);
  if (!here.host) return text + fmt::format("\nhost: {}\n", here.no_host);
  return text + fmt::format("\nhost: {} {}\nfeatures: {}\n", here.host->triple, here.host->cpu,
                            fmt::join(here.host->features, " "));
}

std::function<int()> declare(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json] { return put(*json ? json_line(json_of()) : text_of()), 0; };
}

} // namespace

void print_version() { put(text_of()); }

const Verb version_verb = {
    "version", "Print the version, the toolchain and this CPU",
    "  tsc version\n  tsc version --json", declare,
    "{\"version\", \"toolchain\", \"parts\": {\"cpu-jit\": true, \"blas\": true},\n"
    " \"host\": {\"triple\", \"cpu\", \"features\"}, or null}"};

} // namespace tsc::cli
