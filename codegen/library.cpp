#include "codegen/library.h"

#include "codegen/emitter.h"

#include <algorithm>
#include <array>

namespace tsc {

namespace {

// Keywords of C23 and C++23, and names that headers define as macros.
constexpr std::array reserved_words = {"alignas",       "alignof",
                                       "and",           "and_eq",
                                       "asm",           "auto",
                                       "bitand",        "bitor",
                                       "bool",          "break",
                                       "case",          "catch",
                                       "char",          "char16_t",
                                       "char32_t",      "char8_t",
                                       "class",         "co_await",
                                       "co_return",     "co_yield",
                                       "compl",         "concept",
                                       "const",         "const_cast",
                                       "consteval",     "constexpr",
                                       "constinit",     "continue",
                                       "decltype",      "default",
                                       "delete",        "do",
                                       "double",        "dynamic_cast",
                                       "else",          "enum",
                                       "errno",         "explicit",
                                       "export",        "extern",
                                       "false",         "float",
                                       "for",           "friend",
                                       "goto",          "if",
                                       "inline",        "int",
                                       "linux",         "long",
                                       "main",          "mutable",
                                       "namespace",     "new",
                                       "noexcept",      "not",
                                       "not_eq",        "nullptr",
                                       "operator",      "or",
                                       "or_eq",         "private",
                                       "protected",     "public",
                                       "register",      "reinterpret_cast",
                                       "requires",      "restrict",
                                       "return",        "short",
                                       "signed",        "sizeof",
                                       "static",        "static_assert",
                                       "static_cast",   "stderr",
                                       "stdin",         "stdout",
                                       "struct",        "switch",
                                       "template",      "this",
                                       "thread_local",  "throw",
                                       "true",          "try",
                                       "typedef",       "typeid",
                                       "typename",      "typeof",
                                       "typeof_unqual", "union",
                                       "unix",          "unsigned",
                                       "using",         "virtual",
                                       "void",          "volatile",
                                       "wchar_t",       "while",
                                       "xor",           "xor_eq"};

bool is_identifier(const std::string& name) {
  if (name.empty() || name.size() > 64 || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_reserved(const std::string& name) {
  if (std::find(reserved_words.begin(), reserved_words.end(), name) != reserved_words.end())
    return true;
  if (name.find("__") != std::string::npos || name.rfind("tsc_", 0) == 0) return true;
  return name.size() > 1 && name[0] == '_';
}

// The names that the stub itself uses can be taken by no parameter: it mints its own.
const char* c_type(DType dtype) {
  switch (dtype) {
  case DType::Bool:
  case DType::U8:
    return "uint8_t";
  case DType::I8:
    return "int8_t";
  case DType::I16:
    return "int16_t";
  case DType::I32:
    return "int32_t";
  case DType::I64:
    return "int64_t";
  case DType::F16:
  case DType::BF16:
  case DType::U16:
    return "uint16_t";
  case DType::U32:
    return "uint32_t";
  case DType::U64:
    return "uint64_t";
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  case DType::C64:
    return "float"; // pairs: real, imaginary
  case DType::C128:
    return "double";
  }
  throw InternalError("bad dtype");
}

const PlanPort& port_of(const Plan& plan, const CParam& p) {
  return p.role == CParam::Role::Output ? plan.outputs[p.index] : plan.inputs[p.index];
}

bool is_const(const CParam& p) {
  return p.role == CParam::Role::Input || p.role == CParam::Role::State;
}

} // namespace

void check_function_name(const std::string& name) {
  if (!is_identifier(name))
    throw Error(Diag::BadName,
                fmt::format("'{}' cannot be the name of a C function", printable(name)))
        .hint("use up to 64 letters, digits and underscores, with no digit first");
  if (is_reserved(name))
    throw Error(Diag::BadName, fmt::format("'{}' is a reserved name in C or C++", name))
        .hint(fmt::format("try '{}_1'", name));
}

CFunction c_function(const Plan& plan, std::string name,
                     const std::vector<std::optional<size_t>>& updated) {
  check_function_name(name);
  CFunction f{std::move(name), {}};
  auto add = [&](CParam::Role role, size_t index, const std::string& wish, const char* minted) {
    const bool taken =
        std::any_of(f.params.begin(), f.params.end(), [&](auto& p) { return p.name == wish; });
    const bool usable = is_identifier(wish) && !is_reserved(wish) && !taken && wish != f.name;
    f.params.push_back(
        {role, index, usable ? wish : fmt::format("{}_{}", minted, f.params.size())});
  };
  const size_t arguments = plan.inputs.size() - plan.states;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const CParam::Role role = i < arguments            ? CParam::Role::Input
                              : updated[i - arguments] ? CParam::Role::UpdatedState
                                                       : CParam::Role::State;
    add(role, i, plan.inputs[i].name, "in");
  }
  for (size_t i = 0; i < plan.symbols.size(); ++i)
    add(CParam::Role::Size, i, plan.symbols[i], "size");
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    if (std::find(updated.begin(), updated.end(), std::optional(i)) == updated.end())
      add(CParam::Role::Output, i, plan.outputs[i].name, "out");
  return f;
}

std::string constant_symbol(const std::string& function, size_t constant) {
  return fmt::format("{}_constant_{}", function, constant);
}

namespace {

// The stub: arrays and sizes from parameters, workspace from malloc, next states copied back at the
// end.
class StubEmitter {
public:
  StubEmitter(Emitter& e, const CFunction& f, Writer& w) : e_(e), plan_(e.plan), f_(f), w_(w) {}

