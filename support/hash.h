// SHA-256 (FIPS 180-4) over tagged text. The digest names cache entries and large constants, so it
// is the same on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tsc {

struct Digest {
  std::array<uint8_t, 32> bytes{};
  std::string hex() const; // 64 lowercase digits
  auto operator<=>(const Digest&) const = default;
};

class Sha256 {
public:
  Sha256();
  Sha256& update(const void* data, size_t size);
  Sha256& update(std::string_view text) { return update(text.data(), text.size()); }
  Digest finish(); // may be called once

private:
  void block(const uint8_t* data);

  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> buffer_;
  size_t buffered_ = 0;
  uint64_t total_ = 0;
};

Digest sha256(std::string_view text);
Digest sha256(std::span<const std::byte> data);

// Mixes `value` into `seed`: for in-memory tables only, never stored.
inline uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t x = (seed ^ value) * 0x9E3779B97F4A7C15ull;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ull;
  return x ^ (x >> 29);
}

uint64_t mix(uint64_t seed, std::string_view text);

// Key text: fields preceded by tag and length ("target 12:x86-64-v3...\n"), so that no two
// different lists of fields give the same text.
class KeyText {
public:
  KeyText& field(std::string_view tag, std::string_view value);
  KeyText& field(std::string_view tag, int64_t value);
  const std::string& text() const { return text_; }
  Digest digest() const { return sha256(text_); }

private:
  std::string text_;
};

} // namespace tsc
