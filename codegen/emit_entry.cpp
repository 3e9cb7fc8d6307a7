// The program around the kernels: sizes and checks (tsc_bind), and the steps in order (tsc_run).
#include "codegen/emitter.h"
#include "ir/plan_sizes.h"

namespace tsc {

namespace {

class EntryEmitter {
public:
  EntryEmitter(Emitter& e, Writer& w) : e_(e), plan_(e.plan), w_(w) {}

  void embedded_constants();
  void tasks();
  void bind();
  void program();

private:
  void task(size_t k);
  void bind_symbols();
  std::vector<std::string> size_checks();
  std::vector<std::string> check_functions(const std::vector<std::string>& checks);
  void output_sizes();
  void workspace_bytes();
  void buffers();
  void constant(size_t buffer, const Buffer& b);
  void launch(const Launch& step);
  void product(const Product& p);

  Emitter& e_;
  const Plan& plan_;
  Writer& w_;
};

// The kernel as the host's threads call it: arguments in a struct.
void EntryEmitter::task(size_t k) {
  const Kernel& kernel = plan_.kernels[k];
  std::string args;
  {
    auto fields = w_.open(fmt::format("struct k{}_args", k), "};");
    for (size_t i = 0; i < kernel.params.size(); ++i) {
      w_.line("{}{}* p{};", kernel.params[i].written ? "" : "const ",
              memory_type(kernel.params[i].dtype), i);
      args += fmt::format(", a->p{}", i);
    }
    for (size_t s : symbols_of(plan_, kernel, e_.dialect.grid)) {
      w_.line("tsc_i64 s{};", s);
      args += fmt::format(", a->s{}", s);
    }
    if (reports_errors(kernel)) {
      w_.line("tsc_report* error;");
      args += ", a->error";
    }
    if (e_.streams.count(k)) {
      w_.line("bool stream;");
      args += ", a->stream";
    }
  }
  {
    auto function = w_.block("static void k{}_task(void* argument, tsc_i64 begin, tsc_i64 end)", k);
    w_.line("const k{0}_args* a = (const k{0}_args*)argument;", k);
    w_.line("k{}(begin, end{});", k, args);
  }
  w_.blank();
}

void EntryEmitter::tasks() {
  for (size_t k = 0; k < plan_.kernels.size(); ++k)
    task(k);
}

void EntryEmitter::bind_symbols() {
  for (size_t i = 0; i < plan_.symbols.size(); ++i) {
    const auto [input, axis, size] = symbol_source(plan_, i);
    const std::string given = fmt::format("in_dims[{}]", flat_axis(plan_, input, axis));
    if (size.rest == Dim(0) && size.slope == Dim(1))
      w_.line("const tsc_i64 s{} = {};", i, given);
    else
      w_.line("const tsc_i64 s{} = tsc_size_quotient({} - ({}), {});", i, given, e_.size(size.rest),
              e_.size(size.slope));
    w_.line("sizes[{0}] = s{0};", i);
  }
}

// One statement for each check, which returns when it fails.
std::vector<std::string> EntryEmitter::size_checks() {
  std::vector<std::string> checks;
  for (const AxisCheck& c : plan_.axis_checks)
    checks.push_back(
        fmt::format("if ({0} != {1}) return tsc_fail(error, TSC_E_SHAPE, {2}, {0}, {1});",
                    fmt::format("in_dims[{}]", flat_axis(plan_, c.input, c.axis)), e_.size(c.size),
                    c.check.index));
  for (const SizeCheck& c : plan_.size_checks)
    checks.push_back(
        fmt::format("if ({0} {1} {2}) return tsc_fail(error, TSC_E_SHAPE, {3}, {0}, {2});",
                    e_.size(c.left), c.equality ? "!=" : ">", e_.size(c.right), c.check.index));
  for (const Step& step : plan_.steps)
    if (const auto* p = std::get_if<Product>(&step)) // BLAS counts in 32 bits
      for (const Dim* d : {&p->m, &p->n, &p->k})
        if (!d->is_number() || d->number() > INT32_MAX)
          checks.push_back(
              fmt::format("if ({0} > 2147483647) return tsc_fail(error, TSC_E_NOMEM, -1, {0}, 0);",
                          e_.size(*d)));
  return checks;
}

// Many checks go to functions of their own: the time to compile one grows with the square of the
// places that it returns from. Returns what `bind` says instead.
std::vector<std::string> EntryEmitter::check_functions(const std::vector<std::string>& checks) {
  constexpr size_t most_in_one = 64;
  if (checks.size() <= most_in_one) return checks;
  std::vector<std::string> calls;
  for (size_t at = 0; at < checks.size(); at += most_in_one) {
    const size_t number = at / most_in_one;
    {
      auto function = w_.block("static tsc_i32 check{}(const tsc_i64* in_dims, const tsc_i64* "
                               "sizes, tsc_report* error)",
                               number);
      w_.line("(void)in_dims, (void)sizes, (void)error;");
      for (size_t i = 0; i < plan_.symbols.size(); ++i)
        w_.line("const tsc_i64 s{0} = sizes[{0}];\n  (void)s{0};", i);
      for (size_t i = at; i < std::min(checks.size(), at + most_in_one); ++i)
        w_.line("{}", checks[i]);
      w_.line("return TSC_OK;");
    }
    w_.blank();
    calls.push_back(
        fmt::format("if (check{}(in_dims, sizes, error) != TSC_OK) return error->code;", number));
  }
  return calls;
}

void EntryEmitter::output_sizes() {
  size_t place = 0;
  for (const PlanPort& port : plan_.outputs)
    for (const Dim& d : port.type.shape)
      w_.line("out_dims[{}] = {};", place++, e_.size(d));
}

// Each size is estimated in floating point first, which cannot wrap around.
void EntryEmitter::workspace_bytes() {
  w_.line("tsc_i64 bytes = 0;");
  for (const Dim& slot : plan_.slots) {
    if (!slot.is_number()) {
      const auto approximate = [this](const std::string& name) {
        return "(double)" + e_.symbol(name);
      };
      bool quotients = false;
      for (const Dim::Term& t : slot.terms())
        for (const auto& atom : t.atoms)
          quotients |= atom->quotient.has_value();
      if (!quotients)
        w_.line("if ({} > 0x1p48) return tsc_fail(error, TSC_E_NOMEM, -1, 0, 0);",
                spelled(slot, approximate));
    }
    w_.line("bytes += tsc_round_up({});", e_.size(slot));
  }
  w_.line("*workspace = bytes;");
}

void EntryEmitter::bind() {
  const std::vector<std::string> checks = check_functions(size_checks());
  auto function =
      w_.block("{} tsc_i32 {}(const tsc_i64* in_dims, tsc_i64* sizes, tsc_i64* out_dims, "
               "tsc_i64* workspace, tsc_report* error)",
               e_.linkage, e_.bind);
  w_.line("(void)in_dims, (void)sizes, (void)out_dims, (void)error;");
  bind_symbols();
  for (const std::string& check : checks)
    w_.line("{}", check);
  output_sizes();
  workspace_bytes();
  w_.line("return TSC_OK;");
}

void EntryEmitter::buffers() {
  for (size_t i = 0; i < plan_.slots.size(); ++i)
    w_.line("const tsc_i64 w{} = {};", i,
            i == 0 ? "0"
                   : fmt::format("w{} + tsc_round_up({})", i - 1, e_.size(plan_.slots[i - 1])));
  for (size_t i = 0; i < plan_.buffers.size(); ++i) {
    const Buffer& b = plan_.buffers[i];
    const char* type = memory_type(b.type.dtype);
    switch (b.home) {
    case Home::Input:
      w_.line("const {0}* const b{1} = (const {0}*)call->inputs[{2}];", type, i, b.index);
      break;
    case Home::Output:
      w_.line("{0}* const b{1} = ({0}*)call->outputs[{2}];", type, i, b.index);
      break;
    case Home::Constant:
      constant(i, b);
      break;
    case Home::Workspace:
      w_.line("{0}* const b{1} = ({0}*)((char*)call->workspace + w{2});", type, i, b.index);
      break;
    }
    w_.line("(void)b{};", i);
  }
}

// An embedded constant is an array of the source; others come in the order of their numbers.
void EntryEmitter::constant(size_t buffer, const Buffer& b) {
  const char* type = memory_type(b.type.dtype);
  if (plan_.constants[b.index].embedded) {
    w_.line("const {0}* const b{1} = c{2};", type, buffer, b.index);
    return;
  }
  size_t handed = 0;
  for (size_t i = 0; i < b.index; ++i)
    handed += !plan_.constants[i].embedded;
  w_.line("const {0}* const b{1} = (const {0}*)call->constants[{2}];", type, buffer, handed);
}

void EntryEmitter::embedded_constants() {
  for (size_t i = 0; i < plan_.constants.size(); ++i) {
    const Literal& value = plan_.constants[i].value;
    if (!plan_.constants[i].embedded) continue;
    const std::vector<std::string> items = memory_items(value);
    auto array =
        w_.open(fmt::format("alignas(64) static const {} c{}[{}] =", memory_type(value.dtype()), i,
                            std::max<size_t>(items.size(), 1)),
                "};");
    for (size_t at = 0; at < items.size(); at += 16)
      w_.line("{},",
              fmt::join(items.begin() + static_cast<ptrdiff_t>(at),
                        items.begin() + static_cast<ptrdiff_t>(std::min(items.size(), at + 16)),
                        ", "));
    if (items.empty()) w_.line("0");
  }
}

void EntryEmitter::launch(const Launch& step) {
  const size_t k = step.kernel;
  const Kernel& kernel = plan_.kernels[k];
  e_.headers.insert("parallel.h");
  std::string fields;
  for (const KernelParam& p : kernel.params)
    fields += fmt::format("{}b{}", fields.empty() ? "" : ", ", p.buffer.index);
  for (size_t s : symbols_of(plan_, kernel, e_.dialect.grid))
    fields += fmt::format(", s{}", s);
  if (reports_errors(kernel)) fields += ", call->error";
  if (const auto found = e_.streams.find(k); found != e_.streams.end())
    fields += ", " + found->second;
  const Dim count = kernel.outer == 0 ? Dim(1) : kernel.axes[0].extent;
  const auto& when = step.when;
  auto scope = w_.block("{}", when ? fmt::format("if ({} {} {})", e_.size(when->size),
                                                 when->above ? ">" : "<=", when->limit)
                                   : "");
  w_.line("k{0}_args args = {{{1}}};", k, fields);
  if (const auto tiles = e_.tiles.find(k); tiles != e_.tiles.end()) {
    w_.line("const tsc_i64 tiles = {};", e_.size(tiles->second));
    w_.line("tsc_parallel(call->host, tiles, tsc_size_quotient({}, tiles), k{}_task, &args);",
            e_.size(kernel.work()), k);
  } else if (kernel.outer == 0 || !kernel.parallel) {
    w_.line("k{}_task(&args, 0, {});", k, e_.size(count));
  } else {
    w_.line("tsc_parallel(call->host, {0}, {1}, k{2}_task, &args);", e_.size(count),
            e_.size(floordiv(kernel.work(), count == Dim(0) ? Dim(1) : count)), k);
  }
}

void EntryEmitter::product(const Product& p) {
  e_.headers.insert("blas.h");
  e_.calls_blas = true;
  w_.line("tsc_product({}, {}, {}, {}, {}, {}, b{}, b{}, b{});", p.transpose_a, p.transpose_b,
          e_.size(p.batch), e_.size(p.m), e_.size(p.n), e_.size(p.k), p.a.index, p.b.index,
          p.c.index);
}

void EntryEmitter::program() {
  auto function = w_.block("{} tsc_i32 {}(const tsc_call* call)", e_.linkage, e_.run);
  for (size_t i = 0; i < plan_.symbols.size(); ++i)
    w_.line("const tsc_i64 s{0} = call->sizes[{0}];\n  (void)s{0};", i);
  buffers();
  bool checked = false;
  for (const Step& step : plan_.steps) {
    if (const auto* p = std::get_if<Product>(&step)) {
      product(*p);
      continue;
    }
    const Launch& l = std::get<Launch>(step);
    launch(l);
    checked |= reports_errors(plan_.kernels[l.kernel]);
  }
  w_.line("return {};", checked ? "call->error->code" : "TSC_OK");
}

} // namespace

void emit_entry(Emitter& e, Writer& out) {
  EntryEmitter entry(e, out);
  entry.embedded_constants();
  entry.tasks();
  entry.bind();
  out.blank();
  entry.program();
}

void emit_bind(Emitter& e, Writer& out) { EntryEmitter(e, out).bind(); }

void emit_run(Emitter& e, Writer& out) {
  EntryEmitter entry(e, out);
  entry.embedded_constants();
  entry.tasks();
  entry.program();
}

} // namespace tsc
