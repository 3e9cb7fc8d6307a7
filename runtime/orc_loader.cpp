// JITLink without an ORC session. A session, its dylibs and its symbol pool serve code that arrives
// piece by piece and finds each other by name; our objects are complete and resolve against a given
// table, so one link each is all there is: nothing global grows, threads share only the memory
// manager, and unloading is one munmap.
#include "runtime/loader.h"
#include "support/error.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/Support/Process.h>
#include <map>
#include <unordered_map>

namespace tsc {
namespace {

namespace jl = llvm::jitlink;
namespace orc = llvm::orc;
using Finalized = jl::JITLinkMemoryManager::FinalizedAlloc;

// Writes code through writable pages and then makes them executable and read-only: never both.
// Leaked on purpose: functions may be unloaded by destructors of the program's statics.
jl::InProcessMemoryManager& memory() {
  static auto* manager = new jl::InProcessMemoryManager(llvm::sys::Process::getPageSizeEstimate());
  return *manager;
}

// What Clang may call of its own accord, whatever the source says.
const SymbolTable& compiler_support() {
  using Unary = double (*)(double);
  using UnaryF = float (*)(float);
  using Binary = double (*)(double, double);
  using BinaryF = float (*)(float, float);
#define UNARY(name)                                                                                \
  {#name, reinterpret_cast<void*>(static_cast<Unary>(::name))},                                    \
      {#name "f", reinterpret_cast<void*>(static_cast<UnaryF>(::name##f))}
#define BINARY(name)                                                                               \
  {#name, reinterpret_cast<void*>(static_cast<Binary>(::name))}, {                                 \
    #name "f", reinterpret_cast<void*>(static_cast<BinaryF>(::name##f))                            \
  }
  static const auto* table = new SymbolTable{
      {"memcpy", reinterpret_cast<void*>(&memcpy)},
      {"memmove", reinterpret_cast<void*>(&memmove)},
      {"memset", reinterpret_cast<void*>(&memset)},
      {"memcmp", reinterpret_cast<void*>(&memcmp)},
      {"malloc", reinterpret_cast<void*>(&malloc)},
      {"free", reinterpret_cast<void*>(&free)},
      {"fma", reinterpret_cast<void*>(static_cast<double (*)(double, double, double)>(::fma))},
      {"fmaf", reinterpret_cast<void*>(static_cast<float (*)(float, float, float)>(::fmaf))},
      UNARY(acos),
      UNARY(acosh),
      UNARY(asin),
      UNARY(asinh),
      UNARY(atan),
      UNARY(atanh),
      UNARY(cbrt),
      UNARY(ceil),
      UNARY(cos),
      UNARY(cosh),
      UNARY(erf),
      UNARY(erfc),
      UNARY(exp),
      UNARY(exp2),
      UNARY(expm1),
      UNARY(floor),
      UNARY(lgamma),
      UNARY(log),
      UNARY(log10),
      UNARY(log1p),
      UNARY(log2),
      UNARY(nearbyint),
      UNARY(rint),
      UNARY(round),
      UNARY(sin),
      UNARY(sinh),
      UNARY(sqrt),
      UNARY(tan),
      UNARY(tanh),
      UNARY(tgamma),
      UNARY(trunc),
      BINARY(atan2),
      BINARY(copysign),
      BINARY(fmax),
      BINARY(fmin),
      BINARY(fmod),
      BINARY(hypot),
      BINARY(nextafter),
      BINARY(pow),
      BINARY(remainder),
  };
#undef UNARY
#undef BINARY
  return *table;
}

// What one link leaves behind.
struct Linked {
  Finalized allocation;
  std::unordered_map<std::string, void*> symbols;
  std::string error;
  bool forbidden = false; // by the system
};

class Context : public jl::JITLinkContext {
public:
  Context(const SymbolTable& externals, Linked& out)
      : JITLinkContext(nullptr), externals_(externals), out_(out) {}

  jl::JITLinkMemoryManager& getMemoryManager() override { return memory(); }
  void notifyFailed(llvm::Error error) override {
    llvm::handleAllErrors(std::move(error), [this](const llvm::ErrorInfoBase& info) {
      const std::error_code code = info.convertToErrorCode();
      out_.forbidden |=
          code == std::errc::permission_denied || code == std::errc::operation_not_permitted;
      out_.error = info.message();
    });
  }
  void notifyFinalized(Finalized allocation) override { out_.allocation = std::move(allocation); }

  void lookup(const LookupMap& wanted,
              std::unique_ptr<jl::JITLinkAsyncLookupContinuation> resume) override {
    jl::AsyncLookupResult found;
    std::vector<std::string> missing;
    for (const auto& [name, flags] : wanted) {
      void* address = find(*name);
      if (address)
        found[name] = {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
      else if (flags == jl::SymbolLookupFlags::RequiredSymbol)
        missing.push_back((*name).str());
      else
        found[name] = {orc::ExecutorAddr(), llvm::JITSymbolFlags::Exported};
    }
    if (missing.empty()) return resume->run(std::move(found));
    resume->run(llvm::createStringError("unresolved symbol " +
                                        *std::min_element(missing.begin(), missing.end())));
  }

  llvm::Error notifyResolved(jl::LinkGraph& graph) override {
    for (jl::Symbol* symbol : graph.defined_symbols())
      if (symbol->hasName() && symbol->getScope() == jl::Scope::Default)
        out_.symbols.emplace((*symbol->getName()).str(), symbol->getAddress().toPtr<void*>());
    return llvm::Error::success();
  }

private:
  void* find(llvm::StringRef name) const {
    for (const SymbolTable* table : {&externals_, &compiler_support()})
      for (const auto& [known, address] : *table)
        if (name == known) return address;
    return nullptr;
  }

  const SymbolTable& externals_;
  Linked& out_;
};

class OrcCode : public LoadedCode {
public:
  explicit OrcCode(Linked linked) : linked_(std::move(linked)) {}
  ~OrcCode() override {
    if (linked_.allocation) llvm::consumeError(memory().deallocate(std::move(linked_.allocation)));
  }
  void* symbol(const std::string& name) const override {
    const auto it = linked_.symbols.find(name);
    return it == linked_.symbols.end() ? nullptr : it->second;
  }

private:
  Linked linked_;
};

// Memory that was written may not become executable: hardened services, SELinux.
[[noreturn]] void refuse_executable_memory(const std::string& reason) {
  throw Error(Diag::NoBackend, "this process may not make memory executable: " + reason)
      .hint("a policy forbids it (PR_SET_MDWE, systemd's MemoryDenyWriteExecute=, SELinux's "
            "execmem); "
            "use the interpreter ('tsc run --interpret', Mode::Interpret) or a library that 'tsc "
            "compile' makes, which works there, too");
}

} // namespace

std::unique_ptr<LoadedCode> load_object(std::string object, const SymbolTable& externals) {
  const auto names = std::make_shared<orc::SymbolStringPool>(); // outlives every name in it
  auto graph = jl::createLinkGraphFromObject(llvm::MemoryBufferRef(object, "object"), names);
  if (!graph) throw InternalError("cannot load object: " + llvm::toString(graph.takeError()));
  Linked linked;
  jl::link(std::move(*graph), std::make_unique<Context>(externals, linked));
  if (linked.forbidden) refuse_executable_memory(linked.error);
  if (!linked.error.empty()) throw InternalError("cannot load object: " + linked.error);
  return std::make_unique<OrcCode>(std::move(linked));
}

} // namespace tsc
