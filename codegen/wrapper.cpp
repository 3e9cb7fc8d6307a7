#include "codegen/wrapper.h"

#include "codegen/emitter.h"

#include <filesystem>

namespace tsc {

namespace {

constexpr const char* hidden = "extern \"C\" __attribute__((visibility(\"hidden\")))";
constexpr const char* exported = "extern \"C\" __attribute__((visibility(\"default\")))";

std::string run_symbol(const CFunction& f) { return "tsc_run_" + f.name; }
std::string initial_symbol(const CFunction& f, size_t state) {
  return fmt::format("tsc_initial_{}_{}", f.name, state);
}

std::string constant_symbol(const CFunction& f, size_t constant) {
  return fmt::format("tsc_constant_{}_{}", f.name, constant);
}

std::vector<size_t> handed_constants(const Plan& plan) {
  std::vector<size_t> handed;
  for (size_t i = 0; i < plan.constants.size(); ++i)
    if (!plan.constants[i].embedded) handed.push_back(i);
  return handed;
}

// All texts of a library, one behind the other, each ended by a zero byte.
class Words {
public:
  explicit Words(std::string symbol) : symbol_(std::move(symbol)) {}

  // The text as an expression of the source.
  std::string add(const std::string& text) {
    const size_t at = bytes_.size();
    for (char c : text)
      if (c != 0) bytes_ += c;
    bytes_ += '\0';
    return fmt::format("{} + {}", symbol_, at);
  }
  const std::string& symbol() const { return symbol_; }
  const std::string& bytes() const { return bytes_; }

private:
  std::string symbol_, bytes_;
};

// Where something stands, without the folder: the same library comes of the same file anywhere.
std::string place_of(Loc where) {
  if (!where.known()) return "";
  const std::string file = std::filesystem::path(where.file).filename().string();
  return printable(Loc{file.c_str(), where.line, where.column}.text());
}

struct DlType {
  int code, bits;
};

DlType dl_type(DType dtype) {
  const int bits = static_cast<int>(size_of(dtype)) * 8;
  switch (dtype) {
  case DType::Bool:
    return {6, bits};
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
    return {0, bits};
  case DType::U8:
  case DType::U16:
  case DType::U32:
  case DType::U64:
    return {1, bits};
  case DType::F16:
  case DType::F32:
  case DType::F64:
    return {2, bits};
  case DType::BF16:
    return {4, bits};
  case DType::C64:
  case DType::C128:
    return {5, bits};
  }
  throw InternalError("bad dtype");
}

// The tables and functions of one program, in a namespace of their own.
class FunctionEmitter {
public:
  FunctionEmitter(const CProgram& program, size_t number, size_t features, Words& words, Writer& w)
      : e_{program.plan, cpp}, plan_(program.plan), said_(program.words), f_(program.function),
        program_(program), number_(number), features_(features), words_(words), w_(w) {
    e_.linkage = "static";
    e_.bind = "bind";
  }

  void run() {
    TSC_CHECK(said_.checks.size() == plan_.checks.size());
    {
      auto scope = w_.block("namespace f{}", number_);
      emit_bind(e_, w_);
      dims();
      arguments();
      tables();
      wrapped();
    }
    w_.blank();
    functions();
    w_.blank();
  }
  const std::set<std::string_view>& headers() const { return e_.headers; }

private:
  size_t results() const { return f_.results.size(); }
  std::vector<size_t> first_axes() const {
    std::vector<size_t> first = {0};
    for (const PlanPort& port : plan_.inputs)
      first.push_back(first.back() + port.type.rank());
    return first;
  }
  size_t out_axes() const {
    size_t axes = 0;
    for (const PlanPort& port : plan_.outputs)
      axes += port.type.rank();
    return axes;
  }
  // A table, or a null pointer under its name where it has no rows: arrays of none are none in C++.
  void table(const std::string& type, const char* name, const std::vector<std::string>& rows) {
    if (rows.empty()) {
      w_.line("static constexpr {}* {} = nullptr;", type, name);
      return;
    }
    auto list = w_.open(fmt::format("static {} {}[] =", type, name), "};");
    for (const std::string& row : rows)
      w_.line("{},", row);
  }

  // All axes of inputs from the values of the symbols.
  void dims() {
    auto function = w_.block("static void dims(const tsc_i64* sizes, tsc_i64* in_dims)");
    w_.line("(void)sizes, (void)in_dims;");
    for (size_t i = 0; i < plan_.symbols.size(); ++i)
      w_.line("const tsc_i64 s{} = sizes[{}];", i, i);
    size_t axis = 0;
    for (const PlanPort& port : plan_.inputs)
      for (const Dim& d : port.type.shape)
        w_.line("in_dims[{}] = {};", axis++, e_.size(d));
  }

