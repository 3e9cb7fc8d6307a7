// The CPU toolchain from source text to running code, and what it must not do to the process.
#include "bench/sources.h"
#include "compiler/toolchain.h"
#include "runtime/loader.h"
#include "support/error.h"
#include "support/files.h"
#include "tests/catch.h"
#include "tests/contains.h"
#include "tests/sanitized.h"

#include <atomic>
#include <cfenv>
#include <clocale>
#include <cmath>
#include <csignal>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fstream>
#include <functional>
#include <pthread.h>
#include <random>
#include <thread>
#include <unistd.h>

using namespace tsc;

namespace {

std::string adds(int constant) {
  return fmt::format("extern \"C\" int tsc_run(int x) {{ return x + {}; }}\n", constant);
}

int call(const LoadedCode& code, int argument) {
  return reinterpret_cast<int (*)(int)>(code.symbol("tsc_run"))(argument);
}

// Runs `work(i)` on `count` threads that start together, and gives the number of failures.
int on_threads(int count, const std::function<bool(int)>& work) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        if (!work(i)) ++failures;
      } catch (...) {
        ++failures;
      }
    });
  for (std::thread& t : threads)
    t.join();
  return failures;
}

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

long mappings() {
  std::ifstream file("/proc/self/maps");
  std::string line;
  long count = 0;
  while (std::getline(file, line)) {
    CHECK_FALSE(contains(line.substr(0, 80), " rwx")); // writable code anywhere is a failure
    ++count;
  }
  return count;
}

// A shared library on disk for the time of a test.
struct Library {
  explicit Library(const std::string& bytes) {
    char name[] = "/tmp/tsc-test-XXXXXX";
    const int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::close(fd);
    handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) why = dlerror();
    unlink(name);
  }
  ~Library() {
    if (handle) dlclose(handle);
  }
  void* handle;
  std::string why;
};

// The dynamic section and dynamic symbols of an ELF64 library, read by hand: an independent
// witness.
struct Elf {
  std::vector<std::string> needed, defined;
  bool now = false, text_relocations = false, executable_stack = true, writable_code = false;
};

Elf read_elf(const std::string& bytes) {
  Elf out;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(bytes.data());
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(bytes.data() + header->e_phoff);
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(bytes.data() + header->e_shoff);
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type == PT_GNU_STACK) out.executable_stack = segments[i].p_flags & PF_X;
    if (segments[i].p_type == PT_LOAD && (segments[i].p_flags & PF_X) &&
        (segments[i].p_flags & PF_W))
      out.writable_code = true;
  }
  for (int i = 0; i < header->e_shnum; ++i) {
    const Elf64_Shdr& section = sections[i];
    const char* data = bytes.data() + section.sh_offset;
    if (section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_DYNSYM) continue;
    const char* names = bytes.data() + sections[section.sh_link].sh_offset;
    if (section.sh_type == SHT_DYNAMIC)
      for (const auto* d = reinterpret_cast<const Elf64_Dyn*>(data); d->d_tag != DT_NULL; ++d) {
        if (d->d_tag == DT_NEEDED) out.needed.push_back(names + d->d_un.d_val);
        if (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_BIND_NOW)) out.now = true;
        if (d->d_tag == DT_TEXTREL) out.text_relocations = true;
      }
    else
      for (size_t s = 1; s < section.sh_size / sizeof(Elf64_Sym); ++s) {
        const auto& symbol = reinterpret_cast<const Elf64_Sym*>(data)[s];
        if (symbol.st_shndx != SHN_UNDEF) out.defined.push_back(names + symbol.st_name);
      }
  }
  return out;
}

} // namespace

