// What a library says about itself as JSON: functions, arguments, target. It stands in the section
// .tsc.meta of the file, where `tsc describe` reads it without loading anything.
#pragma once

#include "codegen/wrapper.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsc {

inline constexpr const char* metadata_section = ".tsc.meta";

struct MetadataFacts {
  std::string triple, cpu; // "" where nothing was compiled
  std::vector<CpuFeature> features;
  std::vector<std::string> libraries; // sonames needed besides libc and libm
};

// One line, deterministic. `graphs[i]` is the key (ir/key.h) of what `programs[i]` was made of.
std::string library_metadata(std::span<const CProgram> programs,
                             std::span<const std::string> graphs, const MetadataFacts& facts);

// What a library, object or archive says: a line of JSON for each library in it. Takes any bytes:
// throws Error(BadLibrary) for what is no such file, is cut short or damaged, or was not made by
// tsc.
std::vector<std::string> metadata_in(std::string_view file);

// The same for people. `json` is a line that metadata_in or library_metadata gave; another throws
// Error(BadLibrary).
std::string metadata_text(std::string_view json);

} // namespace tsc