  std::string argument(const PlanPort& port, const char* role) {
    const DlType type = dl_type(port.type.dtype);
    return fmt::format("{{{}, {}, {}, {}, {{{}, {}, 1}}}}", words_.add(printable(port.name)),
                       words_.add(printable(text(port.type), 200)), role, port.type.rank(),
                       type.code, type.bits);
  }
  void arguments() {
    std::vector<std::string> rows, sizes;
    for (size_t i = 0; i < plan_.inputs.size(); ++i)
      rows.push_back(argument(said_.inputs[i], i < f_.arguments() ? "TSC_ROLE_INPUT"
                                               : f_.updated[i - f_.arguments()]
                                                   ? "TSC_ROLE_UPDATED_STATE"
                                                   : "TSC_ROLE_STATE"));
    for (size_t i = 0; i < results(); ++i)
      rows.push_back(argument(said_.outputs[i], "TSC_ROLE_RESULT"));
    for (const std::string& symbol : said_.symbols)
      sizes.push_back(words_.add(printable(symbol)));
    table("const tsc_argument", "arguments", rows);
    table("const char* const", "size_names", sizes);
  }

  void tables() {
    std::vector<std::string> constants, updates, checks, initial;
    for (size_t i : handed_constants(plan_))
      constants.push_back(constant_symbol(f_, i));
    const std::vector<size_t> first = first_axes();
    for (size_t input : f_.updates)
      updates.push_back(fmt::format("{{{}, {}}}", input, first[input]));
    for (size_t i = 0; i < plan_.checks.size(); ++i)
      checks.push_back(check(i));
    for (size_t i = 0; i < program_.initial.size(); ++i)
      initial.push_back(fmt::format("{{{}, {}, {}}}", initial_symbol(f_, i),
                                    first[f_.arguments() + i],
                                    program_.initial[i].value.is_splat()));
    table("const void* const", "constants", constants);
    table("const tsc_update", "updates", updates);
    table("const tsc_check", "checks", checks);
    table("const tsc_initial", "initial", initial);
  }
  std::string check(size_t i) {
    std::string place = "-1, -1";
    for (const AxisCheck& c : plan_.axis_checks)
      if (c.check.index == i) place = fmt::format("{}, {}", c.input, c.axis);
    const PlanCheck& c = said_.checks[i];
    return fmt::format("{{{}, {}, {}}}", place, words_.add(printable(c.message, 400)),
                       words_.add(place_of(c.where)));
  }

  void wrapped() {
    w_.line("static tsc_i64 workspace(const tsc_i64* sizes);");
    w_.line("static tsc_i32 shapes(const tsc_i64* sizes, tsc_i64* extents);");
    w_.line("static const tsc_function function = {{sizeof(tsc_function), {}, {}, {}, arguments, "
            "size_names, workspace, shapes, {}_dl}};",
            words_.add(f_.name), plan_.inputs.size() + results(), plan_.symbols.size(), f_.name);
    w_.line("static const tsc_wrapped wrapped = {{&function, {}, {}, {}, {}, {}, {}, dims, bind, "
            "{}, constants, updates, initial, checks, supported, features, {}}};",
            plan_.inputs.size(), f_.states(), results(), f_.updates.size(), first_axes().back(),
            out_axes(), run_symbol(f_), features_);
    w_.line("static tsc_i64 workspace(const tsc_i64* sizes) {{ return tsc_workspace(&wrapped, "
            "sizes); }}");
    w_.line("static tsc_i32 shapes(const tsc_i64* sizes, tsc_i64* extents) {{ return "
            "tsc_shapes(&wrapped, sizes, extents); }}");
  }

