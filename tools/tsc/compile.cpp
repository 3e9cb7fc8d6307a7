// tsc compile: graphs as C functions of a shared library, or any stage on the way there.
#include "codegen/library.h"
#include "compiler/emit_kinds.h"
#include "support/files.h"
#include "tools/tsc/common_options.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/phases.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <unistd.h>

namespace tsc::cli {

namespace {

struct Options {
  std::vector<std::string> graphs;
  std::string output, header, name, emit = "lib", cpu = "native";
  bool strict = false;
};

const EmitKind& kind_of_output(const Options& options) {
  if (const EmitKind* kind = emit_kind_named(options.emit)) return *kind;
  std::vector<std::string_view> names;
  for (const EmitKind& kind : all_emit_kinds())
    names.emplace_back(kind.name);
  throw UsageError(fmt::format("--emit has no kind '{}'{}", printable(options.emit),
                               did_you_mean(options.emit, names)));
}

void check_usage(const Options& options, const EmitKind& kind) {
  const size_t graphs = options.graphs.size();
  if (graphs > 1 && !kind.several)
    throw UsageError(fmt::format("--emit={} takes one graph", kind.name));
  if (graphs > 1 && !options.name.empty())
    throw UsageError("--name is for one graph; several are named by their files");
  const bool to_stdout = options.output.empty() || options.output == "-";
  if (!kind.text && (options.output.empty() || (to_stdout && ::isatty(STDOUT_FILENO))))
    throw UsageError(fmt::format("--emit={} needs -o FILE", kind.name));
}

// The file's name without folder and ending, other bytes than C allows in a name being '_'.
std::string function_name(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0]))) name = "f" + name;
  return name;
}

int run(const Options& options) {
  const EmitKind& kind = kind_of_output(options);
  check_usage(options, kind);
  std::vector<GraphFile> files;
  std::vector<LibraryFunction> functions;
  files.reserve(options.graphs.size());
  for (const std::string& path : options.graphs) {
    const std::string name = options.name.empty() ? function_name(path) : options.name;
    check_function_name(name);
    files.push_back(load_graph(path));
    functions.push_back({name, &files.back().graph});
  }
  const CompileOptions how = with_phases({.cpu = options.cpu, .strict = options.strict});
  for (const LibraryFunction& f : functions)
    dump_if_asked(*f.graph, how, functions.size() > 1 ? f.name : "");
  std::vector<NewFile> written;
  if (!options.header.empty())
    written.push_back({options.header, emit_kind_named("header")->make(functions, how)});
  const std::string bytes = kind.make(functions, how);
  const bool to_file = !options.output.empty() && options.output != "-";
  if (to_file) written.push_back({options.output, bytes});
  write_files(written);
  if (!to_file) put(bytes);
  return 0;
}

std::function<int()> declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("GRAPH", options->graphs, "Graph files (.tsc), a function each")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options->output, "The file to write; - is stdout")
      ->type_name("FILE");
  app.add_option("--header", options->header, "Also write the header for C and C++")
      ->type_name("FILE");
  app.add_option("--name", options->name, "The C function's name (default: the file's)")
      ->type_name("NAME");
  add_cpu(app, options->cpu);
  add_strict(app, options->strict);
  app.add_option("--emit", options->emit, "What to write: one of the kinds below")
      ->type_name("KIND")
      ->capture_default_str();
  std::string kinds = "\n\nKinds, in the order in which they come to be:\n";
  for (const EmitKind& kind : all_emit_kinds())
    kinds += fmt::format("  {:16} {}\n", kind.name, kind.doc);
  app.footer(app.get_footer() + kinds);
  return [options] { return run(*options); };
}

} // namespace

const Verb compile_verb = {"compile",
                           "Compile graphs to a shared library for C and C++",
                           "  tsc compile model.tsc -o model.so --header model.h\n"
                           "  tsc compile model.tsc train.tsc -o digits.so --cpu x86-64-v3\n"
                           "  tsc compile model.tsc --emit=cpp",
                           declare,
                           "",
                           true};

} // namespace tsc::cli
