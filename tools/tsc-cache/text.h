// How numbers, times and JSON are printed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tsc::cache_cli {

using Json = nlohmann::ordered_json;

std::string size_text(uint64_t bytes);  // "1.5 KiB"
std::string time_text(int64_t seconds); // "2026-08-01 12:30", local time
std::string duration_text(uint64_t ms); // "350 ms", "12.5 s", "1 h 52 min"
std::string count_text(uint64_t n, std::string_view one, std::string_view many); // "2 entries"

// One line of JSON; the number of the schema comes last. Bytes that are no UTF-8 are replaced.
void print_json(Json object);

// What stands in an entry as JSON text; null where it is none.
Json json_or_null(std::string_view text);

} // namespace tsc::cache_cli
