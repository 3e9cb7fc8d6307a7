// The prelude: headers of scalar functions (codegen/prelude/*.h) that emitted programs start with.
// They are ordinary files, compiled by the interpreter and by unit tests, and embedded here as
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tsc {

struct PreludeHeader {
  std::string_view name; // "exp.h"
  std::string_view text;
};

// All headers, sorted by name.
const std::vector<PreludeHeader>& prelude_headers();

// The text of `names` and of everything they include, each header once, in dependency order,
// without #include lines. `names` are file names such as "exp.h".
std::string prelude_text(const std::vector<std::string_view>& names);

} // namespace tsc
