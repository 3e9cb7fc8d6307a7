// Clang and LLVM without their drivers: parse to a module, optimise it with the passes that emitted
// programs need, write the object. Everything is set up by hand, so that no file, environment
// variable or option of the process can change what is generated.
//
// Times on one Zen 4 core, warm process, best of several; plain -O2 in brackets: empty function 1.5
// ms [1.6], one loop 7.9 [9.3], ten-op chain with two inlined exp 14.4 [15.9], log-softmax 24 [28];
// twenty of the last two in one source 206 [238] and 390 [520]. The code is as fast as that of -O2
// or faster, but for loops that a failed check leaves (0.85). Half of the time is instruction
// selection and what follows it, which no choice of passes here changes.
#include "compiler/clang/llvm_options.h"
#include "compiler/toolchain.h"
#include "support/error.h"

#include <algorithm>
#include <cfenv>
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/Basic/Builtins.h>
#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Basic/FileManager.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Basic/TargetInfo.h>
#include <clang/Basic/Version.h>
#include <clang/CodeGen/ModuleBuilder.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Parse/ParseAST.h>
#include <clang/Sema/Sema.h>
#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/VirtualFileSystem.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/thread.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <map>
#include <mutex>

namespace tsc {

std::shared_mutex& llvm_options_lock() {
  static auto* lock = new std::shared_mutex;
  return *lock;
}

namespace {

// The passes, in LLVM's notation: those of -O2 that emitted programs need. Left out, because
// measured to cost time and to gain nothing: the inliner (always_inline is honoured), the passes
// between functions, GVN, jump threading, and the second and third round of most others; the SLP
// vectoriser, because it is superlinear on long straight-line code. "tsc-interleave" is ours,
// below.
constexpr const char* pipeline =
    "function(sroa<modify-cfg>,early-cse,simplifycfg),"
    "always-inline,"
    "function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "simplifycfg,loop-mssa(loop-rotate,licm),loop(indvars,loop-deletion,loop-unroll-full),"
    "sroa<modify-cfg>,early-cse<memssa>,loop-mssa(licm),"
    "tsc-interleave,loop-vectorize,"
    "instcombine<no-verify-fixpoint>,simplifycfg<no-keep-loops>,"
    "loop-unroll<O2>,sroa<preserve-cfg>,instcombine<no-verify-fixpoint>,"
    "loop-mssa(licm)),"
    "globaldce";

// Those for code that runs once in a call, such as the wrapper of a library.
constexpr const char* plain_pipeline =
    "function(sroa<modify-cfg>,early-cse,simplifycfg),"
    "always-inline,"
    "function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "simplifycfg),"
    "globaldce";

// Part of toolchain_identity(): raise it when a change here alters generated code.
constexpr int settings_version = 2;

void initialise_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser(); // for CPUID in the prelude's cpu.h
  });
}

// Runs `work` on a thread of our own: with stack enough for LLVM's recursion however small the
// caller's is, in the default floating-point environment (LLVM folds constants on the host), and
// with signals blocked, so that handlers of the host keep running on threads of the host. Costs
// about 0.05 ms.
template <class Work>
auto on_own_thread(Work work) -> decltype(work()) {
  constexpr unsigned stack_bytes = 32 << 20; // glibc keeps stacks below 40 MiB for the next thread
  decltype(work()) result;
  std::exception_ptr failure;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  llvm::thread thread(std::optional<unsigned>(stack_bytes), [&] {
    fesetenv(FE_DFL_ENV);
    try {
      result = work();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  thread.join();
  if (failure) std::rethrow_exception(failure);
  return result;
}

// Keeps Clang's first error; prints nothing.
class FirstError : public clang::DiagnosticConsumer {
public:
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic& info) override {
    DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < clang::DiagnosticsEngine::Error || !text_.empty()) return;
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    text_ = message.str();
    if (!info.hasSourceManager() || !info.getLocation().isValid()) return;
    const clang::PresumedLoc at = info.getSourceManager().getPresumedLoc(info.getLocation());
    if (at.isValid()) text_ += fmt::format(" (line {}, column {})", at.getLine(), at.getColumn());
  }
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

// Keeps LLVM's first error and drops its remarks and warnings, which it would print.
class BackendErrors : public llvm::DiagnosticHandler {
public:
  explicit BackendErrors(std::string& first) : first_(first) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() == llvm::DS_Error && first_.empty()) {
      llvm::raw_string_ostream out(first_);
      llvm::DiagnosticPrinterRawOStream printer(out);
      info.print(printer);
    }
    return true;
  }

private:
  std::string& first_;
};

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

bool has(const CpuTarget& target, std::string_view feature) {
  return std::find(target.features.begin(), target.features.end(), feature) !=
         target.features.end();
}

