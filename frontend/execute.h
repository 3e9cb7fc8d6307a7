// How a graph runs: the one place of frontend/ that knows. Internal to frontend/.
#pragma once

#include "frontend/function.h"
#include "ir/graph.h"

namespace tsc::frontend {

// A graph made ready to run, once. Immutable and thread-safe.
class Execution {
public:
  virtual ~Execution() = default;
  // `arguments` are the graph's inputs, then its states, of the declared dtypes and ranks. Returns
  // the outputs, then the next value of each state: new arrays. Throws ArgumentType, ArgumentShape,
  // IndexRange, OutOfMemory.
  virtual std::vector<Array> run(std::span<const Array> arguments) const = 0;
};

struct Prepared {
  std::shared_ptr<const Execution> execution;
  std::string warning; // one line, or "": see Function::warning
};
Prepared prepare(const Graph& graph, const FunctionOptions& options);

} // namespace tsc::frontend