TEST_CASE("a program is compiled, loaded and run") {
  const std::string object =
      compile_cpp(samples::repeated(samples::chain_kernel, 1), host_target());
  const auto code = load_object(object, {});
  REQUIRE(code->symbol("tsc_run") != nullptr);
  CHECK(code->symbol("absent") == nullptr);
  std::vector<float> a(1003), b(1003), y(1003);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = 0.001f * i, b[i] = 0.5f + 0.002f * i;
  const float* in[] = {a.data(), b.data()};
  float* out[] = {y.data()};
  using Run = int (*)(const float* const*, float* const*, long, long);
  CHECK(reinterpret_cast<Run>(code->symbol("tsc_run"))(in, out, 17, 59) == 0);
  for (size_t i = 0; i < y.size(); ++i) {
    const double t4 = std::exp(double(a[i]) * b[i]) + a[i], t5 = t4 / (b[i] + 2.0);
    const double t9 = std::fmax(std::exp(-t5) - b[i], 0.0), t10 = t9 * 0.5;
    if (std::fabs(y[i] - (t10 * t10 + a[i])) > 1e-5) FAIL("element " << i << " is " << y[i]);
  }
}

TEST_CASE("the loops are vectorised") {
  const std::string text = compile_cpp(samples::repeated(samples::chain_kernel, 1),
                                       target_named("x86-64-v3"), Emit::Assembly);
  CHECK(contains(text, "vfmadd"));
  CHECK(contains(text, "%ymm"));
  CHECK_FALSE(contains(text, ".cfi"));
  CHECK_FALSE(contains(text, ".ident"));
  const std::string ir = compile_cpp(samples::repeated(samples::loop_kernel, 1),
                                     target_named("x86-64-v3"), Emit::LlvmIr);
  CHECK(contains(ir, "define"));
}

TEST_CASE("same source and target, same bytes") {
  const std::string source = samples::repeated(samples::softmax_kernel, 3);
  const CpuTarget target = host_target();
  const std::string expected = compile_cpp(source, target);
  CHECK(compile_cpp(source, target) == expected);
  CHECK(on_threads(4, [&](int) { return compile_cpp(source, target) == expected; }) == 0);
  const int rounding = fegetround();
  fesetround(FE_UPWARD);
  const std::string rounded_up = compile_cpp(source, target);
  fesetround(rounding);
  CHECK(rounded_up == expected);
}

TEST_CASE("contraction is within expressions, and integer overflow wraps") {
  const std::string source = "extern \"C\" float tsc_run(float a, float b, float c) {\n"
                             "  float t = a * b;\n"
                             "  return t + c;\n"
                             "}\n"
                             "extern \"C\" int wraps(int a) { return a + 1 > a; }\n";
  const std::string text = compile_cpp(source, target_named("x86-64-v3"), Emit::Assembly);
  CHECK(contains(text, "vmulss"));
  CHECK_FALSE(contains(text, "vfmadd"));
  const auto code = load_object(compile_cpp(source, host_target()), {});
  CHECK(reinterpret_cast<int (*)(int)>(code->symbol("wraps"))(INT32_MAX) == 0);
}

TEST_CASE("a mistake in emitted source is ours, with Clang's words") {
  CHECK(message_of([] { compile_cpp("int f() {\n  return x;\n}\n", host_target()); }) ==
        "internal error in tsc (please report): clang: use of undeclared identifier 'x' (line 2, "
        "column 10)");
  CHECK_THROWS_AS(compile_cpp("#include <stddef.h>\n", host_target()), InternalError);
  CHECK_THROWS_AS(compile_cpp("#include \"/etc/passwd\"\n", host_target()), InternalError);
  CHECK_THROWS_AS(compile_cpp("int f() { throw 1; }\n", host_target()), InternalError);
}

TEST_CASE("the environment cannot reach the compiler") {
  const std::string expected = compile_cpp(adds(1), host_target());
  setenv("CPATH", "/usr/include", 1);
  setenv("CCC_OVERRIDE_OPTIONS", "# O0", 1);
  CHECK_THROWS_AS(compile_cpp("#include <stdio.h>\n", host_target()), InternalError);
  CHECK(compile_cpp(adds(1), host_target()) == expected);
  unsetenv("CPATH");
  unsetenv("CCC_OVERRIDE_OPTIONS");
}

