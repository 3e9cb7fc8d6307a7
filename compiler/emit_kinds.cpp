#include "compiler/emit_kinds.h"

#include "codegen/dialect.h"
#include "compiler/cuda.h"
#include "compiler/toolchain.h"
#include "ir/print.h"

namespace tsc {

namespace {

const Graph& only(Functions functions) {
  TSC_CHECK(functions.size() == 1);
  return *functions[0].graph;
}

std::string graph(Functions f, const LibraryOptions&) { return print(only(f)); }

std::string optimised_graph(Functions f, const LibraryOptions& options) {
  return print(optimised(only(f), options.compile));
}

std::string plan(Functions f, const LibraryOptions& options) {
  return print(planned(optimised(only(f), options.compile), options.compile));
}

std::string cpp_source(Functions f, const LibraryOptions& options) {
  return library_program(f[0], options).full();
}

std::string wrapper_source(Functions f, const LibraryOptions& options) {
  return library_wrapper(f, options).full();
}

std::string cuda_source(Functions f, const LibraryOptions& options) {
  return emit(planned_for_grid(optimised(only(f), options.compile), options.compile), cuda).full();
}

template <CudaForm form>
std::string gpu_code(Functions f, const LibraryOptions& options) {
  return cuda_object(cuda_source(f, options), form, options.compile).code;
}

std::string gpu_report(Functions f, const LibraryOptions& options) {
  return text(cuda_object(cuda_source(f, options), CudaForm::Cubin, options.compile).kernels);
}

template <Emit kind>
std::string machine_code(Functions f, const LibraryOptions& options) {
  return compile_cpp(library_program(f[0], options).full(), target_named(options.compile.cpu),
                     kind);
}

std::string key(Functions f, const LibraryOptions& options) {
  return cache_key(only(f), options.compile);
}

} // namespace

const std::vector<EmitKind>& all_emit_kinds() {
  static const std::vector<EmitKind> kinds = {
      {"graph", "the graph as it was read", true, false, graph},
      {"key", "the cache's key: all that can change a program", true, false, key},
      {"optimised-graph", "behind the last pass", true, false, optimised_graph},
      {"plan", "kernels, buffers, checks and steps", true, false, plan},
      {"cpp", "the C++ source that Clang compiles", true, false, cpp_source},
      {"wrapper", "the C++ source of the C functions around it", true, true, wrapper_source},
      {"cuda", "the same kernels in CUDA C", true, false, cuda_source},
      {"ptx", "portable assembly for GPUs, by NVRTC", true, false, gpu_code<CudaForm::Ptx>},
      {"cubin", "machine code for --gpu", false, false, gpu_code<CudaForm::Cubin>},
      {"gpu-report", "registers, shared memory and spills of each CUDA kernel", true, false,
       gpu_report},
      {"llvm-ir", "LLVM's intermediate code, optimised", true, false, machine_code<Emit::LlvmIr>},
      {"asm", "assembly", true, false, machine_code<Emit::Assembly>},
      {"header", "declarations for C and C++", true, true, library_header},
      {"obj", "an object file with all of it", false, true, library_object},
      {"a", "a static archive of that", false, true, library_archive},
      {"lib", "the shared library", false, true, library_shared},
  };
  return kinds;
}

const EmitKind* emit_kind_named(std::string_view name) {
  for (const EmitKind& kind : all_emit_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

} // namespace tsc
