// A compiled program apart from the graph it came from: what the cache keeps. Names and source
// lines are not part of it: they are those of the graph at hand, so that renaming a variable is no
// reason to recompile.
#pragma once

#include "cache/entry.h"
#include "ir/graph.h"
#include "ir/plan.h"
#include "runtime/array.h"
#include "runtime/manifest.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tsc {

struct Program {
  struct IndexCheck {
    std::string message;
    size_t node = 0; // number of the user's node in the key's order, from 1; 0: none
  };

  std::string object;
  std::string source;
  std::vector<IndexCheck> index_checks; // behind the checks of sizes
  std::vector<std::string> constants;   // digests of those that the graph hands over
  std::vector<std::string> libraries;   // sonames
};

// `graph`, in the key's order (ir/key.h), with each node's location replaced by its number, so that
// a program can name nodes of any graph of this structure.
Graph with_numbered_locations(const Graph& graph);

// The checks of indices of a plan that was made of such a graph.
std::vector<Program::IndexCheck> index_checks_of(const Plan& plan);

// The ports, sizes and checks of the plan with these checks that the graph became, in the user's
// words: names and lines. `graph` is in the key's order. Throws Error for sizes that cannot be
// known.
Plan in_words_of(const Graph& graph, std::span<const Program::IndexCheck> index_checks);

Program make_program(const Plan& plan, std::string source, std::string object, bool calls_blas);

Entry to_entry(const Program& program); // without a key
// None when the entry's metadata is not ours.
std::optional<Program> from_entry(Entry entry);

// What running the program needs of the graph that was asked for, in the key's order.
Manifest manifest_of(const Program& program, const Graph& graph);
std::vector<Array> constants_of(const Program& program, const Graph& graph);

} // namespace tsc