TEST_CASE("targets are resolved, and unknown ones get a suggestion") {
  const CpuTarget host = host_target();
  CHECK(target_named("native") == host);
  CHECK(host.cpu != "native");
  CHECK(std::is_sorted(host.features.begin(), host.features.end()));
  for (const std::string& f : host.features)
    CHECK((f[0] == '+' || f[0] == '-'));
#if defined(__x86_64__)
  const CpuTarget v3 = target_named("x86-64-v3");
  CHECK(v3.triple == "x86_64-unknown-linux-gnu");
  CHECK(std::count(v3.features.begin(), v3.features.end(), "+avx2") == 1);
  CHECK(std::count(v3.features.begin(), v3.features.end(), "+avx512f") == 0);
  CHECK(message_of([] { target_named("znver33"); }) ==
        "error[E0702] bad-target: no CPU named 'znver33'; did you mean 'znver3'?\n"
        "  hint: use 'native' or a name that Clang's -march= takes, such as 'x86-64-v3'");
#endif
  CHECK_THROWS_AS(target_named(""), Error);
  CHECK_FALSE(toolchain_identity().empty());
}

TEST_CASE("many threads compile, load and run at once") {
  CHECK(on_threads(8, [](int thread) {
          for (int i = 0; i < 4; ++i) {
            const int constant = thread * 100 + i;
            const auto code = load_object(compile_cpp(adds(constant), host_target()), {});
            if (call(*code, 1) != constant + 1) return false;
            compile_cpp(samples::repeated(samples::chain_kernel, 1 + thread % 2),
                        target_named("x86-64-v3"));
          }
          return true;
        }) == 0);
}

TEST_CASE("compiling works from a thread with a small stack") {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
#ifdef TSC_SANITIZED
  pthread_attr_setstacksize(&attributes, 1 << 20);
#else
  pthread_attr_setstacksize(&attributes, 64 << 10);
#endif
  pthread_t thread;
  std::string source = "extern \"C\" int tsc_run(int x) { return ";
  for (int i = 0; i < 200; ++i)
    source += "(1 + ";
  source += "x" + std::string(200, ')') + "; }\n";
  REQUIRE(pthread_create(
              &thread, &attributes,
              [](void* s) -> void* {
                auto* text = static_cast<std::string*>(s);
                *text = compile_cpp(*text, host_target());
                return nullptr;
              },
              &source) == 0);
  pthread_join(thread, nullptr);
  CHECK(call(*load_object(source, {}), 1) == 201);
}

TEST_CASE("the process stays as it was") {
  struct sigaction before[65];
  for (int s = 1; s < 65; ++s)
    sigaction(s, nullptr, &before[s]);
  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  fenv_t environment;
  fegetenv(&environment);
  const std::string locale = setlocale(LC_ALL, nullptr);

  const std::string object = compile_cpp(adds(2), host_target());
  CHECK(call(*load_object(object, {}), 1) == 3);
  const std::vector<std::string> objects = {object}, exports = {"tsc_run"};
  link_shared(objects, exports, {});
  message_of([] { compile_cpp("broken", host_target()); });
  const std::vector<std::string> twice = {object, object};
  message_of([&] { link_shared(twice, exports, {}); });

  for (int s = 1; s < 65; ++s) {
    struct sigaction after;
    if (sigaction(s, nullptr, &after) != 0) continue;
    CHECK((after.sa_handler == before[s].sa_handler && after.sa_flags == before[s].sa_flags));
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int s = 1; s < 65; ++s)
    CHECK(sigismember(&mask_before, s) == sigismember(&mask_after, s));
  fenv_t environment_after;
  fegetenv(&environment_after);
#if defined(__x86_64__)
  CHECK(environment.__mxcsr == environment_after.__mxcsr);
  CHECK(environment.__control_word == environment_after.__control_word);
#endif
  CHECK(locale == setlocale(LC_ALL, nullptr));
}

