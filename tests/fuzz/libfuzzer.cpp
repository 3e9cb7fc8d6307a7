// The byte targets under libFuzzer: scripts/fuzz builds this with Clang and runs it.
// TSC_FUZZ_TARGET names the target; TSC_FUZZ_SEEDS=FOLDER writes its seeds there and ends.
#include "support/files.h"
#include "tests/fuzz/byte_targets.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

using namespace tsc::fuzz;

namespace {

const ByteTarget* chosen = nullptr;

const ByteTarget& target() {
  const char* name = std::getenv("TSC_FUZZ_TARGET");
  for (const ByteTarget& t : all_byte_targets())
    if (name && std::string_view(name) == t.name) return t;
  fmt::print(stderr, "TSC_FUZZ_TARGET is one of:");
  for (const ByteTarget& t : all_byte_targets())
    fmt::print(stderr, " {}", t.name);
  fmt::print(stderr, "\n");
  std::exit(2);
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  chosen = &target();
  if (const char* folder = std::getenv("TSC_FUZZ_SEEDS")) {
    std::filesystem::create_directories(folder);
    size_t number = 0;
    for (const std::string& seed : chosen->seeds())
      tsc::write_file(std::filesystem::path(folder) / fmt::format("seed{}", number++), seed);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  chosen->read({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
