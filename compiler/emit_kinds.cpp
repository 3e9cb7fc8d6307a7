#include "compiler/emit_kinds.h"

#include "codegen/dialect.h"
#include "compiler/toolchain.h"
#include "ir/print.h"

namespace tsc {

namespace {

using Functions = std::span<const LibraryFunction>;

const Graph& only(Functions functions) {
  TSC_CHECK(functions.size() == 1);
  return *functions[0].graph;
}

CpuTarget target_of(const CompileOptions& options) { return target_named(options.cpu); }

std::string graph(Functions f, const CompileOptions&) { return print(only(f)); }

std::string optimised_graph(Functions f, const CompileOptions& options) {
  return print(optimised(only(f), options));
}

std::string plan(Functions f, const CompileOptions& options) {
  return print(planned(optimised(only(f), options), options));
}

std::string cpp_source(Functions f, const CompileOptions& options) {
  return library_source(f[0], options).full();
}

std::string cuda_source(Functions f, const CompileOptions& options) {
  return emit(planned(optimised(only(f), options), options), cuda).full();
}

template <Emit kind>
std::string machine_code(Functions f, const CompileOptions& options) {
  return compile_cpp(library_source(f[0], options).full(), target_of(options), kind);
}

std::string header(Functions f, const CompileOptions& options) {
  return library_header({f.begin(), f.end()}, options);
}

std::string key(Functions f, const CompileOptions& options) { return cache_key(only(f), options); }

std::string shared_object(Functions f, const CompileOptions& options) {
  return compile_library({f.begin(), f.end()}, options).object;
}

} // namespace

const std::vector<EmitKind>& all_emit_kinds() {
  static const std::vector<EmitKind> kinds = {
      {"graph", "the graph as it was read", true, false, graph},
      {"key", "the cache's key: all that can change a program", true, false, key},
      {"optimised-graph", "behind the last pass", true, false, optimised_graph},
      {"plan", "kernels, buffers, checks and steps", true, false, plan},
      {"cpp", "the C++ source that Clang compiles", true, false, cpp_source},
      {"cuda", "the same kernels in CUDA C", true, false, cuda_source},
      {"llvm-ir", "LLVM's intermediate code, optimised", true, false, machine_code<Emit::LlvmIr>},
      {"asm", "assembly", true, false, machine_code<Emit::Assembly>},
      {"obj", "the object file, without large constants", false, false, machine_code<Emit::Object>},
      {"header", "declarations for C and C++", true, true, header},
      {"lib", "the shared library", false, true, shared_object},
  };
  return kinds;
}

const EmitKind* emit_kind_named(std::string_view name) {
  for (const EmitKind& kind : all_emit_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

} // namespace tsc
