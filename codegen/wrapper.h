// A library's C functions as source text: the programs, and one wrapper around all of them that
// checks, finds memory and puts errors into words (codegen/prelude/wrapper.h does it, by the tables
// written here). No text of the user's is in the source: it is data, handed over beside it.
#pragma once

#include "codegen/c_function.h"
#include "codegen/cpu_features.h"
#include "codegen/emit.h"
#include "ir/parse.h"

#include <span>

namespace tsc {

// One function of a library.
struct CProgram {
  Plan plan;
  Plan words; // ports, sizes and checks of `plan` as the user named them; nothing else
  CFunction function;
  std::vector<StateInit> initial; // of every state, or empty: then the caller must know
};

// All that a library exports for it.
std::vector<std::string> exported_symbols(const CProgram& program);

// The bytes of workspace that each call takes, where no size is left open.
std::optional<int64_t> fixed_workspace(const CProgram& program);

// The program of one function: kernels, and hidden tsc_run_NAME.
Source emit_program(const CProgram& program);

struct WrapperFacts {
  std::string target;   // "x86_64-unknown-linux-gnu znver4"
  std::string metadata; // one line of JSON
  std::vector<CpuFeature> features;
};

// The wrapper, and the symbols that it expects, hidden, with their bytes.
struct Wrapper {
  Source source;
  std::vector<std::pair<std::string, std::string>> data;
  std::vector<std::string> exports;
};
Wrapper emit_wrapper(std::span<const CProgram> programs, const WrapperFacts& facts);

// The library's name, after which its query function is called: that of its first function.
std::string library_name(std::span<const CProgram> programs);
std::string metadata_symbol(const std::string& library);

} // namespace tsc
