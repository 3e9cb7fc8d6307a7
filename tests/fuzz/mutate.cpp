#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cstring>

namespace tsc::fuzz {

namespace {

size_t position(Random& random, const std::string& bytes) {
  return static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size()) + 1));
}

// Mostly short parts, sometimes all the rest.
std::string part(Random& random, const std::string& bytes) {
  const size_t at = position(random, bytes);
  return bytes.substr(at, random.chance(10) ? std::string::npos
                                            : static_cast<size_t>(random.between(1, 16)));
}

// A number in little-endian bytes, of the sorts that overflow something.
std::string number(Random& random) {
  const uint64_t base = uint64_t{1} << random.below(64);
  const uint64_t value = base + static_cast<uint64_t>(random.between(-2, 2));
  std::string bytes(static_cast<size_t>(1 << random.below(4)), '\0');
  std::memcpy(bytes.data(), &value, bytes.size());
  return bytes;
}

void change(Random& random, std::string& bytes, const std::vector<std::string>& others,
            const std::vector<std::string>& words) {
  const size_t at = position(random, bytes);
  switch (random.below(8)) {
  case 0: // a bit
    if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
    return;
  case 1: // a byte
    if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
    return;
  case 2: // a number over what stands there
    if (const std::string n = number(random); at + n.size() <= bytes.size())
      bytes.replace(at, n.size(), n);
    return;
  case 3: // a part less
    bytes.erase(at, part(random, bytes).size());
    return;
  case 4: // a part twice
    bytes.insert(at, part(random, bytes));
    return;
  case 5: // a part of another
    bytes.insert(at, part(random, random.pick(others)));
    return;
  case 6: // the end cut off
    if (random.chance(30)) bytes.resize(at);
    return;
  default: // a word
    if (!words.empty()) bytes.insert(at, random.pick(words));
  }
}

} // namespace

std::string mutated(Random& random, std::string bytes, const std::vector<std::string>& others,
                    const std::vector<std::string>& words, size_t max_bytes) {
  for (int64_t i = random.between(1, 8); i > 0; --i)
    change(random, bytes, others, words);
  bytes.resize(std::min(bytes.size(), max_bytes));
  return bytes;
}

} // namespace tsc::fuzz
