// What our programs are called. A build may give them other names than tsc and tsc-cache
// (TSC_TOOL_NAME), for a system where the TypeScript compiler is tsc.
#pragma once

#include <string>
#include <string_view>

namespace tsc::cli {

std::string tool_name();  // "tsc"
std::string cache_name(); // "tsc-cache"

// Texts call the programs tsc and tsc-cache; here with their names: "'tsc ops' lists all" becomes
// "'tensorc ops' lists all". "tsc 1", which begins a graph file, stays.
std::string with_tool_names(std::string_view text);

// The path of `program` in the folder of the running one.
std::string beside_us(const std::string& program);

} // namespace tsc::cli
