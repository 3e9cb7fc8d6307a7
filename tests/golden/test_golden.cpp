// Whole emitted programs, compared with the files beside the graphs: NAME.tsc gives NAME.plan.txt,
// NAME.cpp.txt and NAME.cuda.txt. TSC_UPDATE=1 rewrites them; the change is then reviewed as a
// diff.
#include "compiler/compile.h"
#include "ir/parse.h"
#include "passes/lower.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/contains.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace tsc;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> graphs() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(TSC_SOURCE_DIR) / "tests/golden"))
    if (entry.path().extension() == ".tsc") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

void compare(fs::path file, const char* extension, const std::string& got) {
  file.replace_extension(extension);
  if (std::getenv("TSC_UPDATE")) write_file(file, got);
  INFO(file.filename().string());
  const std::string wanted = fs::exists(file) ? read_file(file) : "";
  const auto [a, b] = std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end());
  INFO("first difference: ..." << std::string(a, got.end()).substr(0, 200));
  CHECK((a == got.end() && b == wanted.end()));
}

} // namespace

TEST_CASE("emitted programs are the golden ones") {
  REQUIRE(graphs().size() >= 5);
  for (const fs::path& path : graphs()) {
    const GraphFile file = load_graph(path);
    LowerOptions options; // not what this build can link: goldens are the same everywhere
    const Plan plan = lower(optimised(file.graph), options);
    compare(path, ".plan.txt", print(plan));
    compare(path, ".cpp.txt", emit(plan, cpp).text);
    compare(path, ".cuda.txt", emit(lower(optimised(file.graph), for_grid), cuda).text);
  }
}

TEST_CASE("nothing a user wrote reaches the emitted text") {
  const std::string evil = "tsc 1\n"
                           "input x \"\\\"); system(\\\"id\\\"); //\": f32[n]\n"
                           "y = exp(x)\n"
                           "output \"*/ #include </etc/passwd>\" = y\n";
  const Graph graph = parse(evil, "*/ evil.tsc").graph;
  for (const Dialect& dialect : {cpp, cuda}) {
    const std::string text = emit(planned(optimised(graph)), dialect).full();
    CHECK(!contains(text, "system"));
    CHECK(!contains(text, "passwd"));
    CHECK(!contains(text, "evil"));
  }
}

TEST_CASE("the same graph gives the same text") {
  for (const fs::path& path : graphs()) {
    const GraphFile a = load_graph(path), b = load_graph(path);
    CHECK(emitted(planned(optimised(a.graph))).full() ==
          emitted(planned(optimised(b.graph))).full());
  }
}
