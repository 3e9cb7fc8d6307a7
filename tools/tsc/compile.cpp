// tsc compile: graphs as C functions of a library, or any stage on the way there.
#include "compiler/emit_kinds.h"
#include "support/files.h"
#include "tools/tsc/common_options.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/library_functions.h"
#include "tools/tsc/phases.h"
#include "tools/tsc/verb.h"

#include <fmt/format.h>
#include <unistd.h>

namespace tsc::cli {

namespace {

struct Options {
  std::vector<std::string> graphs;
  std::string output, header, depfile, name, soname, emit = "lib", cpu = "native", gpu = "sm_80";
  bool strict = false, no_cache = false, explain_cache = false;
};

const EmitKind& kind_of_output(const Options& options) {
  check_choice("--emit has no kind", options.emit, choices("KIND"));
  return *emit_kind_named(options.emit);
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
  if (!options.depfile.empty() && to_stdout)
    throw UsageError("--depfile needs -o FILE: it says what this file depends on");
  if (!options.soname.empty() && kind.name != std::string_view("lib"))
    throw UsageError("--soname is for shared libraries");
  if (options.soname.find('/') != std::string::npos)
    throw UsageError("--soname is a file name, without a folder");
}

// A path as make reads it.
std::string make_path(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == ' ' || c == '#' || c == '\\') out += '\\';
    if (c == '$') out += '$';
    out += c;
  }
  return out;
}

// "model.so: model.tsc \", a line for each file, as make and ninja read it.
std::string dependencies(const std::string& output, const std::vector<std::string>& files) {
  std::string text = make_path(output) + ":";
  for (const std::string& file : files)
    text += " \\\n  " + make_path(file);
  return text + "\n";
}

// What became of each object; a cache that cannot be used is told of once.
void tell(const std::string& object, const CompileReport& report, bool& told) {
  if (!report.cache_explained.empty()) note(object + ": cache " + report.cache_explained);
  if (!report.cache_problem.empty() && !told)
    warn(Diag::BadCacheDir, "the kernel cache is not used: " + report.cache_problem);
  told |= !report.cache_problem.empty();
}

int run(const Options& options) {
  const EmitKind& kind = kind_of_output(options);
  check_usage(options, kind);
  enter_phase("parse");
  LoadedFunctions loaded;
  for (const std::string& path : options.graphs)
    loaded.add(path, options.name);
  bool told = false;
  const LibraryOptions how = {
      with_phases({.cpu = options.cpu,
                   .gpu = options.gpu,
                   .strict = options.strict,
                   .cache = !options.no_cache,
                   .explain_cache = options.explain_cache}),
      options.soname,
      [&](const std::string& object, const CompileReport& report) { tell(object, report, told); }};
  const auto functions = loaded.functions();
  for (const LibraryFunction& f : functions)
    dump_if_asked(*f.graph, how.compile, functions.size() > 1 ? f.name : "");
  std::vector<NewFile> written;
  if (!options.header.empty())
    written.push_back({options.header, library_header(loaded.functions(), how)});
  if (!options.depfile.empty())
    written.push_back({options.depfile, dependencies(options.output, loaded.files())});
  const std::string bytes = kind.make(loaded.functions(), how);
  const bool to_file = !options.output.empty() && options.output != "-";
  if (to_file) written.push_back({options.output, bytes});
  enter_phase("write");
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
  app.add_option("--depfile", options->depfile,
                 "Also write the files read, as a rule for make or ninja")
      ->type_name("FILE");
  app.add_option("--soname", options->soname,
                 "The name by which programs find the shared library (default: its path)")
      ->type_name("NAME");
  app.add_option("--name", options->name, "The C function's name (default: the file's)")
      ->type_name("NAME");
  add_cpu(app, options->cpu);
  app.add_option("--gpu", options->gpu,
                 "The GPU to emit ptx, cubin or gpu-report for: see 'tsc targets'")
      ->type_name("GPU")
      ->capture_default_str();
  add_strict(app, options->strict);
  app.add_flag("--no-cache", options->no_cache, "Compile even if the kernel cache has the objects");
  app.add_flag("--explain-cache", options->explain_cache,
               "Say whether the kernel cache has the objects, and what differs from the nearest");
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
                           "Compile graphs to a library for C and C++",
                           "  tsc compile model.tsc -o model.so --header model.h\n"
                           "  tsc compile model.tsc train.tsc -o digits.so --cpu x86-64-v3\n"
                           "  tsc compile model.tsc --emit=a -o libmodel.a\n"
                           "  tsc compile model.tsc --emit=cpp",
                           declare,
                           "",
                           true};

} // namespace tsc::cli
