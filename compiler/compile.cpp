#include "compiler/compile.h"

#include "compiler/cache_use.h"
#include "compiler/device_compile.h"
#include "compiler/program.h"
#include "compiler/toolchain.h"
#include "compiler/toolchain_facts.h"
#include "ir/key.h"
#include "passes/lower.h"
#include "passes/sizes.h"
#include "runtime/cpu_executable.h"
#include "runtime/program_symbols.h"
#include "support/settings.h"

#include <chrono>
#include <fmt/ranges.h>

namespace tsc {

namespace {

constexpr const char* host_object = "host object"; // the kind of what runs here

class Stopwatch {
public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double ms = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return ms;
  }

private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What runs here must be made for here: else the first new instruction would end the process.
void check_runs_here(const CpuTarget& target, const CpuTarget& host) {
  const std::vector<std::string>& here = host.features;
  std::vector<std::string_view> missing;
  for (const std::string& feature : target.features)
    if (feature[0] == '+' && !std::binary_search(here.begin(), here.end(), feature))
      missing.push_back(std::string_view(feature).substr(1));
  if (missing.empty()) return;
  throw Error(Diag::CpuFeature, fmt::format("code for {} cannot run here: this CPU lacks {}",
                                            target.cpu, fmt::join(missing, ", ")))
      .hint("'native' is this machine; 'tsc compile' makes libraries for others");
}

CpuTarget target_of(const CompileOptions& options) {
  return options.cpu == "native" ? toolchain_facts(options.cache).host : target_named(options.cpu);
}

Program build(const Canonical& asked, const CpuTarget& target, const CompileOptions& options,
              CompileReport& report) {
  Stopwatch watch;
  check_sizes(asked.graph); // while names and lines are the user's
  const Graph better = optimised(with_numbered_locations(with_key_sizes(asked)), options);
  report.optimise_ms = watch.lap();
  const Plan plan = planned(better, options);
  report.lower_ms = watch.lap();
  options.enter("emit");
  const Source source = emitted(plan);
  const std::string text = source.full();
  report.emit_ms = watch.lap();
  options.enter("clang");
  std::string object = compile_cpp(text, target);
  report.toolchain_ms = watch.lap();
  return make_program(plan, source.text, std::move(object), source.calls_blas);
}

// From the cache if `may_hit`; what is built goes there.
Program find_or_build(const Canonical& asked, const CompileOptions& options, CompileReport& report,
                      bool may_hit = true) {
  const CpuTarget target = target_of(options);
  if (options.cpu != "native") check_runs_here(target, toolchain_facts(options.cache).host);
  Stopwatch watch;
  std::string key = key_material({host_object, asked.key, target}, options);
  report.key_ms += watch.lap();
  if (options.cache) options.enter("cache");
  CacheUse cache(std::move(key), options, report);
  if (may_hit)
    if (auto entry = cache.find())
      if (auto program = from_entry(std::move(*entry))) return std::move(*program);
  watch.lap();
  Program program = build(asked, target, options, report);
  if (options.cache) options.enter("cache");
  cache.keep(to_entry(program), watch.lap());
  return program;
}

std::shared_ptr<const Executable> loaded(Program program, const Graph& graph) {
  Manifest manifest = manifest_of(program, graph);
  std::vector<Array> constants = constants_of(program, graph);
  auto code = load_object(program.object, program_symbols(program.libraries));
  return std::make_shared<const CpuExecutable>(std::move(manifest), std::move(code),
                                               std::move(constants));
}

// An entry may be whole and yet no program for this graph: another tsc wrote it, or somebody's
// hand.
std::shared_ptr<const Executable> loaded_or_rebuilt(Program program, const Canonical& asked,
                                                    const CompileOptions& options,
                                                    CompileReport& report) {
  try {
    return loaded(std::move(program), asked.graph);
  } catch (const InternalError&) {
    if (!report.cache_hit) throw;
  }
  return loaded(find_or_build(asked, options, report, false), asked.graph);
}

bool distrusted() { return number(Setting::Distrust, 0, 1) != 0; }

} // namespace

std::string cache_key(const Graph& graph, const CompileOptions& options) {
  return key_material({host_object, key_text(graph), target_of(options)}, options);
}

Graph optimised(const Graph& graph, const CompileOptions& options) {
  options.enter("optimise");
  OptimiseOptions how;
  how.only_needed = !options.optimise;
  how.strict = options.strict;
  how.distrust = distrusted();
  how.after = options.after;
  return optimise(graph, how);
}

Plan planned(const Graph& optimised_graph, const CompileOptions& options, LowerTrace* trace) {
  options.enter("lower");
  LowerOptions how = options.lower;
  how.blas &= has_blas();
  Plan plan = lower(optimised_graph, how, trace);
  if (distrusted()) check_same_values(optimised_graph, plan);
  return plan;
}

Source emitted(const Plan& plan) { return emit(plan, cpp); }

std::string interpreted_instead(const NoExecutableMemory& error) {
  return error.message() + "; interpreting instead, which is slow";
}

std::shared_ptr<const Executable> compile(const Graph& graph, const CompileOptions& options,
                                          CompileReport* report) {
  CompileReport unused;
  CompileReport& r = report ? *report : unused;
  if (const auto number = options.device.cuda_number())
    return compile_for(graph, cuda_driver().device(*number), options, &r);
  Stopwatch watch;
  options.enter("key");
  const Canonical asked = canonical(graph);
  r.key_ms = watch.lap();
  Program program = find_or_build(asked, options, r);
  watch.lap();
  options.enter("load");
  auto executable = loaded_or_rebuilt(std::move(program), asked, options, r);
  r.load_ms = watch.lap();
  return executable;
}

} // namespace tsc
