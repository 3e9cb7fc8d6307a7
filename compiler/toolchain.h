// The CPU toolchain: Clang in process from source text to an object file, objects to a shared
// library. Everything happens in memory: no shell, no child process, no temporary file, no signal
// handler. All functions are thread-safe.
//
// Clang, LLVM and LLD stand in a shared library of their own, libtsc-clang, made of
// compiler/clang/. The first call of any of these functions opens it, which takes longer than all
// else that a program from the cache needs; throws Error(NoBackend) where it is not there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsc {

// A CPU to compile for, resolved: no "native" inside, so that it can be part of a cache key.
struct CpuTarget {
  std::string triple;                // "x86_64-unknown-linux-gnu"
  std::string cpu;                   // "znver3"
  std::vector<std::string> features; // sorted, "+avx2"; tuning-only features are left out
  bool operator==(const CpuTarget&) const = default;
};

// The machine we run on.
CpuTarget host_target();

// "native" or a CPU name that LLVM knows ("x86-64-v3", "znver3"); throws Error(BadTarget) with a
// suggestion otherwise.
CpuTarget target_named(std::string_view cpu);

// The names that target_named takes besides "native", sorted; none without the CPU compiler.
std::vector<std::string> known_cpus();

enum class Emit { Object, Assembly, LlvmIr };

// Plain is for code without loops that take time: it compiles in half the time.
enum class Effort { Full, Plain };

// Compiles header-free C++ `source`, which we emitted, so that a diagnostic of Clang's is our bug
// and throws InternalError with Clang's first message. Deterministic: same source and target, same
// bytes.
std::string compile_cpp(const std::string& source, const CpuTarget& target,
                        Emit emit = Emit::Object, Effort effort = Effort::Full);

// An object file that defines each blob as a read-only hidden symbol, in `section` if one is named.
struct DataSymbol {
  std::string name;
  std::string_view bytes;
  uint32_t alignment;
  std::string section{};
};
std::string data_object(std::span<const DataSymbol> symbols, const CpuTarget& target);

// Links objects into a shared library that exports just `exports` and needs libm and `libraries`
// (sonames such as "libopenblas.so.0"); `soname` is its own, if it shall have one. Deterministic
// bytes. Throws Error(CannotLink) with the linker's words.
std::string link_shared(std::span<const std::string> objects, std::span<const std::string> exports,
                        std::span<const std::string> libraries, const std::string& soname = "");

// Links objects into one object.
std::string link_object(std::span<const std::string> objects);

// A static archive with one object, deterministic.
std::string archive(const std::string& object, const std::string& name);

// Names the compiler for cache keys: Clang's full version and our code generation settings.
std::string toolchain_identity();

} // namespace tsc
