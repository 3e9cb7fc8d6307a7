// Values for the size symbols of a graph: "n=3,m=5".
#pragma once

#include "ir/graph.h"

#include <map>
#include <string>

namespace tsc::cli {

// Numbers by name. Throws UsageError; `what` names the option.
std::map<std::string, int64_t> numbers_by_name(const std::string& text, const std::string& what);

// Throws UnknownName where no input or state has a size of one of these names.
void check_symbols(const Graph& graph, const std::map<std::string, int64_t>& sizes);

} // namespace tsc::cli
