#include "compiler/nvrtc.h"

#include "support/error.h"
#include "support/settings.h"

#include <algorithm>
#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <regex>
#include <sstream>

namespace tsc {

namespace {

// The few functions that we call, as NVIDIA documents them: nvrtcResult is an enum, 0 is success.
struct Nvrtc {
  using Program = struct _nvrtcProgram*;
  int (*version)(int* major, int* minor);
  int (*archs_count)(int* count);
  int (*archs)(int* archs);
  int (*create)(Program*, const char* source, const char* name, int headers, const char* const*,
                const char* const*);
  int (*compile)(Program, int options, const char* const*);
  int (*destroy)(Program*);
  int (*log_size)(Program, size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, size_t*);
  int (*cubin)(Program, char*);
  int (*ptx_size)(Program, size_t*);
  int (*ptx)(Program, char*);
};

template <class F>
bool bind(void* library, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(library, name));
  return function != nullptr;
}

bool bind_all(void* library, Nvrtc& n) {
  return bind(library, "nvrtcVersion", n.version) &&
         bind(library, "nvrtcGetNumSupportedArchs", n.archs_count) &&
         bind(library, "nvrtcGetSupportedArchs", n.archs) &&
         bind(library, "nvrtcCreateProgram", n.create) &&
         bind(library, "nvrtcCompileProgram", n.compile) &&
         bind(library, "nvrtcDestroyProgram", n.destroy) &&
         bind(library, "nvrtcGetProgramLogSize", n.log_size) &&
         bind(library, "nvrtcGetProgramLog", n.log) &&
         bind(library, "nvrtcGetCUBINSize", n.cubin_size) &&
         bind(library, "nvrtcGetCUBIN", n.cubin) && bind(library, "nvrtcGetPTXSize", n.ptx_size) &&
         bind(library, "nvrtcGetPTX", n.ptx);
}

std::vector<std::string> library_names() {
  if (const std::string path = value(Setting::Nvrtc); !path.empty()) return {path};
  return {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
}

// Opened once, and never closed: null where there is none.
const Nvrtc* nvrtc_or_null() {
  static const std::unique_ptr<const Nvrtc> opened = []() -> std::unique_ptr<const Nvrtc> {
    for (const std::string& name : library_names())
      if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        auto functions = std::make_unique<Nvrtc>();
        if (bind_all(library, *functions)) return functions;
        dlclose(library);
      }
    return nullptr;
  }();
  return opened.get();
}

const Nvrtc& nvrtc() {
  if (const Nvrtc* functions = nvrtc_or_null()) return *functions;
  throw Error(Diag::NoBackend, "code for GPUs needs NVRTC 12 or later, which was not found")
      .note("sought", fmt::format("{}", fmt::join(library_names(), ", ")))
      .hint("install it (CUDA toolkit, or the Python package nvidia-cuda-nvrtc-cu12), and name the "
            "library by TSC_NVRTC where the system does not find it");
}

// Small sources compile quicker without the declarations of textures; fma is explicit in the
// prelude.
constexpr const char* fixed_options[] = {"--std=c++17", "-minimal", "--fmad=false",
                                         "--ptxas-options=-v", "-w"};

class Program {
public:
  explicit Program(const std::string& source) {
    if (nvrtc().create(&program_, source.c_str(), "tsc.cu", 0, nullptr, nullptr) != 0)
      throw InternalError("nvrtc: no program");
  }
  ~Program() { nvrtc().destroy(&program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool compile(const std::string& target) {
    const std::string architecture = "--gpu-architecture=" + target;
    std::vector<const char*> options(std::begin(fixed_options), std::end(fixed_options));
    options.push_back(architecture.c_str());
    return nvrtc().compile(program_, static_cast<int>(options.size()), options.data()) == 0;
  }

  std::string text(int (*size)(Nvrtc::Program, size_t*), int (*get)(Nvrtc::Program, char*)) const {
    size_t bytes = 0;
    if (size(program_, &bytes) != 0) throw InternalError("nvrtc: no result");
    std::string out(bytes, '\0');
    if (bytes && get(program_, out.data()) != 0) throw InternalError("nvrtc: no result");
    return out;
  }
  // Without the zero behind C strings.
  std::string log() const { return text(nvrtc().log_size, nvrtc().log).c_str(); }

private:
  Nvrtc::Program program_ = nullptr;
};

// What the assembler says of each kernel: the name comes first, then lines about it.
std::vector<KernelUse> uses_in(const std::string& log) {
  static const std::regex entry("Compiling entry function '(\\w+)'");
  static const std::regex stack(
      "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill "
      "loads");
  static const std::regex registers("Used (\\d+) registers");
  static const std::regex shared("(\\d+) bytes smem");
  std::vector<KernelUse> uses;
  bool of_kernel = false; // else of a function that kernels call
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch m;
    const auto number = [&m](size_t i) { return std::stoi(m[i].str()); };
    if (std::regex_search(line, m, entry)) uses.push_back({m[1].str()});
    if (uses.empty()) continue;
    KernelUse& use = uses.back();
    if (line.find("Function properties for ") != std::string::npos)
      of_kernel = line.ends_with("for " + use.kernel);
    if (std::regex_search(line, m, stack)) {
      use.spilled += number(2) + number(3);
      if (of_kernel) use.stack = number(1);
    }
    if (std::regex_search(line, m, registers)) use.registers = number(1);
    if (std::regex_search(line, m, shared)) use.shared = number(1);
  }
  std::sort(uses.begin(), uses.end(), [](const KernelUse& a, const KernelUse& b) {
    return std::pair(a.kernel.size(), a.kernel) < std::pair(b.kernel.size(), b.kernel);
  });
  return uses;
}

void check_gpu(const std::string& gpu) {
  const std::vector<std::string> known = known_gpus();
  if (std::find(known.begin(), known.end(), gpu) != known.end()) return;
  throw Error(Diag::BadTarget, fmt::format("NVRTC knows no GPU '{}'", printable(gpu)))
      .hint(fmt::format("it compiles for {}", fmt::join(known, ", ")));
}

} // namespace

std::vector<std::string> known_gpus() {
  const Nvrtc* n = nvrtc_or_null();
  int count = 0;
  if (!n || n->archs_count(&count) != 0) return {};
  std::vector<int> numbers(static_cast<size_t>(count));
  if (n->archs(numbers.data()) != 0) return {};
  std::vector<std::string> names;
  for (int number : numbers)
    names.push_back(fmt::format("sm_{}", number));
  return names;
}

std::string nvrtc_identity() {
  int major = 0, minor = 0;
  nvrtc().version(&major, &minor);
  return fmt::format("nvrtc {}.{} {}", major, minor, fmt::join(fixed_options, " "));
}

CudaObject compile_cuda(const std::string& source, const std::string& gpu, CudaForm form) {
  nvrtc();
  check_gpu(gpu);
  Program program(source);
  const std::string target = form == CudaForm::Cubin ? gpu : "compute_" + gpu.substr(3);
  if (!program.compile(target)) {
    const std::string log = program.log();
    throw InternalError("nvrtc: " + log.substr(0, log.find('\n')));
  }
  if (form == CudaForm::Ptx) {
    const std::string text = program.text(nvrtc().ptx_size, nvrtc().ptx);
    return {text.c_str(), {}};
  }
  return {program.text(nvrtc().cubin_size, nvrtc().cubin), uses_in(program.log())};
}

} // namespace tsc
