#include "codegen/c_header.h"

#include "codegen/prelude.h"
#include "support/writer.h"

#include <algorithm>

namespace tsc {

namespace {

// A user's text inside a comment: what could end it or confuse a reader is escaped.
std::string in_comment(const std::string& text) {
  std::string out = printable(text);
  for (size_t at; (at = out.find("*/")) != std::string::npos;)
    out.replace(at, 2, "* /");
  return out;
}

std::string guard_of(const std::string& name) {
  std::string guard = "TSC_" + name + "_H";
  std::transform(guard.begin(), guard.end(), guard.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return guard;
}

std::string join(const std::vector<std::string>& parts) {
  std::string list;
  for (const std::string& part : parts)
    list += (list.empty() ? "" : ", ") + part;
  return list.empty() ? "void" : list;
}

// The declarations of one function, each parameter explained.
class Declarations {
public:
  Declarations(const CProgram& program, Writer& w)
      : program_(program), plan_(program.plan), f_(program.function), w_(w) {}

  void run() {
    w_.blank();
    comment();
    if (f_.states()) state();
    w_.line("int32_t {}({});", f_.name, join(parameters()));
    w_.blank();
    dl();
    workspace();
    if (!program_.initial.empty()) initial();
  }

private:
  std::vector<std::string> sizes() const {
    std::vector<std::string> list;
    for (const std::string& size : f_.sizes)
      list.push_back("int64_t " + size);
    return list;
  }
  std::vector<std::string> parameters() const {
    std::vector<std::string> list = sizes();
    for (size_t i = 0; i < f_.arguments(); ++i)
      list.push_back(fmt::format("const {}* {}", c_type(plan_.inputs[i].type.dtype), f_.inputs[i]));
    if (f_.states()) list.push_back(fmt::format("const struct {}_state* state", f_.name));
    for (size_t i = 0; i < f_.results.size(); ++i)
      list.push_back(fmt::format("{}* {}", c_type(plan_.outputs[i].type.dtype), f_.results[i]));
    list.push_back("const struct tsc_options* options");
    return list;
  }
  // "x: input f32[n, 3]", with the user's name where C could not have it.
  void explain(const std::string& name, const std::string& user, const std::string& what) {
    const std::string in_graph = in_comment(user);
    w_.line("   {}: {}{}", name, what,
            in_graph == name ? "" : fmt::format(", '{}' in the graph", in_graph));
  }
  void comment() {
    w_.line("/*");
    for (size_t i = 0; i < f_.sizes.size(); ++i)
      explain(f_.sizes[i], plan_.symbols[i], "size");
    for (size_t i = 0; i < f_.arguments(); ++i)
      explain(f_.inputs[i], plan_.inputs[i].name,
              "input " + in_comment(text(plan_.inputs[i].type)));
    for (size_t i = 0; i < f_.states(); ++i) {
      const PlanPort& port = plan_.inputs[f_.arguments() + i];
      explain("state->" + f_.inputs[f_.arguments() + i], "state->" + port.name,
              fmt::format("state {}{}", in_comment(text(port.type)),
                          f_.updated[i] ? ", updated in place" : ""));
    }
    for (size_t i = 0; i < f_.results.size(); ++i)
      explain(f_.results[i], plan_.outputs[i].name,
              "result " + in_comment(text(plan_.outputs[i].type)));
    w_.line("   options: may be null */");
  }
  void state() {
    auto members = w_.open(fmt::format("struct {}_state", f_.name), "};");
    for (size_t i = f_.arguments(); i < plan_.inputs.size(); ++i)
      w_.line("{}* {};", c_type(plan_.inputs[i].type.dtype), f_.inputs[i]);
  }
  void dl() {
    std::string order;
    for (size_t i = 0; i < plan_.inputs.size(); ++i)
      order += (order.empty() ? "" : ", ") + f_.inputs[i];
    for (const std::string& result : f_.results)
      order += (order.empty() ? "" : ", ") + result;
    w_.line("/* The same with tensors, all of which are checked: {}. */",
            order.empty() ? "none" : order);
    w_.line("int32_t {}_dl(const DLTensor* const* tensors, int32_t count, const struct "
            "tsc_options* options);",
            f_.name);
    w_.blank();
  }
  void workspace() {
    w_.line("/* Bytes of options->workspace for a call; -1 where the sizes do not fit. */");
    w_.line("int64_t {}_workspace({});", f_.name, join(sizes()));
    if (const auto bytes = fixed_workspace(program_))
      w_.line("#define {}_WORKSPACE {}", f_.name, *bytes);
  }
  void initial() {
    std::vector<std::string> list;
    for (size_t i = 0; i < f_.sizes.size(); ++i)
      if (f_.state_sizes[i]) list.push_back("int64_t " + f_.sizes[i]);
    list.push_back(fmt::format("const struct {}_state* state", f_.name));
    w_.blank();
    w_.line("/* Writes the values that the graph gives its states into the arrays of *state. */");
    w_.line("int32_t {}_initial_state({});", f_.name, join(list));
  }

  const CProgram& program_;
  const Plan& plan_;
  const CFunction& f_;
  Writer& w_;
};

} // namespace

std::string c_header(std::span<const CProgram> programs) {
  const std::string& library = library_name(programs);
  const std::string guard = guard_of(library);
  Writer w;
  w.line(
      "/* Generated by tsc. Arrays are dense and row-major. Results are written to memory of the");
  w.line(
      "   caller's, which must not overlap any other. Functions are re-entrant, and safe to call");
  w.line(
      "   from any thread. They return TSC_OK (0) or what is wrong; options->error then says it");
  w.line("   in words. */");
  w.line("#ifndef {0}\n#define {0}\n\n#include <stdint.h>\n", guard);
  Writer shared;
  shared.line("{}", prelude_text({"library.h"}));
  w.append(shared);
  w.line("#ifdef __cplusplus\nextern \"C\" {{\n#endif");
  for (const CProgram& program : programs)
    Declarations(program, w).run();
  w.blank();
  w.line(
      "/* All functions of the library and their arguments; null where `abi` (TSC_LIBRARY_ABI) is");
  w.line("   not what the library has. dlsym finds it as tsc_query, too. */");
  w.line("const struct tsc_library* tsc_query_{}(uint32_t abi);", library);
  w.line("\n#ifdef __cplusplus\n}}\n#endif\n\n#endif");
  return w.text();
}

} // namespace tsc
