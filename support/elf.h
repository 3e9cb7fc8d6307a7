// Sections of object files and libraries, found without loading or running anything. For any bytes:
// every offset is checked before it is followed.
#pragma once

#include <string_view>
#include <vector>

namespace tsc {

// Is it an ELF file or an archive (.a), by its first bytes?
bool is_binary(std::string_view file);

// The contents of all sections of this name: of a 64-bit little-endian ELF file, or of all such
// files in an archive. They point into `file`. Throws Error(BadLibrary) that says what is wrong
// with the file, but not its name.
std::vector<std::string_view> sections_named(std::string_view file, std::string_view name);

} // namespace tsc