  // Sizes and what follows them as parameters. `wanted`: which sizes; others are 0.
  std::string parameters(const std::vector<bool>& wanted, const std::string& more) const {
    std::string list;
    for (size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i]) list += fmt::format("{}tsc_i64 s{}", list.empty() ? "" : ", ", i);
    return list + (list.empty() || more.empty() ? "" : ", ") + more;
  }
  void size_array(const std::vector<bool>& wanted) {
    std::string list;
    for (size_t i = 0; i < wanted.size(); ++i)
      list += fmt::format("{}{}", i ? ", " : "", wanted[i] ? fmt::format("s{}", i) : "0");
    w_.line("const tsc_i64 sizes[] = {{{}}};", list.empty() ? "0" : list);
  }
  std::vector<bool> all_sizes() const { return std::vector<bool>(plan_.symbols.size(), true); }
  void functions() {
    typed();
    {
      auto function = w_.block("{} tsc_i32 {}_dl(const DLTensor* const* tensors, tsc_i32 count, "
                               "const tsc_options* options)",
                               exported, f_.name);
      w_.line("return tsc_call_tensors(&f{}::wrapped, tensors, count, options);", number_);
    }
    {
      auto function =
          w_.block("{} tsc_i64 {}_workspace({})", exported, f_.name, parameters(all_sizes(), ""));
      size_array(all_sizes());
      w_.line("return tsc_workspace(&f{}::wrapped, sizes);", number_);
    }
    if (program_.initial.empty()) return;
    auto function = w_.block("{} tsc_i32 {}_initial_state({})", exported, f_.name,
                             parameters(f_.state_sizes, "void* const* state"));
    size_array(f_.state_sizes);
    w_.line("return tsc_initialise(&f{}::wrapped, sizes, state);", number_);
  }
  void typed() {
    std::string params, inputs, outputs;
    const auto add = [](std::string& list, const std::string& item) {
      list += (list.empty() ? "" : ", ") + item;
    };
    for (size_t i = 0; i < f_.arguments(); ++i) {
      add(params, fmt::format("const void* x{}", i));
      add(inputs, fmt::format("x{}", i));
    }
    if (f_.states()) add(params, "void* const* state");
    for (size_t i = 0; i < f_.states(); ++i)
      add(inputs, fmt::format("state ? state[{}] : nullptr", i));
    for (size_t i = 0; i < results(); ++i) {
      add(params, fmt::format("void* y{}", i));
      add(outputs, fmt::format("y{}", i));
    }
    add(params, "const tsc_options* options");
    auto function =
        w_.block("{} tsc_i32 {}({})", exported, f_.name, parameters(all_sizes(), params));
    size_array(all_sizes());
    w_.line("const void* const inputs[] = {{{}}};", inputs.empty() ? "nullptr" : inputs);
    w_.line("void* const results[] = {{{}}};", outputs.empty() ? "nullptr" : outputs);
    w_.line("return tsc_call_arrays(&f{}::wrapped, sizes, inputs, results, options);", number_);
  }

  Emitter e_;
  const Plan& plan_;
  const Plan& said_; // plan_ in the user's words
  const CFunction& f_;
  const CProgram& program_;
  size_t number_, features_;
  Words& words_;
  Writer& w_;
};

void declare_data(Writer& w, const std::string& symbol) {
  w.line("{} const char {}[];", hidden, symbol);
}

// What a function's tables name: the program, data, and its own function of tensors.
void declarations(Writer& w, const CProgram& p) {
  const CFunction& f = p.function;
  w.line("{} tsc_i32 {}(const tsc_call*);", hidden, run_symbol(f));
  w.line("{} tsc_i32 {}_dl(const DLTensor* const*, tsc_i32, const tsc_options*);", exported,
         f.name);
  for (size_t i : handed_constants(p.plan))
    declare_data(w, constant_symbol(f, i));
  for (size_t i = 0; i < p.initial.size(); ++i)
    declare_data(w, initial_symbol(f, i));
}

// The answer to whether this CPU can run the programs is made once, by the loader, when it resolves
// `supported`: a call pays next to nothing, and the library needs no variable to remember.
void feature_check(Writer& w, const std::string& library, const std::vector<CpuFeature>& features) {
  if (features.empty()) {
    w.line("static constexpr const tsc_cpu_feature* features = nullptr;");
    w.line("static constexpr bool (*supported)() = nullptr;");
    return;
  }
  {
    auto table = w.open("static const tsc_cpu_feature features[] =", "};");
    for (const CpuFeature& f : features)
      w.line("{{0x{:x}, {}, {}, {}, 0x{:x}, \"{}\"}},", f.leaf, f.subleaf, f.word, f.bit, f.state,
             f.name);
  }
  w.line("static bool yes() {{ return true; }}");
  w.line("static bool no() {{ return false; }}");
  {
    auto resolver = w.block("{} bool (*tsc_resolve_{}())()", hidden, library);
    w.line("return tsc_missing_feature(features, {}) < 0 ? yes : no;", features.size());
  }
  // Clang gives such a function no internal linkage, so its name must be the library's own.
  w.line("{0} bool tsc_supported_{1}() __attribute__((ifunc(\"tsc_resolve_{1}\")));", hidden,
         library);
  w.line("static constexpr bool (*supported)() = tsc_supported_{};", library);
}

std::string feature_names(const std::vector<CpuFeature>& features) {
  std::string names;
  for (const CpuFeature& f : features)
    names += fmt::format("{}{}", names.empty() ? "" : " ", f.name);
  return names;
}

// The table of all functions, and what gives it out.
void query(Writer& w, std::span<const CProgram> programs, const WrapperFacts& facts, Words& words) {
  const std::string library = library_name(programs);
  std::string list;
  for (size_t i = 0; i < programs.size(); ++i)
    list += fmt::format("{}&f{}::function", i ? ", " : "", i);
  w.line("static const tsc_function* const functions[] = {{{}}};", list);
  w.line("static const tsc_library library = {{sizeof(tsc_library), TSC_LIBRARY_ABI, {}, "
         "functions, {}, {}, {}}};",
         programs.size(), words.add(facts.target), words.add(feature_names(facts.features)),
         metadata_symbol(library));
  for (const std::string& name : {"tsc_query_" + library, std::string("tsc_query")}) {
    const char* weak = name == "tsc_query" ? " __attribute__((weak))" : "";
    auto function = w.block("{}{} const tsc_library* {}(tsc_u32 abi)", exported, weak, name);
    w.line("return abi == TSC_LIBRARY_ABI ? &library : nullptr;");
  }
}

} // namespace

