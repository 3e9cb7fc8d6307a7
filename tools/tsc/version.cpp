// tsc version: what this build is, and the machine that it compiles for.
#include "compiler/toolchain.h"
#include "runtime/program_symbols.h"
#include "support/error.h"
#include "tools/common/json.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tsc::cli {

namespace {

// The compiler's name and version; settings follow it.
std::string toolchain_name() {
  try {
    const std::string identity = toolchain_identity();
    return identity.substr(0, identity.find(';'));
  } catch (const Error& error) { // its library is not there
    return error.message();
  }
}

// What can be left out of a build.
std::vector<std::pair<const char*, bool>> parts() {
  return {{"cpu-jit", TSC_CPU_JIT != 0}, {"blas", has_blas()}};
}

Json json_of() {
  Json built = Json::object();
  for (const auto& [part, present] : parts())
    built[part] = present;
  Json host;
  try {
    const CpuTarget target = host_target();
    host = {{"triple", target.triple}, {"cpu", target.cpu}, {"features", target.features}};
  } catch (const Error&) { // a build without the CPU compiler
  }
  return {
      {"version", TSC_VERSION}, {"toolchain", toolchain_name()}, {"parts", built}, {"host", host}};
}

std::string text_of() {
  std::string text = fmt::format("tsc {}\ntoolchain: {}\nparts:", TSC_VERSION, toolchain_name());
  for (const auto& [part, present] : parts())
    text += fmt::format(" {}{}", present ? "+" : "-", part);
  try {
    const CpuTarget host = host_target();
    return text + fmt::format("\nhost: {} {}\nfeatures: {}\n", host.triple, host.cpu,
                              fmt::join(host.features, " "));
  } catch (const Error& error) { // a build without the CPU compiler
    return text + fmt::format("\nhost: {}\n", error.message());
  }
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
