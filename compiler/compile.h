// From a graph to something that runs. The pipeline reads top to bottom in compile.cpp:
//
//   Graph -- key --> cache hit? ------------------------------> Object
//   Graph -- optimise --> Graph -- lower --> Plan -- emit --> Source -- Clang --> Object -->
//   Executable
//
// All functions are thread-safe and change nothing of the caller's world.
#pragma once

#include "codegen/emit.h"
#include "ir/graph.h"
#include "ir/plan.h"
#include "passes/lower.h"
#include "passes/pass.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/loader.h"

#include <memory>
#include <string>

namespace tsc {

struct CompileOptions {
  Device device = Device::cpu(); // where what compile() makes runs
  std::string cpu = "native";    // or a name that LLVM knows
  std::string gpu = "sm_80";     // for CUDA code: an architecture that NVRTC knows
  bool optimise = true;          // false: only what is needed to run (stabilise and expand)
  bool strict = false;           // keep what infinities and NaNs give: x - x is not always 0
  LowerOptions lower;            // how kernels are chosen; `blas` also asks whether BLAS is there
  bool cache = true;             // use the kernel cache as the settings say
  bool explain_cache = false;    // say in the report whether the cache has it, and why not
  std::function<void(const Pass&, const Graph&)> after = nullptr; // called after every pass
  // Called as each phase begins, on the caller's thread: "key", "cache", "optimise", "lower",
  // "emit", "clang", "load"; of a library also "link"; of CUDA code "nvrtc".
  std::function<void(const char* phase)> entering = nullptr;

  void enter(const char* phase) const {
    if (entering) entering(phase);
  }
};

// What a compilation did; times are milliseconds.
struct CompileReport {
  bool cache_hit = false;
  std::string key;           // the digest under which the cache files it
  std::string cache_problem; // why the cache could not be used, for the caller to show once; or ""
  std::string cache_explained; // lines for the user, if asked for
  double key_ms = 0, optimise_ms = 0, lower_ms = 0, emit_ms = 0, toolchain_ms = 0, load_ms = 0;
};

// The stages one by one, for `--emit` and tests.
Graph optimised(const Graph& graph, const CompileOptions& options = {});
Plan planned(const Graph& optimised_graph, const CompileOptions& options = {},
             LowerTrace* trace = nullptr);
Source emitted(const Plan& plan); // C++

// The text under whose digest the cache files the program: everything that can change the object.
std::string cache_key(const Graph& graph, const CompileOptions& options = {});

// Compiles and loads. Throws Error for a graph that cannot be compiled (unbound size, unknown CPU);
// NoExecutableMemory; NoDevice.
std::shared_ptr<const Executable> compile(const Graph& graph, const CompileOptions& options = {},
                                          CompileReport* report = nullptr);

// What to say, in one line, when the graph is interpreted because of that.
std::string interpreted_instead(const NoExecutableMemory& error);

} // namespace tsc
