// What the programs say where a build names them otherwise: the file is compiled here as such a
// build would.
#undef TSC_TOOL_NAME
#define TSC_TOOL_NAME "tensorc"
#include "tools/common/program_name.cpp"

#include "tests/catch.h"

using namespace tsc::cli;

TEST_CASE("texts name the programs as the build does, and leave all else") {
  CHECK(tool_name() == "tensorc");
  CHECK(cache_name() == "tensorc-cache");
  const std::pair<const char*, const char*> texts[] = {
      {"hint: 'tsc ops' lists all", "hint: 'tensorc ops' lists all"},
      {"  tsc run m.tsc\n  tsc --help", "  tensorc run m.tsc\n  tensorc --help"},
      {"tsc compile m.tsc --emit=key | tsc-cache why --key -",
       "tensorc compile m.tsc --emit=key | tensorc-cache why --key -"},
      {"source <(tsc-cache completions bash)", "source <(tensorc-cache completions bash)"},
      {"tsc\\-cache list", "tensorc\\-cache list"},
      {"begin with the line 'tsc 1'", "begin with the line 'tsc 1'"},
      {"#include <tsc/tsc.h> and ~/.cache/tsc or model.tsc is a file",
       "#include <tsc/tsc.h> and ~/.cache/tsc or model.tsc is a file"}};
  for (const auto& [text, named] : texts)
    CHECK(with_tool_names(text) == named);
}
