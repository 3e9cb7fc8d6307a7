#include "compiler/library.h"

#include "codegen/c_header.h"
#include "compiler/metadata.h"
#include "compiler/toolchain.h"

#include <algorithm>

namespace tsc {

namespace {

// For each state, which output is its next value.
std::vector<std::optional<size_t>> next_values(const Graph& graph) {
  std::vector<std::optional<size_t>> result(graph.states().size());
  for (size_t u = 0; u < graph.updates.size(); ++u)
    for (size_t s = 0; s < graph.states().size(); ++s)
      if (graph.updates[u].state == graph.states()[s]) result[s] = graph.outputs.size() + u;
  return result;
}

CProgram lowered(const LibraryFunction& f, const CompileOptions& options) {
  check_function_name(f.name); // before any work
  Plan plan = planned(optimised(*f.graph, options), options);
  CFunction function = c_function(plan, f.name, next_values(*f.graph));
  TSC_CHECK(f.initial.empty() || f.initial.size() == plan.states);
  return {std::move(plan), std::move(function), f.initial};
}

void check_distinct(const std::vector<CProgram>& programs) {
  std::vector<std::string> symbols;
  for (const CProgram& p : programs)
    for (const std::string& symbol : exported_symbols(p)) {
      if (std::find(symbols.begin(), symbols.end(), symbol) != symbols.end())
        throw Error(Diag::DuplicateName, "two functions of the library are named '" + symbol + "'")
            .hint("give one of the graphs another file name");
      symbols.push_back(symbol);
    }
}

std::vector<CProgram> all_lowered(Functions functions, const LibraryOptions& options) {
  TSC_CHECK(!functions.empty());
  std::vector<CProgram> programs;
  for (const LibraryFunction& f : functions)
    programs.push_back(lowered(f, options.compile));
  check_distinct(programs);
  return programs;
}

std::vector<const Graph*> graphs_of(Functions functions) {
  std::vector<const Graph*> graphs;
  for (const LibraryFunction& f : functions)
    graphs.push_back(f.graph);
  return graphs;
}

// What every CPU of the target's kind can run: the wrapper must be able to say that this one cannot
// run the programs.
CpuTarget plainest(const CpuTarget& target) {
  return target.triple.starts_with("x86_64") ? target_named("x86-64") : target;
}

Wrapper wrapper_of(Functions functions, const std::vector<CProgram>& programs,
                   const CpuTarget& target, const std::vector<std::string>& libraries) {
  const MetadataFacts facts = {target.triple, target.cpu, needed_features(target.features),
                               libraries};
  return emit_wrapper(programs,
                      {target.triple + " " + target.cpu,
                       library_metadata(programs, graphs_of(functions), facts), facts.features});
}

struct Parts {
  std::vector<std::string> objects, exports, libraries;
};

std::string data_of(const Wrapper& wrapper, const CpuTarget& target, const std::string& metadata) {
  std::vector<DataSymbol> symbols;
  for (const auto& [name, bytes] : wrapper.data)
    symbols.push_back({name, bytes, 64, name == metadata ? metadata_section : ""});
  return data_object(symbols, target);
}

Parts compiled(Functions functions, const LibraryOptions& options) {
  const std::vector<CProgram> programs = all_lowered(functions, options);
  const CpuTarget target = target_named(options.compile.cpu);
  Parts parts;
  for (const CProgram& p : programs) {
    const Source source = emit_program(p);
    parts.objects.push_back(compile_cpp(source.full(), target));
    if (source.calls_blas) parts.libraries = {"libopenblas.so.0"};
  }
  Wrapper wrapper = wrapper_of(functions, programs, target, parts.libraries);
  parts.objects.push_back(compile_cpp(wrapper.source.full(), plainest(target)));
  parts.objects.push_back(data_of(wrapper, target, metadata_symbol(library_name(programs))));
  parts.exports = std::move(wrapper.exports);
  return parts;
}

} // namespace

std::string library_shared(Functions functions, const LibraryOptions& options) {
  const Parts parts = compiled(functions, options);
  return link_shared(parts.objects, parts.exports, parts.libraries, options.soname);
}

std::string library_object(Functions functions, const LibraryOptions& options) {
  return link_object(compiled(functions, options).objects);
}

std::string library_archive(Functions functions, const LibraryOptions& options) {
  return archive(library_object(functions, options), functions[0].name + ".o");
}

std::string library_header(Functions functions, const LibraryOptions& options) {
  return c_header(all_lowered(functions, options));
}

std::string library_description(Functions functions, const LibraryOptions& options) {
  const std::vector<CProgram> programs = all_lowered(functions, options);
  MetadataFacts facts;
  for (const CProgram& p : programs)
    if (emit_program(p).calls_blas) facts.libraries = {"libopenblas.so.0"};
  return library_metadata(programs, graphs_of(functions), facts);
}

Source library_program(const LibraryFunction& f, const LibraryOptions& options) {
  return emit_program(lowered(f, options.compile));
}

Source library_wrapper(Functions functions, const LibraryOptions& options) {
  const std::vector<CProgram> programs = all_lowered(functions, options);
  return wrapper_of(functions, programs, target_named(options.compile.cpu), {}).source;
}

} // namespace tsc