std::string library_name(std::span<const CProgram> programs) {
  return programs.front().function.name;
}

std::string metadata_symbol(const std::string& library) { return "tsc_metadata_" + library; }

std::vector<std::string> exported_symbols(const CProgram& program) {
  const std::string& name = program.function.name;
  std::vector<std::string> all = {name, name + "_dl", name + "_workspace"};
  if (!program.initial.empty()) all.push_back(name + "_initial_state");
  return all;
}

// As tsc_total of codegen/prelude/wrapper.h computes it.
std::optional<int64_t> fixed_workspace(const CProgram& program) {
  std::vector<Dim> parts = program.plan.slots;
  for (size_t input : program.function.updates) {
    const Type& type = program.plan.inputs[input].type;
    parts.push_back(product(type.shape) * Dim(static_cast<int64_t>(size_of(type.dtype))));
  }
  int64_t total = 0;
  for (const Dim& part : parts) {
    if (!part.is_number()) return std::nullopt;
    total += (part.number() + 63) / 64 * 64;
  }
  return total > 0 ? total + 63 : 0;
}

Source emit_program(const CProgram& program) {
  Emitter e{program.plan, cpp};
  e.linkage = hidden;
  e.run = run_symbol(program.function);
  Writer out;
  emit_kernels(e, out);
  emit_run(e, out);
  if (!e.streams.empty()) e.headers.insert("stream_bytes.h");
  return {
      {e.headers.begin(), e.headers.end()}, out.text(), e.calls_blas, std::move(e.kernel_places)};
}

Wrapper emit_wrapper(std::span<const CProgram> programs, const WrapperFacts& facts) {
  const std::string library = library_name(programs);
  const size_t features = facts.features.size();
  Words words("tsc_words_" + library);
  Wrapper out;
  Writer w;
  declare_data(w, words.symbol());
  declare_data(w, metadata_symbol(library));
  for (const CProgram& p : programs)
    declarations(w, p);
  w.blank();
  feature_check(w, library, facts.features);
  w.blank();
  std::set<std::string_view> headers = {"wrapper.h"};
  for (size_t i = 0; i < programs.size(); ++i) {
    FunctionEmitter function(programs[i], i, features, words, w);
    function.run();
    headers.insert(function.headers().begin(), function.headers().end());
    for (const std::string& symbol : exported_symbols(programs[i]))
      out.exports.push_back(symbol);
    for (size_t c : handed_constants(programs[i].plan))
      out.data.emplace_back(constant_symbol(programs[i].function, c),
                            programs[i].plan.constants[c].value.bytes());
    for (size_t s = 0; s < programs[i].initial.size(); ++s)
      out.data.emplace_back(initial_symbol(programs[i].function, s),
                            programs[i].initial[s].value.bytes());
  }
  query(w, programs, facts, words);
  out.exports.push_back("tsc_query_" + library);
  out.exports.push_back("tsc_query");
  out.data.emplace_back(words.symbol(), words.bytes());
  out.data.emplace_back(metadata_symbol(library), facts.metadata + '\0');
  out.source = {{headers.begin(), headers.end()}, w.text(), false};
  return out;
}

} // namespace tsc
