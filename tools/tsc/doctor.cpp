// tsc doctor: does everything that tsc relies on work here?
#include "cache/store.h"
#include "compiler/compile.h"
#include "compiler/nvrtc.h"
#include "compiler/toolchain.h"
#include "ir/parse.h"
#include "runtime/cores.h"
#include "runtime/cuda_driver.h"
#include "runtime/program_symbols.h"
#include "support/settings.h"
#include "tools/common/colour.h"
#include "tools/common/json.h"
#include "tools/common/program_name.h"
#include "tools/tsc/exit_code.h"
#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"
#include "tools/tsc/repro_bundle.h"
#include "tools/tsc/verb.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

extern char** environ;

namespace tsc::cli {

namespace {

enum class State { Ok, Note, Problem }; // a note is something left out that need not be there

struct Finding {
  std::string about, text;
  State state = State::Ok;
  std::string advice = "";
};

using Findings = std::vector<Finding>;

const char* name_of(State state) {
  switch (state) {
  case State::Ok:
    return "ok";
  case State::Note:
    return "note";
  case State::Problem:
    return "problem";
  }
  return "";
}

// Compiles and calls a small graph: finds systems that let no program make code, too.
Finding compiler() {
  if (!TSC_CPU_JIT)
    return {"compiler", "this build has none", State::Note,
            "'tsc run --interpret' works; 'cmake --list-presets' names builds with it"};
  std::string name;
  try {
    const std::string identity = toolchain_identity();
    name = identity.substr(0, identity.find(';'));
    const Graph graph = tsc::parse("tsc 1\ninput x: f32[n]\noutput y = x * 2\n", "doctor").graph;
    CompileReport report;
    const Array x = Array::full(DType::F32, {3}, 2);
    const Array y = compile(graph, {.cache = false}, &report)->run({&x, 1})[0];
    if (y.text() != "[4. 4. 4.]")
      return {"compiler", fmt::format("{}: 2 * 2 is {}", name, y.text()), State::Problem,
              "please report it, with what 'tsc version' prints"};
    return {"compiler",
            fmt::format("{}: a small graph compiles in {:.0f} ms", name, report.toolchain_ms)};
  } catch (const std::exception& error) {
    if (name.empty()) // its library is not there
      return {"compiler", error.what(), State::Problem, "install all of tsc anew"};
    return {"compiler", fmt::format("{}: {}", name, error.what()), State::Problem,
            "code must be made executable: look at SELinux's execmem, or seccomp"};
  }
}

Finding cpu() {
  try {
    const CpuTarget host = host_target();
    return {"cpu", fmt::format("{}, {} ('tsc targets' has its features)", host.cpu, host.triple)};
  } catch (const Error& error) { // a build without the CPU compiler
    return {"cpu", error.message(), State::Note};
  }
}

Finding threads() {
  try {
    const long asked = number(Setting::Threads, 0, 1024);
    const int cores = usable_cores();
    return {"threads",
            asked ? fmt::format("{}, as TSC_THREADS says, on {} usable cores", asked, cores)
                  : fmt::format("{}, one for each usable core", cores)};
  } catch (const Error& error) {
    return {"threads", error.message(), State::Problem, "unset it, or give it a number"};
  }
}

Finding blas() {
  if (!has_blas()) return {"blas", "this build has none: large products are loops", State::Note};
  try {
    const std::string library = blas_library;
    program_symbols({&library, 1});
    return {"blas", "OpenBLAS for large products"};
  } catch (const Error& error) {
    return {"blas", error.message(), State::Problem, "install OpenBLAS (Debian's libopenblas0)"};
  }
}

Finding gpus() {
  constexpr const char* about = "gpu";
  try {
    const CudaDriver& driver = cuda_driver();
    std::string text =
        fmt::format("CUDA {}.{}", driver.version() / 1000, driver.version() % 1000 / 10);
    const std::vector<CudaDeviceInfo> devices = driver.devices();
    if (devices.empty()) return {about, text + ", but no device", State::Note};
    for (const CudaDeviceInfo& d : devices)
      text += fmt::format(", cuda:{} {} ({}, {} GiB)", d.number, printable(d.name),
                          d.architecture(), d.bytes >> 30);
    return {about, text};
  } catch (const Error& error) {
    return {about, error.message(), State::Note,
            "'tsc run --device cuda:0' needs it, nothing else"};
  }
}

Finding gpu_compiler() {
  const std::vector<std::string> gpus = known_gpus();
  if (gpus.empty())
    return {"nvrtc", "not found, or older than 12", State::Note,
            "--emit=ptx and --emit=cubin need it; TSC_NVRTC names the library"};
  return {"nvrtc", fmt::format("compiles for {} to {}", gpus.front(), gpus.back())};
}

Finding cache() {
  try {
    const CacheMode mode = cache_mode(value(Setting::Cache));
    const std::filesystem::path directory = cache_directory();
    if (mode == CacheMode::Off) return {"cache", "off, as TSC_CACHE says", State::Note};
    Store store(directory, CacheMode::Read); // looking must not make it
    const Stats stats = store.stats();
    if (const auto problem = store.problem())
      return {"cache", *problem, State::Problem,
              "'tsc explain E0601' says what the directory must be"};
    if (std::filesystem::exists(directory) && ::access(directory.c_str(), W_OK) != 0)
      return {"cache", fmt::format("{} cannot be written", printable(directory.string(), 200)),
              State::Problem, "give it back to yourself, or name another with TSC_CACHE_DIR"};
    return {"cache",
            fmt::format("{}: {} entries, {:.1f} MiB, {} hits, {} misses",
                        printable(directory.string(), 200), stats.entries,
                        static_cast<double>(stats.bytes) / (1 << 20), stats.hits, stats.misses)};
  } catch (const Error& error) {
    return {"cache", error.message(), State::Problem, "'tsc --help-env' lists the settings"};
  }
}

Finding state() {
  const std::filesystem::path directory = state_directory();
  if (directory.empty())
    return {"state", "neither XDG_STATE_HOME nor HOME is an absolute path", State::Note,
            "internal errors leave no file for 'tsc repro'"};
  return {"state", printable(directory.string(), 200)};
}

// Variables that look like settings and are none: mistyped ones do nothing, silently.
void unknown_settings(Findings& findings) {
  std::vector<std::string_view> known;
  for (const SettingRow& row : all_settings())
    known.emplace_back(row.variable);
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with("TSC_") || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    findings.push_back(
        {"settings",
         fmt::format("there is no setting {}{}", printable(name), did_you_mean(name, known)),
         State::Problem, "'tsc --help-env' lists the settings"});
  }
}

Finding terminal() {
  return {"terminal",
          fmt::format("stderr is {}, messages have {}", ::isatty(STDERR_FILENO) ? "one" : "none",
                      wants_colour("auto") ? "colour" : "no colour")};
}

Findings all_findings() {
  Findings findings = {compiler(), cpu(),  threads(),      blas(),    cache(),
                       state(),    gpus(), gpu_compiler(), terminal()};
  unknown_settings(findings);
  return findings;
}

int run(bool json) {
  const Findings findings = all_findings();
  Json all = Json::array();
  std::string text;
  size_t problems = 0;
  for (const Finding& f : findings) {
    problems += f.state == State::Problem;
    all.push_back(
        {{"about", f.about}, {"state", name_of(f.state)}, {"text", f.text}, {"advice", f.advice}});
    text += fmt::format("{:8} {:12} {}\n", name_of(f.state), f.about, f.text);
    if (!f.advice.empty()) text += fmt::format("{:22}{}\n", "", f.advice);
  }
  text += problems ? fmt::format("{} {}\n", problems, problems == 1 ? "problem" : "problems")
                   : "no problems\n";
  put(json ? json_line({{"findings", all}, {"problems", problems}}) : with_tool_names(text));
  return problems ? Wrong : Done;
}

std::function<int()> declare(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json] { return run(*json); };
}

} // namespace

const Verb doctor_verb = {"doctor", "Say what works here and what does not",
                          "  tsc doctor\n  tsc doctor --json", declare,
                          "{\"findings\": [{\"about\", \"state\": \"ok\", \"note\" or \"problem\", "
                          "\"text\", \"advice\"}], \"problems\": how many}"};

} // namespace tsc::cli
