#include "compiler/compile.h"

#include "cache/store.h"
#include "codegen/prelude.h"
#include "compiler/program.h"
#include "compiler/toolchain.h"
#include "ir/key.h"
#include "passes/lower.h"
#include "passes/sizes.h"
#include "runtime/program_symbols.h"
#include "support/hash.h"
#include "support/settings.h"

#include <chrono>
#include <fmt/ranges.h>

namespace tsc {

namespace {

// Raised by hand whenever passes, lowering or emission change what they give for the same graph and
// the prelude's text does not tell.
constexpr int64_t generation = 2;

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

void enter(const CompileOptions& options, const char* phase) {
  if (options.entering) options.entering(phase);
}

Digest prelude_digest() {
  static const Digest digest = [] {
    Sha256 hash;
    for (const PreludeHeader& header : prelude_headers())
      hash.update(header.name).update(header.text);
    return hash.finish();
  }();
  return digest;
}

// Everything that can change the object, tagged. What cannot (names, lines, paths, time) is left
// out.
std::string key_material(const std::string& graph, const CpuTarget& target,
                         const CompileOptions& options) {
  KeyText key;
  key.field("kind", "host object");
  key.field("generation", generation);
  key.field("prelude", prelude_digest().hex());
  key.field("toolchain", toolchain_identity());
  key.field("triple", target.triple).field("cpu", target.cpu);
  for (const std::string& feature : target.features)
    key.field("feature", feature);
  key.field("optimise", options.optimise).field("strict", options.strict);
  key.field("blas", options.lower.blas).field("blas symbols", program_symbols().size());
  key.field("group", options.lower.max_group).field("embed", options.lower.embed_bytes);
  key.field("inlined", options.lower.body.inlined).field("piece", options.lower.body.piece);
  key.field("salt", value(Setting::CacheSalt));
  key.field("graph", graph);
  return key.text();
}

// What runs here must be made for here: else the first new instruction would end the process.
void check_runs_here(const CpuTarget& target) {
  const std::vector<std::string> here = host_target().features;
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
  return options.cpu == "native" ? host_target() : target_named(options.cpu);
}

Program build(const Canonical& asked, const CpuTarget& target, const CompileOptions& options,
              CompileReport& report) {
  Stopwatch watch;
  check_sizes(asked.graph); // while names and lines are the user's
  const Graph better = optimised(with_numbered_locations(with_key_sizes(asked)), options);
  report.optimise_ms = watch.lap();
  const Plan plan = planned(better, options);
  report.lower_ms = watch.lap();
  enter(options, "emit");
  const Source source = emitted(plan);
  const std::string text = source.full();
  report.emit_ms = watch.lap();
  enter(options, "clang");
  std::string object = compile_cpp(text, target);
  report.toolchain_ms = watch.lap();
  return make_program(plan, source.text, std::move(object), source.calls_blas);
}

// TSC_CACHE=verify: a hit must be what compiling again gives.
void verify_hit(const Program& hit, const Program& fresh) {
  if (hit.object != fresh.object)
    throw InternalError(
        "the cache held another object than compiling again gives (TSC_CACHE=verify)");
}

// From the cache if `may_hit`; what is built goes there.
Program find_or_build(const Canonical& asked, const CompileOptions& options, CompileReport& report,
                      bool may_hit = true) {
  const CpuTarget target = target_of(options);
  if (options.cpu != "native") check_runs_here(target);
  Stopwatch watch;
  std::string key = key_material(asked.key, target, options);
  report.key = sha256(key).hex();
  report.key_ms += watch.lap();
  if (!options.cache) return build(asked, target, options, report);

  enter(options, "cache");
  Store store = Store::open();
  if (options.explain_cache) report.cache_explained = text(store.explain(key)); // before `put`
  std::optional<Program> hit;
  if (may_hit)
    if (auto entry = store.get(key)) hit = from_entry(std::move(*entry));
  report.cache_hit = hit.has_value();
  if (hit && store.mode() != CacheMode::Verify) return std::move(*hit);
  watch.lap();
  Program program = build(asked, target, options, report);
  enter(options, "cache");
  if (hit)
    verify_hit(*hit, program);
  else
    store.put(to_entry(program, std::move(key)), watch.lap());
  report.cache_problem = store.problem().value_or("");
  return program;
}

std::shared_ptr<const Executable> loaded(Program program, const Graph& graph) {
  Manifest manifest = manifest_of(program, graph);
  std::vector<Array> constants = constants_of(program, graph);
  auto code = load_object(std::move(program.object), program_symbols());
  return std::make_shared<const Executable>(std::move(manifest), std::move(code),
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
  return key_material(key_text(graph), target_of(options), options);
}

Graph optimised(const Graph& graph, const CompileOptions& options) {
  enter(options, "optimise");
  OptimiseOptions how;
  how.only_needed = !options.optimise;
  how.strict = options.strict;
  how.distrust = distrusted();
  how.after = options.after;
  return optimise(graph, how);
}

Plan planned(const Graph& optimised_graph, const CompileOptions& options, LowerTrace* trace) {
  enter(options, "lower");
  LowerOptions how = options.lower;
  how.blas &= !program_symbols().empty();
  Plan plan = lower(optimised_graph, how, trace);
  if (distrusted()) check_same_values(optimised_graph, plan);
  return plan;
}

Source emitted(const Plan& plan) { return emit(plan, cpp); }

std::shared_ptr<const Executable> compile(const Graph& graph, const CompileOptions& options,
                                          CompileReport* report) {
  CompileReport unused;
  CompileReport& r = report ? *report : unused;
  Stopwatch watch;
  enter(options, "key");
  const Canonical asked = canonical(graph);
  r.key_ms = watch.lap();
  Program program = find_or_build(asked, options, r);
  watch.lap();
  enter(options, "load");
  auto executable = loaded_or_rebuilt(std::move(program), asked, options, r);
  r.load_ms = watch.lap();
  return executable;
}

} // namespace tsc