// ---- Targets ----

// The triple by which we name this machine, whoever built LLVM.
std::string host_triple() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  triple.setVendor(llvm::Triple::UnknownVendor);
  return triple.str();
}

// What Clang knows about the machines of a triple.
class TargetFacts {
public:
  explicit TargetFacts(const std::string& triple) {
    options_.Triple = triple;
    info_.reset(clang::TargetInfo::CreateTargetInfo(*diagnostics_, options_));
    TSC_CHECK(info_ != nullptr);
  }
  bool knows(std::string_view cpu) const { return info_->isValidCPUName(cpu); }
  std::vector<std::string_view> cpus() const {
    llvm::SmallVector<llvm::StringRef, 64> names;
    info_->fillValidCPUList(names);
    return {names.begin(), names.end()};
  }
  // The instruction sets that a CPU of this name has.
  std::map<std::string, bool> features_of(const std::string& cpu) const {
    llvm::StringMap<bool> found;
    info_->initFeatureMap(found, *diagnostics_, cpu, {});
    std::map<std::string, bool> sorted;
    for (const auto& feature : found)
      sorted[feature.first().str()] = feature.second;
    return sorted;
  }

private:
  clang::DiagnosticOptions diagnostic_options_;
  clang::IgnoringDiagConsumer silence_;
  llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> diagnostics_ =
      llvm::makeIntrusiveRefCnt<clang::DiagnosticsEngine>(clang::DiagnosticIDs::create(),
                                                          diagnostic_options_, &silence_,
                                                          /*ShouldOwnClient=*/false);
  clang::TargetOptions options_;
  std::unique_ptr<clang::TargetInfo> info_;
};

// Hints to the scheduler, which change no result and no requirement: two machines that differ in
// them alone can share code.
bool is_tuning(llvm::StringRef feature) {
  return feature.starts_with("prefer-") || feature.starts_with("slow-") ||
         feature.starts_with("fast-") || feature.starts_with("tune-");
}

// What the machine says it has, and what its CPU model should have but the machine (often virtual)
// lacks. Absent features that the model does not imply are left out: they need no saying.
CpuTarget detect_host() {
  CpuTarget host{host_triple(), llvm::sys::getHostCPUName().str(), {}};
  std::map<std::string, bool> features = TargetFacts(host.triple).features_of(host.cpu);
  const std::map<std::string, bool> implied = features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    const std::string name = feature.first().str();
    if (feature.second)
      features[name] = true;
    else if (implied.count(name))
      features[name] = false;
  }
  for (const auto& [name, present] : features)
    if (!is_tuning(name) && (present || implied.count(name)))
      host.features.push_back((present ? "+" : "-") + name);
  std::sort(host.features.begin(), host.features.end());
  return host;
}

// ---- Source to module ----

void set_language(clang::LangOptions& language, const std::string& triple) {
  std::vector<std::string> includes;
  clang::LangOptions::setLangDefaults(language, clang::Language::CXX, llvm::Triple(triple),
                                      includes, clang::LangStandard::lang_cxx17);
  language.RTTI = language.RTTIData = false;
  language.Exceptions = language.CXXExceptions = false;
  language.ConvergentFunctions = false; // the driver says so too; convergent code hardly moves
  language.GNUCVersion = 40201;         // what the driver sets: __GNUC__ is 4
  language.MathErrno = false;
  language.PICLevel = 2;
  language.setDefaultFPContractMode(clang::LangOptions::FPM_On); // fuse only within an expression
  language.setFPExceptionMode(clang::LangOptions::FPE_Ignore);
  language.setSignedOverflowBehavior(clang::LangOptions::SOB_Defined);
}

void set_code_generation(clang::CodeGenOptions& options, const CpuTarget& target) {
  options.OptimizationLevel = 2;
  options.RelocationModel = llvm::Reloc::PIC_;
  options.CodeModel = "small";
  options.EmitVersionIdentMetadata = false;
  options.UnrollLoops = true; // otherwise each loop is marked as not to be unrolled
  options.RelaxedAliasing =
      true; // one workspace holds arrays of several types, one after the other
  // LLVM prefers 256 bits on Intel's server CPUs, for the sake of the first ones with AVX-512,
  // whose clock dropped. Those that came later (all have VBMI) do better with 512: the ten-op chain
  // takes 0.89 ns an element instead of 1.48 on Zen 4.
  if (has(target, "+avx512vbmi")) options.PreferVectorWidth = "512";
}

