// One object's way through the kernel cache: its key, whether it is there, and filing it.
#pragma once

#include "cache/store.h"
#include "compiler/compile.h"
#include "compiler/toolchain.h"

#include <memory>
#include <optional>
#include <string>

namespace tsc {

// What an object is made of, besides CompileOptions.
struct ObjectKey {
  const char* kind;         // what it is for: "host object"
  const std::string& graph; // key_text of it
  const CpuTarget& target;
  std::string function = {}, source = {}; // in a library: its name in C, its text's digest
};

// Everything that can change the object, tagged. What cannot (names, lines, paths, time) is left
// out.
std::string key_material(const ObjectKey& object, const CompileOptions& options);

class CacheUse {
public:
  // `report` says what came of it; it and `options` outlive this object.
  CacheUse(std::string key, const CompileOptions& options, CompileReport& report);

  // The entry that makes building needless.
  std::optional<Entry> find();
  // Files what was built in `ms` milliseconds. Where the cache is verified (TSC_CACHE=verify) and
  // had an object, this must be the same: else InternalError.
  void keep(Entry built, double ms);

private:
  std::string key_;
  CompileReport& report_;
  std::unique_ptr<Store> store_; // null: not wanted
  std::optional<Entry> doubted_;
};

} // namespace tsc