TEST_CASE("nothing is printed") {
  const int saved_out = dup(1), saved_err = dup(2);
  FILE* file = tmpfile();
  fflush(stdout), fflush(stderr);
  dup2(fileno(file), 1), dup2(fileno(file), 2);
  message_of([] { compile_cpp("broken", host_target()); });
  // A hint that cannot be met makes LLVM warn.
  message_of([] {
    compile_cpp("extern \"C\" int tsc_run(int* p, int n) {\n  int s = 0;\n"
                "#pragma clang loop vectorize(enable)\n  for (int i = 0; i < n; ++i) { if (p[s] > "
                "3) s = p[i]; }\n"
                "  return s;\n}\n",
                host_target());
  });
  message_of([] { load_object("garbage", {}); });
  message_of([] {
    load_object(
        compile_cpp("extern \"C\" int other(); extern \"C\" int tsc_run() { return other(); }\n",
                    host_target()),
        {});
  });
  const std::vector<std::string> garbage = {"garbage"};
  message_of([&] { link_shared(garbage, {}, {}); });
  fflush(stdout), fflush(stderr);
  dup2(saved_out, 1), dup2(saved_err, 2);
  close(saved_out), close(saved_err);
  CHECK(ftell(file) == 0);
  CHECK(lseek(fileno(file), 0, SEEK_END) == 0);
  fclose(file);
}

TEST_CASE("only listed symbols resolve") {
  const std::string object = compile_cpp(
      "extern \"C\" int other(int); extern \"C\" int tsc_run(int x) { return other(x) + 1; }\n",
      host_target());
  CHECK(message_of([&] { load_object(object, {}); }) ==
        "internal error in tsc (please report): cannot load object: unresolved symbol other");
  int (*other)(int) = [](int x) { return 2 * x; };
  CHECK(call(*load_object(object, {{"other", reinterpret_cast<void*>(other)}}), 20) == 41);
  const std::string system =
      compile_cpp("extern \"C\" int system(const char*);\n"
                  "extern \"C\" int tsc_run(int x) { return system(\"true\"); }\n",
                  host_target());
  CHECK_THROWS_AS(load_object(system, {}), InternalError);
}

TEST_CASE("what Clang calls of its own accord resolves") {
  const char* source = "struct S { char bytes[5000]; };\n"
                       "extern \"C\" void tsc_run(S* a, const S* b, double* y, long n) {\n"
                       "  *a = *b;\n"
                       "  for (long i = 0; i < n; ++i) y[i] = __builtin_pow(y[i], 0.3) + "
                       "__builtin_fma(y[i], 2.0, 1.0);\n"
                       "  __builtin_memset(a, 1, (unsigned long)n);\n"
                       "}\n";
  for (const CpuTarget& target : {host_target(), target_named("x86-64")}) {
    const auto code = load_object(compile_cpp(source, target), {});
    std::vector<char> a(5000, 0), b(5000, 7);
    std::vector<double> y(9, 2.0);
    using Run = void (*)(void*, const void*, double*, long);
    reinterpret_cast<Run>(code->symbol("tsc_run"))(a.data(), b.data(), y.data(), 9);
    CHECK(a[8] == 1);
    CHECK(a[4999] == 7);
    CHECK(y[8] == std::pow(2.0, 0.3) + 5.0);
  }
}

TEST_CASE("damaged objects are refused, not run") {
  const std::string object = compile_cpp(samples::repeated(samples::loop_kernel, 1), host_target());
  for (size_t cut : {size_t{0}, size_t{10}, size_t{64}, object.size() / 2, object.size() - 1}) {
    CHECK_THROWS_AS(load_object(object.substr(0, cut), {}), InternalError);
    const std::vector<std::string> objects = {object.substr(0, cut)};
    CHECK_THROWS_AS(link_shared(objects, {}, {}), Error);
  }
  const std::vector<std::string> empty = {""};
  CHECK(message_of([&] { link_shared(empty, {}, {}); }) ==
        "error[E0707] cannot-link: object 0 is damaged: Invalid ELF class");
}

