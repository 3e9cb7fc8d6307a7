// Ahead of time: graphs as C functions in a shared library that needs libc and libm alone (and BLAS
// where a graph calls it).
#pragma once

#include "compiler/compile.h"

#include <string>
#include <vector>

namespace tsc {

struct LibraryFunction {
  std::string name; // of the exported C function
  const Graph* graph;
};

struct Library {
  std::string object; // the .so file's bytes
  std::string header; // C and C++
};

// Deterministic: same graphs and options, same bytes. Throws Error for names that C cannot have,
// graphs that cannot be compiled, BadTarget.
Library compile_library(const std::vector<LibraryFunction>& functions,
                        const CompileOptions& options = {});

// Just the header: nothing is compiled.
std::string library_header(const std::vector<LibraryFunction>& functions,
                           const CompileOptions& options = {});

// The source that compile_library compiles for one function.
Source library_source(const LibraryFunction& function, const CompileOptions& options = {});

} // namespace tsc
