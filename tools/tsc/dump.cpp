#include "tools/tsc/dump.h"

#include "compiler/toolchain.h"
#include "ir/print.h"
#include "support/files.h"

#include <fmt/format.h>
#include <sstream>

namespace tsc::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* first_line = "tsc dump: a graph behind each step of its compilation";

// Removes the files of an earlier dump: those that its index names.
void make_room(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    throw Error(Diag::CannotWrite,
                fmt::format("cannot make the directory '{}': {}",
                            printable(directory.string(), 200), error.message()));
  if (fs::is_empty(directory)) return;
  const fs::path index = directory / "index.txt";
  std::istringstream lines(fs::exists(index) ? read_file(index) : "");
  std::string line;
  if (!std::getline(lines, line) || line != first_line)
    throw Error(Diag::CannotWrite, fmt::format("'{}' is not empty, and no earlier dump",
                                               printable(directory.string(), 200)))
        .hint("name a directory that is empty or not there yet");
  while (std::getline(lines, line))
    if (const std::string name = line.substr(0, line.find(' '));
        !name.empty() && name.find('/') == std::string::npos)
      fs::remove(directory / name, error);
}

// Numbers the files in steps of ten, and keeps the index up to date.
class Dump {
public:
  explicit Dump(const fs::path& directory) : directory_(directory) { make_room(directory_); }

  void add(const std::string& name, const std::string& ending, const std::string& doc,
           std::string_view bytes) {
    const std::string file = fmt::format("{:03}-{}{}", number_, name, ending);
    number_ += 10;
    write_file(directory_ / file, bytes);
    note(fmt::format("{:24} {}", file, doc));
  }
  void skip(const std::string& name) {
    note(fmt::format("{:24} changed nothing", fmt::format("({:03}-{})", number_, name)));
    number_ += 10;
  }

private:
  void note(const std::string& line) {
    index_ += line + "\n";
    write_file(directory_ / "index.txt", fmt::format("{}\n\n{}", first_line, index_));
  }

  fs::path directory_;
  std::string index_;
  int number_ = 0;
};

} // namespace

void dump(const Graph& graph, const CompileOptions& options, const fs::path& directory) {
  Dump out(directory);
  out.add("graph", ".tsc", "the graph as it was read", print(graph));
  Graph before = without_dead_nodes(graph);
  CompileOptions how = options;
  how.after = [&](const Pass& pass, const Graph& now) {
    if (same_graph(before, now))
      out.skip(pass.name);
    else
      out.add(pass.name, ".tsc", fmt::format("behind the pass: {}", pass.doc), print(now));
    before = now;
  };
  const Graph better = optimised(graph, how);
  const Plan plan = planned(better, options);
  out.add("plan", ".txt", "kernels, buffers, checks and steps", print(plan));
  const std::string source = emitted(plan).full();
  out.add("source", ".cpp", "what Clang compiles", source);
  const CpuTarget target = target_named(options.cpu);
  out.add("assembly", ".s", "the machine's code, to be read",
          compile_cpp(source, target, Emit::Assembly));
  out.add("object", ".o", "the machine's code, to be loaded", compile_cpp(source, target));
}

} // namespace tsc::cli