std::shared_ptr<clang::CompilerInvocation> make_invocation(const CpuTarget& target) {
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  invocation->getTargetOpts().Triple = target.triple;
  invocation->getTargetOpts().CPU = target.cpu;
  invocation->getTargetOpts().FeaturesAsWritten = target.features;
  invocation->getDiagnosticOpts().IgnoreWarnings = true;
  clang::HeaderSearchOptions& headers = invocation->getHeaderSearchOpts();
  headers.UseStandardSystemIncludes = headers.UseStandardCXXIncludes = headers.UseBuiltinIncludes =
      false;
  set_language(invocation->getLangOpts(), target.triple);
  set_code_generation(invocation->getCodeGenOpts(), target);
  return invocation;
}

// Clang's stages called one by one: a frontend action would also create a second target machine and
// parse options for LLVM.
std::unique_ptr<llvm::Module> parse(const std::string& source, const CpuTarget& target,
                                    llvm::LLVMContext& context) {
  FirstError errors; // outlives the compiler, which reports to it
  clang::CompilerInstance compiler(make_invocation(target));
  compiler.setVirtualFileSystem(llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>());
  compiler.createDiagnostics(&errors, /*ShouldOwnClient=*/false);
  if (!compiler.createTarget()) throw InternalError("clang: " + errors.text());
  compiler.createFileManager();
  compiler.createSourceManager();
  clang::SourceManager& sources = compiler.getSourceManager();
  sources.setMainFileID(sources.createFileID(llvm::MemoryBufferRef(source, "source.cpp")));

  compiler.createPreprocessor(clang::TU_Complete);
  clang::Preprocessor& preprocessor = compiler.getPreprocessor();
  preprocessor.getBuiltinInfo().initializeBuiltins(preprocessor.getIdentifierTable(),
                                                   compiler.getLangOpts());
  compiler.createASTContext();
  auto owned = clang::CreateLLVMCodeGen(compiler, "tsc", context);
  clang::CodeGenerator& generator = *owned;
  compiler.setASTConsumer(std::move(owned));
  compiler.createSema(clang::TU_Complete, nullptr);

  errors.BeginSourceFile(compiler.getLangOpts(), &preprocessor);
  clang::ParseAST(compiler.getSema());
  errors.EndSourceFile();
  if (compiler.getDiagnostics().hasErrorOccurred()) throw InternalError("clang: " + errors.text());
  return std::unique_ptr<llvm::Module>(generator.ReleaseModule());
}

// ---- Module to object ----

std::unique_ptr<llvm::TargetMachine> make_machine(const CpuTarget& target) {
  std::string error;
  const llvm::Triple triple(target.triple);
  const llvm::Target* found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    throw Error(Diag::BadTarget, fmt::format("cannot compile for '{}'", printable(target.triple)))
        .hint("this build compiles for " + host_triple());
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  options.ExceptionModel = llvm::ExceptionHandling::None;
  return std::unique_ptr<llvm::TargetMachine>(found->createTargetMachine(
      triple, target.cpu, join(target.features), options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Default));
}

// A target machine on loan. Making one and its tables costs more than compiling a small program, so
// that idle ones are kept; a machine serves one compilation at a time.
class Machine {
public:
  explicit Machine(const CpuTarget& target)
      : key_(target.triple + " " + target.cpu + " " + join(target.features)) {
    {
      std::lock_guard lock(idle().mutex);
      auto& kept = idle().machines[key_];
      if (!kept.empty()) {
        machine_ = std::move(kept.back());
        kept.pop_back();
      }
    }
    if (!machine_) machine_ = make_machine(target);
  }
  ~Machine() {
    std::lock_guard lock(idle().mutex);
    auto& kept = idle().machines[key_];
    if (kept.size() < kept_per_target) kept.push_back(std::move(machine_));
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  llvm::TargetMachine& operator*() const { return *machine_; }
  llvm::TargetMachine* operator->() const { return machine_.get(); }

private:
  static constexpr size_t kept_per_target = 16;
  struct Idle {
    std::mutex mutex;
    std::map<std::string, std::vector<std::unique_ptr<llvm::TargetMachine>>> machines;
  };
  static Idle& idle() {
    static auto* idle = new Idle; // leaked: statics of the program may still compile at exit
    return *idle;
  }

  std::string key_;
  std::unique_ptr<llvm::TargetMachine> machine_;
};

// Tells the vectoriser how many vectors to take at once in loops that carry no value but their
// counter. By itself it takes one for long bodies, where a second chain hides latency (the ten-op
// chain runs in 0.76 instead of 0.89 ns an element; four would give 0.69 and cost 1.5 ms to
// compile), and too few for loops that it cannot vectorise, such as a transpose. Reductions and
// loops with a hint of their own are left alone.
struct Interleave : llvm::PassInfoMixin<Interleave> {
  static constexpr size_t long_body = 40; // instructions

