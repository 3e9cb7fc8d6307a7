#include "tests/fuzz/seeds.h"

#include <cstdlib>
#include <string_view>

namespace tsc::fuzz {

Seeds seeds(uint64_t few, uint64_t many, uint64_t from) {
  if (const char* asked = std::getenv("TSC_FUZZ_SEED")) {
    char* end = nullptr;
    const uint64_t first = std::strtoull(asked, &end, 10);
    return {first, *end == '-' ? std::strtoull(end + 1, nullptr, 10) : first};
  }
  const char* lengthy = std::getenv("TSC_LONG");
  if (lengthy && std::string_view(lengthy) == "1") return {from, from + many - 1};
  return {1, few};
}

} // namespace tsc::fuzz
