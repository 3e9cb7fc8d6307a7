#include "compiler/library.h"

#include "codegen/library.h"
#include "compiler/toolchain.h"

#include <algorithm>

namespace tsc {

namespace {

// For each state, which output is its next value.
std::vector<std::optional<size_t>> updated_states(const Graph& graph) {
  std::vector<std::optional<size_t>> result(graph.states().size());
  for (size_t u = 0; u < graph.updates.size(); ++u)
    for (size_t s = 0; s < graph.states().size(); ++s)
      if (graph.updates[u].state == graph.states()[s]) result[s] = graph.outputs.size() + u;
  return result;
}

struct Lowered {
  Plan plan;
  CFunction function;
};

Lowered lowered(const LibraryFunction& f, const CompileOptions& options) {
  check_function_name(f.name); // before any work
  Plan plan = planned(optimised(*f.graph, options), options);
  CFunction function = c_function(plan, f.name, updated_states(*f.graph));
  return {std::move(plan), std::move(function)};
}

std::string guard_of(const std::string& name) {
  std::string guard = "TSC_" + name + "_H";
  std::transform(guard.begin(), guard.end(), guard.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return guard;
}

void check_distinct(const std::vector<LibraryFunction>& functions) {
  for (size_t i = 0; i < functions.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (functions[i].name == functions[j].name)
        throw Error(Diag::DuplicateName, "two functions of the library are named '" +
                                             printable(functions[i].name) + "'");
}

std::vector<Lowered> all_lowered(const std::vector<LibraryFunction>& functions,
                                 const CompileOptions& options) {
  TSC_CHECK(!functions.empty());
  check_distinct(functions);
  std::vector<Lowered> all;
  for (const LibraryFunction& f : functions)
    all.push_back(lowered(f, options));
  return all;
}

std::string header_of(const std::vector<Lowered>& all) {
  std::vector<std::pair<const Plan*, CFunction>> declarations;
  for (const Lowered& l : all)
    declarations.emplace_back(&l.plan, l.function);
  return c_header(declarations, guard_of(all[0].function.name));
}

} // namespace

Source library_source(const LibraryFunction& f, const CompileOptions& options) {
  const Lowered l = lowered(f, options);
  return emit_library(l.plan, l.function);
}

std::string library_header(const std::vector<LibraryFunction>& functions,
                           const CompileOptions& options) {
  return header_of(all_lowered(functions, options));
}

Library compile_library(const std::vector<LibraryFunction>& functions,
                        const CompileOptions& options) {
  const std::vector<Lowered> all = all_lowered(functions, options);
  const CpuTarget target = options.cpu == "native" ? host_target() : target_named(options.cpu);
  std::vector<std::string> objects, exports, libraries;
  for (const Lowered& l : all) {
    const Source source = emit_library(l.plan, l.function);
    objects.push_back(compile_cpp(source.full(), target));
    std::vector<std::string> names;
    std::vector<DataSymbol> data;
    for (const PlanConstant& c : l.plan.constants)
      if (!c.embedded) names.push_back(constant_symbol(l.function.name, names.size()));
    size_t next = 0;
    for (const PlanConstant& c : l.plan.constants)
      if (!c.embedded) data.push_back({names[next++], c.value.bytes(), 64});
    if (!data.empty()) objects.push_back(data_object(data, target));
    exports.push_back(l.function.name);
    if (source.calls_blas && libraries.empty()) libraries.push_back("libopenblas.so.0");
  }
  return {link_shared(objects, exports, libraries), header_of(all)};
}

} // namespace tsc