TEST_CASE("an object may have tables of addresses, variables, constants and jump tables") {
  const std::string object = compile_cpp(
      "extern \"C\" int other(int);\n"
      "static int own(int x) { return x + 7; }\n"
      "using Function = int (*)(int);\n"
      "extern \"C\" const Function table[3] = {other, own, nullptr};\n"
      "extern \"C\" { int calls; int first = 40; }\n"
      "extern \"C\" __attribute__((noinline)) const char* word(int x) {\n"
      "  switch (x) { case 0: return \"zero\"; case 1: return \"one\"; case 2: return \"two\";\n"
      "    case 3: return \"three\"; case 4: return \"four\"; default: return \"many\"; }\n"
      "}\n"
      "extern \"C\" Function address() { return other; }\n"
      "extern \"C\" int tsc_run(int x) {\n"
      "  ++calls;\n"
      "  return table[x](x) + first + calls + word(x + 2)[0];\n"
      "}\n",
      host_target());
  int (*other)(int) = [](int x) { return 100 * x; };
  const auto code = load_object(object, {{"other", reinterpret_cast<void*>(other)}});
  CHECK(call(*code, 0) == 0 + 40 + 1 + 't');
  CHECK(call(*code, 1) == 8 + 40 + 2 + 't');
  using Address = void* (*)();
  CHECK(reinterpret_cast<Address>(code->symbol("address"))() == reinterpret_cast<void*>(other));
  using Word = const char* (*)(int);
  CHECK(std::string(reinterpret_cast<Word>(code->symbol("word"))(4)) == "four");
  CHECK(call(*load_object(object, {{"other", reinterpret_cast<void*>(other)}}), 0) ==
        0 + 40 + 1 + 't'); // its variables are its own
}

TEST_CASE("objects with any bytes changed are refused or loaded, within their bounds") {
  const std::string object =
      compile_cpp(samples::repeated(samples::softmax_kernel, 1), host_target());
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string changed = object;
    for (int n = 0; n < 3; ++n) { // half of them in the header, or in the tables at the end
      const size_t at = random() % 2   ? random() % changed.size()
                        : random() % 4 ? changed.size() - 1 - random() % 1024
                                       : random() % 64;
      changed[at] = static_cast<char>(random() % 2 ? random() : 0xff);
    }
    try {
      load_object(changed, {});
    } catch (const InternalError&) {
    } catch (const Error& error) {
      if (error.diag() != Diag::OutOfMemory) throw;
    }
  }
}

TEST_CASE("loading and unloading leaves nothing behind") {
  const std::string object =
      compile_cpp(samples::repeated(samples::softmax_kernel, 2), host_target());
  for (int i = 0; i < 200; ++i)
    load_object(object, {}); // fills the allocator's free lists
  const long before = resident_kib(), mapped = mappings();
  for (int i = 0; i < 5000; ++i)
    load_object(object, {});
  if (!TSC_ASAN && !TSC_TSAN) CHECK(resident_kib() - before < 1024); // they keep freed memory
  CHECK(mappings() <= mapped + 4);
}

TEST_CASE("five thousand programs live together, loaded by sixteen threads") {
  const std::string object = compile_cpp(adds(5), host_target());
  std::vector<std::unique_ptr<LoadedCode>> codes(5000);
  CHECK(on_threads(16, [&](int thread) {
          for (size_t i = thread; i < codes.size(); i += 16) {
            codes[i] = load_object(object, {});
            if (call(*codes[i], 1) != 6) return false;
          }
          return true;
        }) == 0);
  mappings();
  for (const auto& code : codes)
    if (!code || call(*code, 2) != 7) FAIL("a program was lost");
  CHECK(on_threads(16, [&](int thread) {
          for (size_t i = thread; i < codes.size(); i += 16)
            codes[i].reset();
          return true;
        }) == 0);
}

TEST_CASE("a shared library exports and needs what it says") {
  const std::string source = "extern \"C\" double sinh(double);\n"
                             "extern \"C\" double helper(double x) { return sinh(x); }\n"
                             "extern \"C\" double model(double x) { return helper(x) + 1; }\n";
  const std::vector<std::string> objects = {compile_cpp(source, host_target())},
                                 exports = {"model"};
  const std::string bytes = link_shared(objects, exports, {});
  const Elf elf = read_elf(bytes);
  CHECK(elf.needed == std::vector<std::string>{"libm.so.6", "libc.so.6"});
  CHECK(elf.defined == exports);
  CHECK(elf.now);
  CHECK_FALSE(elf.text_relocations);
  CHECK_FALSE(elf.executable_stack);
  CHECK_FALSE(elf.writable_code);
  CHECK_FALSE(contains(bytes, "/proc/"));
  CHECK_FALSE(contains(bytes, "memfd"));
  const Library library(bytes);
  INFO(library.why);
  REQUIRE(library.handle != nullptr);
  CHECK(dlsym(library.handle, "helper") == nullptr);
  const auto model = reinterpret_cast<double (*)(double)>(dlsym(library.handle, "model"));
  REQUIRE(model != nullptr);
  CHECK(model(0.5) == std::sinh(0.5) + 1);
}