  void run() {
    w_.line("extern \"C\" void* malloc(__SIZE_TYPE__);");
    w_.line("extern \"C\" void free(void*);");
    for (size_t i = 0; i < handed(); ++i)
      w_.line("extern \"C\" __attribute__((visibility(\"hidden\"))) const unsigned char {}[];",
              constant_symbol(f_.name, i));
    w_.blank();
    auto function = w_.block("extern \"C\" tsc_i32 {}({})", f_.name, params());
    sizes();
    workspace();
    call();
    w_.line("return code;");
  }

private:
  size_t handed() const {
    return static_cast<size_t>(std::count_if(plan_.constants.begin(), plan_.constants.end(),
                                             [](auto& c) { return !c.embedded; }));
  }
  std::string minted(const CParam& p) const {
    switch (p.role) {
    case CParam::Role::Size:
      return fmt::format("s{}", p.index);
    case CParam::Role::Output:
      return fmt::format("y{}", p.index);
    case CParam::Role::Input:
    case CParam::Role::State:
    case CParam::Role::UpdatedState:
      break;
    }
    return fmt::format("x{}", p.index);
  }
  std::string params() const {
    std::string out;
    for (const CParam& p : f_.params) {
      out += out.empty() ? "" : ", ";
      out += p.role == CParam::Role::Size ? "tsc_i64 "
                                          : fmt::format("{}{}* ", is_const(p) ? "const " : "",
                                                        memory_type(port_of(plan_, p).type.dtype));
      out += minted(p);
    }
    return out.empty() ? "void" : out;
  }
  void sizes() {
    std::string dims;
    for (const PlanPort& port : plan_.inputs)
      for (const Dim& d : port.type.shape)
        dims += fmt::format("{}{}", dims.empty() ? "" : ", ", e_.size(d));
    w_.line("const tsc_i64 in_dims[] = {{{}}};", dims.empty() ? "0" : dims);
    size_t axes = 0;
    for (const PlanPort& port : plan_.outputs)
      axes += port.type.rank();
    w_.line("tsc_i64 sizes[{}], out_dims[{}], bytes = 0;",
            std::max<size_t>(plan_.symbols.size(), 1), std::max<size_t>(axes, 1));
    w_.line("tsc_error error = {{}};");
    for (size_t i = 0; i < plan_.symbols.size(); ++i)
      w_.line("if (s{} < 0) return TSC_E_SHAPE;", i);
    w_.line("tsc_i32 code = tsc_bind(in_dims, sizes, out_dims, &bytes, &error);");
    w_.line("if (code != TSC_OK) return code;");
  }
  // The output index of an updated state's next value.
  std::vector<std::pair<const CParam*, size_t>> next_states() const {
    std::vector<std::pair<const CParam*, size_t>> result;
    std::vector<bool> named(plan_.outputs.size());
    for (const CParam& p : f_.params)
      if (p.role == CParam::Role::Output) named[p.index] = true;
    for (const CParam& p : f_.params) {
      if (p.role != CParam::Role::UpdatedState) continue;
      for (size_t o = 0; o < plan_.outputs.size(); ++o)
        if (!named[o] && plan_.outputs[o].name == plan_.inputs[p.index].name)
          result.emplace_back(&p, o);
    }
    return result;
  }
  std::string bytes_of(const Type& type) const {
    return e_.size(product(type.shape) * Dim(static_cast<int64_t>(size_of(type.dtype))));
  }
  void workspace() {
    w_.line("const tsc_i64 own = bytes;");
    for (const auto& [param, output] : next_states()) {
      w_.line("const tsc_i64 next{} = bytes;", output);
      w_.line("bytes += tsc_round_up({});", bytes_of(plan_.outputs[output].type));
    }
    w_.line("(void)own;");
    w_.line("char* const memory = bytes > 0 ? (char*)malloc((__SIZE_TYPE__)bytes + 64) : 0;");
    w_.line("if (bytes > 0 && !memory) return TSC_E_NOMEM;");
    w_.line("char* const workspace = (char*)(((__UINTPTR_TYPE__)memory + 63) & "
            "~(__UINTPTR_TYPE__)63);");
  }
  void call() {
    std::vector<std::string> outputs(plan_.outputs.size());
    std::string inputs, constants;
    for (const CParam& p : f_.params) {
      if (p.role == CParam::Role::Output) outputs[p.index] = minted(p);
      if (p.role != CParam::Role::Output && p.role != CParam::Role::Size)
        inputs += fmt::format("{}{}", inputs.empty() ? "" : ", ", minted(p));
    }
    for (const auto& [param, output] : next_states())
      outputs[output] = fmt::format("workspace + next{}", output);
    for (size_t i = 0; i < handed(); ++i)
      constants += fmt::format("{}{}", constants.empty() ? "" : ", ", constant_symbol(f_.name, i));
    w_.line("const void* const inputs[] = {{{}}};", inputs.empty() ? "0" : inputs);
    w_.line("void* const outputs[] = {{{}}};",
            outputs.empty() ? "0" : fmt::format("{}", fmt::join(outputs, ", ")));
    w_.line("const void* const constants[] = {{{}}};", constants.empty() ? "0" : constants);
    w_.line("const tsc_call call = {{inputs, outputs, constants, workspace, sizes, 0, &error}};");
    w_.line("code = tsc_run(&call);");
    for (const auto& [param, output] : next_states())
      w_.line("if (code == TSC_OK) __builtin_memcpy({}, workspace + next{}, (__SIZE_TYPE__)({}));",
              minted(*param), output, bytes_of(plan_.outputs[output].type));
    w_.line("free(memory);");
  }

