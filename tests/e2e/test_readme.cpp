// README.md as a new user follows it: its files are written, its commands run in order, and what
// they print is what it shows. A fenced block begins with its language and, where it is a file, a
// name:
// "```tsc model.tsc". In "console" blocks a line "$ ..." is a command and the lines behind it are
// its output; "..." stands for any text. Blocks of neither form are not run, and said to be so.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::test;

namespace {

const fs::path built = fs::path(TSC_BINARY_DIR);

struct Block {
  std::string language, name, text;
  int line;
};

std::vector<Block> blocks_of(const std::string& markdown) {
  std::vector<Block> blocks;
  std::istringstream lines(markdown);
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside;
      if (!inside) continue;
      const size_t space = std::min(line.find(' '), line.size());
      blocks.push_back(
          {line.substr(3, space - 3), line.substr(std::min(space + 1, line.size())), "", number});
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

// A program of C++ was built with the tests; all other files are written.
void make_file(Place& place, const Block& block) {
  place.file(block.name, block.text);
  const fs::path stem = fs::path(block.name).stem();
  if (block.language == "cpp") fs::create_symlink(built / "readme" / stem, place.path / stem);
}

// Whether `text` is `shown`, in which "..." stands for any text.
bool matches(std::string_view text, std::string_view shown) {
  for (bool first = true;; first = false) {
    const size_t gap = shown.find("...");
    const std::string_view part = shown.substr(0, gap);
    const bool last = gap == std::string_view::npos;
    if (first && last) return text == part;
    const size_t at = first ? (text.starts_with(part) ? 0 : text.npos)
                            : (last ? text.rfind(part) : text.find(part));
    if (at == text.npos) return false;
    text.remove_prefix(at + part.size());
    if (last) return text.empty();
    shown.remove_prefix(gap + 3);
  }
}

// A shell for the whole page: what one command defines, later ones use.
class Session {
public:
  explicit Session(Place& place) : place_(place) {}

  void run(const Block& block) {
    std::istringstream lines(block.text);
    std::string command, shown;
    const auto flush = [&] {
      if (!command.empty()) check(command, shown, block.line);
      shown.clear();
    };
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("$ ")) {
        shown += line + "\n";
        continue;
      }
      flush();
      command = line.substr(2);
    }
    flush();
  }

private:
  void check(const std::string& command, const std::string& shown, int line) {
    const bool defines = contains(command, "() {");
    const std::string script =
        "PATH=" + built.string() + ":$PATH\n" + definitions_ + "exec 2>&1\n" + command + "\n";
    if (defines) definitions_ += command + "\n";
    const Output output = place_.run({"sh", "-c", script});
    INFO("README.md, block of line " << line << "\n$ " << command << "\nshown:\n" << shown);
    INFO(output);
    CHECK(output.status == 0);
    CHECK(matches(output.out, shown));
  }

  Place& place_;
  std::string definitions_;
};

} // namespace

TEST_CASE("what the front page shows is what happens") {
  NEEDS_JIT();
  Place place;
  fs::create_directory_symlink(fs::path(TSC_SOURCE_DIR) / "examples", place.path / "examples");
  Session session(place);
  int ran = 0;
  for (const Block& block : blocks_of(read_file(fs::path(TSC_SOURCE_DIR) / "README.md"))) {
    if (!block.name.empty()) make_file(place, block);
    if (block.language == "console")
      session.run(block), ++ran;
    else if (block.name.empty() || block.language == "cmake")
      WARN("README.md:" << block.line << ": not run:\n" << block.text);
  }
  CHECK(ran >= 8);
}

TEST_CASE("dots in what is shown stand for any text") {
  CHECK(matches("a\nb\n", "a\nb\n"));
  CHECK(!matches("a\nb\n", "a\n"));
  CHECK(matches("a\nb\nc\n", "a\n...\nc\n"));
  CHECK(matches("a 12 b", "a ... b"));
  CHECK(matches("a a", "...a"));
  CHECK(!matches("a 12 c", "a ... b"));
  CHECK(matches("anything", "..."));
}
