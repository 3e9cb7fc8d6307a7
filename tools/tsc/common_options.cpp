#include "tools/tsc/common_options.h"

#include "support/files.h"
#include "support/settings.h"
#include "tools/tsc/dump.h"
#include "tools/tsc/graph_limits.h"
#include "tools/tsc/phases.h"

#include <cstdlib>

namespace tsc::cli {

namespace {

struct CommonOptions {
  Limits limits;
  std::string trace, dump;
  int jobs = 0;
};

CommonOptions& common() {
  static CommonOptions options;
  return options;
}

} // namespace

void add_common_options(CLI::App& app) {
  CommonOptions& o = common();
  app.add_option(
         "-j,--jobs", o.jobs,
         "Threads for large kernels and for the graphs of a library; TSC_THREADS without it")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  app.add_option("--dump", o.dump, "Write what the graph is behind each step there")
      ->type_name("DIR");
  app.add_option("--trace", o.trace, "Write how long each step takes, for chrome://tracing")
      ->type_name("FILE");
  app.add_option("--time-limit", o.limits.time, "Stop with exit code 6 after so long: 30s, 5m")
      ->type_name("TIME");
  app.add_option("--mem-limit", o.limits.memory,
                 "Stop with exit code 6 where more memory is needed: 512M, 4G")
      ->type_name("SIZE");
  add_graph_limits(app);
}

int run_as_asked(const std::function<int()>& action) {
  const CommonOptions& o = common();
  if (const std::optional<int> code = fork_limited(o.limits)) return *code;
  // One place says how many threads there are, for whoever asks.
  if (o.jobs) ::setenv(row(Setting::Threads).variable, std::to_string(o.jobs).c_str(), 1);
  const auto finish = [&] {
    end_phases();
    if (!o.trace.empty()) write_file(o.trace, trace_json());
  };
  int code = 0;
  try {
    code = action();
  } catch (...) {
    finish();
    throw;
  }
  finish();
  return code;
}

void dump_if_asked(const Graph& graph, const CompileOptions& options, const std::string& name) {
  if (common().dump.empty()) return;
  enter_phase("dump");
  CompileOptions how = options;
  how.entering = nullptr;
  how.after = nullptr;
  const std::filesystem::path directory = common().dump;
  dump(graph, how, name.empty() ? directory : directory / name);
}

} // namespace tsc::cli