TEST_CASE("a shared library names the libraries it was given") {
  const std::vector<std::string> objects = {compile_cpp(adds(1), host_target())},
                                 exports = {"tsc_run"}, libraries = {"libopenblas.so.0"};
  CHECK(read_elf(link_shared(objects, exports, libraries)).needed ==
        std::vector<std::string>{"libopenblas.so.0", "libm.so.6", "libc.so.6"});
}

TEST_CASE("linking is deterministic, from many threads and among compilations") {
  const std::string object =
      compile_cpp(samples::repeated(samples::chain_kernel, 2), host_target());
  const std::vector<std::string> objects = {object}, exports = {"tsc_run"};
  const std::string expected = link_shared(objects, exports, {});
  std::vector<int> open_files; // other descriptor numbers must not show
  for (int i = 0; i < 20; ++i)
    open_files.push_back(dup(0));
  CHECK(link_shared(objects, exports, {}) == expected);
  for (int fd : open_files)
    close(fd);
  CHECK(on_threads(6, [&](int i) {
          if (i % 2)
            return compile_cpp(samples::repeated(samples::chain_kernel, 2), host_target()) ==
                   object;
          return link_shared(objects, exports, {}) == expected;
        }) == 0);
}

TEST_CASE("link errors carry the linker's words") {
  const std::string object = compile_cpp(adds(1), host_target());
  const std::vector<std::string> twice = {object, object}, once = {object}, exports = {"tsc_run"},
                                 absent = {"absent"}, hostile = {"a; b"};
  const std::string message = message_of([&] { link_shared(twice, exports, {}); });
  CHECK(contains(message, "E0707"));
  CHECK(contains(message, "duplicate symbol: tsc_run"));
  CHECK(contains(message, "object 1"));
  CHECK_FALSE(contains(message, "/proc/"));
  CHECK(contains(message_of([&] { link_shared(once, absent, {}); }), "absent"));
  CHECK_THROWS_AS(link_shared(once, hostile, {}), InternalError);
}

TEST_CASE("data objects carry bytes to compiled functions") {
  std::string large(100000, '\0');
  for (size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<char>(i * 7);
  const std::vector<DataSymbol> symbols = {
      {"c0", large, 64}, {"c1", std::string_view("a\0b", 3), 1}, {"c2", "", 8}};
  const CpuTarget target = host_target();
  const std::string data = data_object(symbols, target);
  CHECK(data == data_object(symbols, target));
  const std::string source = "extern \"C\" const unsigned char c0[], c1[];\n"
                             "extern \"C\" int get(long i) { return c0[i]; }\n"
                             "extern \"C\" int second(long i) { return c1[i]; }\n"
                             "extern \"C\" long where() { return (long)c0; }\n";
  const std::vector<std::string> objects = {compile_cpp(source, target), data},
                                 exports = {"get", "second", "where"};
  const std::string bytes = link_shared(objects, exports, {});
  const Elf elf = read_elf(bytes);
  CHECK(elf.defined.size() == 3); // the data is hidden
  const Library library(bytes);
  INFO(library.why);
  REQUIRE(library.handle != nullptr);
  const auto get = reinterpret_cast<int (*)(long)>(dlsym(library.handle, "get"));
  for (long i = 0; i < 100000; i += 997)
    CHECK(get(i) == static_cast<unsigned char>(i * 7));
  CHECK(reinterpret_cast<int (*)(long)>(dlsym(library.handle, "second"))(2) == 'b');
  CHECK(reinterpret_cast<long (*)()>(dlsym(library.handle, "where"))() % 64 == 0);
}
