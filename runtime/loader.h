// Loads object files into this process. Needs neither LLVM nor the system's dynamic linker.
#pragma once

#include "support/error.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tsc {

// The system lets no memory become executable that was written: hardened services, SELinux. Whoever
// catches it may interpret instead.
class NoExecutableMemory : public Error {
public:
  explicit NoExecutableMemory(const std::string& reason);
};

// Code in memory, released with the object. Thread-safe once loaded.
class LoadedCode {
public:
  virtual ~LoadedCode() = default;
  virtual void* symbol(const std::string& name) const = 0; // null when absent
};

// Symbols of this process that the object may use, by name: nothing else resolves.
using SymbolTable = std::vector<std::pair<std::string, void*>>;

// Links `object` (relocatable ELF, as the compiler makes them) into memory; never RWX. Throws
// InternalError when it cannot be linked, e.g. for a symbol that `externals` does not hold;
// NoExecutableMemory; Error(OutOfMemory).
std::unique_ptr<LoadedCode> load_object(const std::string& object, const SymbolTable& externals);

} // namespace tsc