  static bool carries_values(const llvm::Loop& loop) {
    const auto phis = loop.getHeader()->phis();
    return std::distance(phis.begin(), phis.end()) != 1;
  }

  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
    for (llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
      constexpr const char* hint = "llvm.loop.interleave.count";
      if (!loop->isInnermost() || carries_values(*loop)) continue;
      if (llvm::getOptionalIntLoopAttribute(loop, hint)) continue;
      size_t instructions = 0;
      for (const llvm::BasicBlock* block : loop->blocks())
        instructions += block->size();
      llvm::addStringMetadataToLoop(loop, hint, instructions < long_body ? 4 : 2);
    }
    return llvm::PreservedAnalyses::all();
  }
};

void optimise(llvm::Module& module, llvm::TargetMachine& machine, Effort effort) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, llvm::PipelineTuningOptions(), std::nullopt, nullptr,
                            llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>());
  builder.registerPipelineParsingCallback(
      [](llvm::StringRef name, llvm::FunctionPassManager& passes, auto) {
        if (name != "tsc-interleave") return false;
        passes.addPass(Interleave());
        return true;
      });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error =
          builder.parsePassPipeline(passes, effort == Effort::Full ? pipeline : plain_pipeline))
    throw InternalError("llvm: " + llvm::toString(std::move(error)));
  passes.run(module, modules);
}

std::string generate(llvm::Module& module, llvm::TargetMachine& machine,
                     llvm::CodeGenFileType type) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(machine.getTargetTriple()));
  if (machine.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true))
    throw InternalError("llvm: this target cannot write such a file");
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

std::string print(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out, nullptr);
  return text;
}

std::string compile(const std::string& source, const CpuTarget& target, Emit emit, Effort effort) {
  initialise_llvm();
  std::shared_lock options(llvm_options_lock());
  std::string error;
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<BackendErrors>(error));
  const Machine machine(target);
  const auto module = parse(source, target, context);
  optimise(*module, *machine, effort);
  std::string out;
  switch (emit) {
  case Emit::Object:
    out = generate(*module, *machine, llvm::CodeGenFileType::ObjectFile);
    break;
  case Emit::Assembly:
    out = generate(*module, *machine, llvm::CodeGenFileType::AssemblyFile);
    break;
  case Emit::LlvmIr:
    out = print(*module);
    break;
  }
  if (!error.empty()) throw InternalError("llvm: " + error);
  return out;
}

void add_symbol(llvm::Module& module, const DataSymbol& symbol) {
  llvm::Constant* bytes =
      llvm::ConstantDataArray::getString(module.getContext(), symbol.bytes, /*AddNull=*/false);
  auto* variable = new llvm::GlobalVariable(module, bytes->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::ExternalLinkage, bytes, symbol.name);
  variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
  variable->setAlignment(llvm::Align(symbol.alignment));
  if (!symbol.section.empty()) variable->setSection(symbol.section);
}

} // namespace

CpuTarget host_target() {
  static const CpuTarget host = detect_host();
  return host;
}

CpuTarget target_named(std::string_view cpu) {
  if (cpu == "native") return host_target();
  CpuTarget target{host_triple(), std::string(cpu), {}};
  const TargetFacts facts(target.triple);
  if (!facts.knows(cpu))
    throw Error(Diag::BadTarget,
                fmt::format("no CPU named '{}'{}", printable(cpu), did_you_mean(cpu, facts.cpus())))
        .hint("use 'native' or a name that Clang's -march= takes, such as 'x86-64-v3'");
  for (const auto& [name, present] : facts.features_of(target.cpu))
    if (present && !is_tuning(name)) target.features.push_back("+" + name);
  return target;
}

std::vector<std::string> known_cpus() {
  const TargetFacts facts(host_triple());
  const std::vector<std::string_view> names = facts.cpus();
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::string compile_cpp(const std::string& source, const CpuTarget& target, Emit emit,
                        Effort effort) {
  return on_own_thread([&] { return compile(source, target, emit, effort); });
}

std::string data_object(std::span<const DataSymbol> symbols, const CpuTarget& target) {
  initialise_llvm();
  std::shared_lock options(llvm_options_lock());
  const Machine machine(target);
  llvm::LLVMContext context;
  llvm::Module module("tsc", context);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  for (const DataSymbol& symbol : symbols)
    add_symbol(module, symbol);
  return generate(module, *machine, llvm::CodeGenFileType::ObjectFile);
}

std::string toolchain_identity() {
  return fmt::format("{}; settings {}; {}; {}", clang::getClangFullVersion(), settings_version,
                     pipeline, plain_pipeline);
}

} // namespace tsc
