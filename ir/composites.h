// Functions of the graph language: everything that can be called by name in a graph file or listed
// by `tsc ops`, apart from plain elementwise ops. A row says the parameters; `build` makes the
// nodes. Composites (var, gelu, layer_norm, matmul ...) exist only here: they are ordinary
// arithmetic over ops.
#pragma once

#include "ir/build.h"

#include <span>
#include <variant>

namespace tsc {

enum class ParamType : uint8_t { Operand, Operands, Int, Ints, Number, Flag, DTypeName, Dims };

// Alternatives in the order of ParamType, then "not given", which just the fallback of an optional
// parameter may be. Dims may hold the number -1 where the function allows it.
using Argument = std::variant<Value, std::vector<Value>, int64_t, IntList, double, bool, DType,
                              Shape, std::monostate>;

struct Param {
  const char* name;
  ParamType type;
  std::optional<Argument> fallback{}; // without one the argument must be given
};

struct FunctionRow {
  const char* name;
  const char* doc;
  std::vector<Param> params;
  // `args` has one entry per parameter. `graph` is for functions without operands.
  Value (*build)(Graph& graph, std::span<const Argument> args);
};

const std::vector<FunctionRow>& all_functions(); // sorted by name
const FunctionRow* function_named(std::string_view name);

} // namespace tsc
