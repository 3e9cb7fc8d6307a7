// Ahead of time: graphs as C functions (docs/abi.md) in a shared library, object or archive that
// needs libc and libm alone (and BLAS where a graph calls it).
#pragma once

#include "codegen/wrapper.h"
#include "compiler/compile.h"

#include <span>
#include <string>
#include <vector>

namespace tsc {

struct LibraryFunction {
  std::string name; // of the exported C function
  const Graph* graph = nullptr;
  std::vector<StateInit> initial{}; // of all states, or empty: then the caller must know them
};

struct LibraryOptions {
  CompileOptions compile{};
  std::string soname{}; // by which programs find the shared library; "": by its path
  // Called for each object that was compiled or found in the cache: those of functions under their
  // names, and that of what is around them. On the caller's thread.
  std::function<void(const std::string& object, const CompileReport&)> made = nullptr;
};

using Functions = std::span<const LibraryFunction>;

// All are deterministic: same graphs and options, same bytes, from the cache or not, on any number
// of threads (thread_count() at most). They throw Error for names that C
// cannot have (BadName) or that clash (DuplicateName), for graphs that cannot be compiled, and
// BadTarget.
std::string library_shared(Functions functions, const LibraryOptions& options = {});
std::string library_object(Functions functions, const LibraryOptions& options = {});  // .o
std::string library_archive(Functions functions, const LibraryOptions& options = {}); // .a

// The header for C and C++: nothing is compiled.
std::string library_header(Functions functions, const LibraryOptions& options = {});

// The description in JSON (compiler/metadata.h) without a target: nothing is compiled.
std::string library_description(Functions functions, const LibraryOptions& options = {});

// The sources: the program of one function, and the wrapper around all.
Source library_program(const LibraryFunction& function, const LibraryOptions& options = {});
Source library_wrapper(Functions functions, const LibraryOptions& options = {});

} // namespace tsc
