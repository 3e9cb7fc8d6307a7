// What reads bytes of strangers. Each target takes any bytes whatever, within bounded time and
// memory, and ends in a result or a tsc::Error; what it accepts must also hold together (written
// again, it is the same). test_fuzz_bytes.cpp feeds them from mutated seeds, libfuzzer.cpp from
// libFuzzer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tsc::fuzz {

struct ByteTarget {
  const char* name;
  // Reads the bytes. Throws std::logic_error where something accepted does not hold together; a
  // tsc::Error is a good answer and is swallowed here.
  void (*read)(std::string_view bytes);
  // Good inputs to begin from, the same at every call.
  std::vector<std::string> (*seeds)();
  // Words that the format knows, for mutations.
  std::vector<std::string> words;
};

const std::vector<ByteTarget>& all_byte_targets();

} // namespace tsc::fuzz
