#include "compiler/library.h"

#include "codegen/c_header.h"
#include "compiler/cache_use.h"
#include "compiler/in_parallel.h"
#include "compiler/metadata.h"
#include "compiler/program.h"
#include "ir/key.h"
#include "passes/sizes.h"
#include "runtime/program_symbols.h"
#include "support/hash.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <fmt/ranges.h>

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

// A function ready to be emitted, and the key of its graph.
struct Lowered {
  CProgram program;
  std::string graph;
};

// As compile() does it: names of sizes and the order of nodes change nothing, and errors are told
// in the user's words.
Lowered lowered(const LibraryFunction& f, const CompileOptions& options) {
  check_function_name(f.name); // before any work
  options.enter("key");
  Canonical asked = canonical(*f.graph);
  check_sizes(asked.graph);
  const Graph renamed = with_numbered_locations(with_key_sizes(asked));
  Plan plan = planned(optimised(renamed, options), options);
  Plan words = in_words_of(asked.graph, index_checks_of(plan));
  CFunction function = c_function(words, f.name, next_values(asked.graph));
  TSC_CHECK(f.initial.empty() || f.initial.size() == plan.states);
  return {{std::move(plan), std::move(words), std::move(function), f.initial},
          std::move(asked.key)};
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

struct Library {
  std::vector<CProgram> programs;
  std::vector<std::string> graphs; // their keys
};

Library all_lowered(Functions functions, const LibraryOptions& options) {
  TSC_CHECK(!functions.empty());
  Library library;
  for (const LibraryFunction& f : functions) {
    Lowered one = lowered(f, options.compile);
    library.programs.push_back(std::move(one.program));
    library.graphs.push_back(std::move(one.graph));
  }
  check_distinct(library.programs);
  return library;
}

// What every CPU of the target's kind can run: the wrapper must be able to say that this one cannot
// run the programs.
CpuTarget plainest(const CpuTarget& target) {
  return target.triple.starts_with("x86_64") ? target_named("x86-64") : target;
}

Wrapper wrapper_of(const Library& library, const CpuTarget& target,
                   const std::vector<std::string>& libraries) {
  const MetadataFacts facts = {target.triple, target.cpu, needed_features(target.features),
                               libraries};
  return emit_wrapper(library.programs,
                      {target.triple + " " + target.cpu,
                       library_metadata(library.programs, library.graphs, facts), facts.features});
}

struct Parts {
  std::vector<std::string> objects, exports, libraries;
};

// An object that Clang makes, unless the cache has it. The plan is needed for the wrapper in any
// case, so that the whole source can be part of the key.
class ClangObject {
public:
  ClangObject(std::string source, const ObjectKey& key, Effort effort,
              const CompileOptions& options)
      : source_(std::move(source)), target_(key.target), effort_(effort),
        cache_(key_material(with_source(key), options), options, report_) {
    if (auto entry = cache_.find()) object_ = std::move(entry->object);
  }
  ClangObject(const ClangObject&) = delete; // cache_ points to report_

  bool found() const { return !object_.empty(); }
  void compile() { // may be called on any thread
    const auto begin = std::chrono::steady_clock::now();
    object_ = compile_cpp(source_, target_, Emit::Object, effort_);
    const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - begin;
    report_.toolchain_ms = ms.count();
  }
  void keep() { cache_.keep({"", "{}", source_, object_}, report_.toolchain_ms); }

  const std::string& object() const { return object_; }
  const CompileReport& report() const { return report_; }

private:
  ObjectKey with_source(ObjectKey key) const {
    key.source = sha256(source_).hex();
    return key;
  }

  const std::string source_;
  const CpuTarget target_;
  const Effort effort_;
  CompileReport report_;
  CacheUse cache_;
  std::string object_;
};

void compile_missing(std::deque<ClangObject>& objects, const CompileOptions& options) {
  std::vector<ClangObject*> missing;
  for (ClangObject& object : objects)
    if (!object.found()) missing.push_back(&object);
  if (missing.empty()) return;
  options.enter("clang");
  in_parallel(missing.size(), [&](size_t i) { missing[i]->compile(); });
  if (options.cache) options.enter("cache");
  for (ClangObject* object : missing)
    object->keep();
}

std::string data_of(const Wrapper& wrapper, const CpuTarget& target, const std::string& metadata) {
  std::vector<DataSymbol> symbols;
  for (const auto& [name, bytes] : wrapper.data)
    symbols.push_back({name, bytes, 64, name == metadata ? metadata_section : ""});
  return data_object(symbols, target);
}

Parts compiled(Functions functions, const LibraryOptions& options) {
  const Library library = all_lowered(functions, options);
  const std::string name = library_name(library.programs);
  const CpuTarget target = target_named(options.compile.cpu), plain = plainest(target);
  options.compile.enter("emit");
  Parts parts;
  std::vector<std::string> sources;
  for (const CProgram& p : library.programs) {
    const Source source = emit_program(p);
    sources.push_back(source.full());
    if (source.calls_blas) parts.libraries = {blas_library};
  }
  Wrapper wrapper = wrapper_of(library, target, parts.libraries);

  if (options.compile.cache) options.compile.enter("cache");
  std::deque<ClangObject> objects;
  for (size_t i = 0; i < sources.size(); ++i)
    objects.emplace_back(
        std::move(sources[i]),
        ObjectKey{"library program", library.graphs[i], target, library.programs[i].function.name},
        Effort::Full, options.compile);
  const std::string all_graphs = fmt::format("{}", fmt::join(library.graphs, ""));
  objects.emplace_back(wrapper.source.full(), ObjectKey{"library wrapper", all_graphs, plain, name},
                       Effort::Plain, options.compile);
  compile_missing(objects, options.compile);

  for (size_t i = 0; i < objects.size(); ++i) {
    parts.objects.push_back(objects[i].object());
    if (options.made)
      options.made(i < functions.size() ? functions[i].name : "wrapper", objects[i].report());
  }
  options.compile.enter("data");
  parts.objects.push_back(data_of(wrapper, target, metadata_symbol(name)));
  options.compile.enter("link");
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
  return c_header(all_lowered(functions, options).programs);
}

std::string library_description(Functions functions, const LibraryOptions& options) {
  const Library library = all_lowered(functions, options);
  MetadataFacts facts;
  for (const CProgram& p : library.programs)
    if (emit_program(p).calls_blas) facts.libraries = {blas_library};
  return library_metadata(library.programs, library.graphs, facts);
}

Source library_program(const LibraryFunction& f, const LibraryOptions& options) {
  return emit_program(lowered(f, options.compile).program);
}

Source library_wrapper(Functions functions, const LibraryOptions& options) {
  const Library library = all_lowered(functions, options);
  return wrapper_of(library, target_named(options.compile.cpu), {}).source;
}

} // namespace tsc
