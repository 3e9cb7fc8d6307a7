// `name=value` and `name=file` of `tsc run`, checked against the graph.
#pragma once

#include "ir/graph.h"
#include "runtime/array.h"

#include <optional>
#include <string>
#include <vector>

namespace tsc::cli {

// The graph's inputs, in order, from "x=[1, 2]" and "x=@file.npy". Throws UnknownName,
// ArgumentCount, MissingInput, BadValue, and what reading files throws.
std::vector<Array> arguments(const Graph& graph, const std::vector<std::string>& given);

// The same with nothing for an input that is not given.
std::vector<std::optional<Array>> some_arguments(const Graph& graph,
                                                 const std::vector<std::string>& given);

// Which file each output goes to, from "y=file.npy", or "file.npy" where there is one output; ""
// where it is printed. Throws UnknownName, ArgumentCount.
std::vector<std::string> output_files(const Graph& graph, const std::vector<std::string>& given);

} // namespace tsc::cli