  Emitter& e_;
  const Plan& plan_;
  const CFunction& f_;
  Writer& w_;
};

} // namespace

Source emit_library(const Plan& plan, const CFunction& function) {
  Emitter e{plan, cpp};
  e.entry_linkage = "static";
  Writer out;
  emit_kernels(e, out);
  emit_entry(e, out);
  out.blank();
  StubEmitter(e, function, out).run();
  return {
      {e.headers.begin(), e.headers.end()}, out.text(), e.calls_blas, std::move(e.kernel_places)};
}

namespace {

// A user's text inside a comment: what could end it or confuse a reader is escaped.
std::string in_comment(const std::string& text) {
  std::string out = printable(text);
  for (size_t at; (at = out.find("*/")) != std::string::npos;)
    out.replace(at, 2, "* /");
  return out;
}

const char* role_text(CParam::Role role) {
  switch (role) {
  case CParam::Role::Input:
    return "argument";
  case CParam::Role::State:
    return "state";
  case CParam::Role::UpdatedState:
    return "state, updated in place";
  case CParam::Role::Size:
    return "size";
  case CParam::Role::Output:
    return "result";
  }
  throw InternalError("bad role");
}

std::string param_text(const Plan& plan, const CParam& p) {
  if (p.role == CParam::Role::Size) return "int64_t " + p.name;
  return fmt::format("{}{}* {}", is_const(p) ? "const " : "", c_type(port_of(plan, p).type.dtype),
                     p.name);
}

} // namespace

std::string c_header(const std::vector<std::pair<const Plan*, CFunction>>& functions,
                     const std::string& guard) {
  std::string out =
      fmt::format("/* Generated by tsc. Arrays are dense and row-major; results are written to "
                  "memory of the caller's, which\n"
                  "   must not overlap the arguments. Functions may be called from any thread.\n"
                  "   They return 0, or 1: sizes do not fit, 2: an index is out of range, 3: out "
                  "of memory. */\n"
                  "#ifndef {0}\n#define {0}\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern "
                  "\"C\" {{\n#endif\n",
                  guard);
  for (const auto& [plan, f] : functions) {
    out += "\n/*\n";
    for (const CParam& p : f.params)
      out += p.role == CParam::Role::Size
                 ? fmt::format("   {}: the size '{}'\n", p.name, in_comment(plan->symbols[p.index]))
                 : fmt::format("   {}: {}, {}\n", p.name, role_text(p.role),
                               in_comment(text(port_of(*plan, p).type)));
    std::vector<std::string> params;
    for (const CParam& p : f.params)
      params.push_back(param_text(*plan, p));
    out += fmt::format("*/\nint32_t {}({});\n", f.name,
                       params.empty() ? "void" : fmt::format("{}", fmt::join(params, ", ")));
  }
  return out + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

} // namespace tsc
