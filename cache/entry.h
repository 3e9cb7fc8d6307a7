// One cache entry and the bytes of its file. All numbers are little-endian:
//
//   entry    = magic version lengths metadata key source object checksum
//   magic    = "TSCE"
//   version  = u32                      entry_version
//   lengths  = u64 u64 u64 u64          of metadata, key, source, object, in bytes
//   metadata, key, source, object       that many bytes each
//   checksum = 32 bytes                 SHA-256 of everything before it
//
// The file ends with the checksum. Lengths and metadata come first so that a listing reads one
// block per file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsc {

inline constexpr uint32_t entry_version = 1;

struct Entry {
  std::string key_text; // the whole key material, KeyText::text()
  std::string metadata; // JSON text, opaque here
  std::string source;   // emitted source
  std::string object;   // relocatable object

  bool operator==(const Entry&) const = default;
};

std::string encode(const Entry& entry);

// The entry, or nothing when a single bit of `bytes` is not as `encode` wrote it.
std::optional<Entry> decode(std::string_view bytes);

// What the first bytes of an entry file say, going by its header alone. Nothing is checked: for
// listings and explanations. Sections that `start` does not hold whole are cut off.
struct EntryStart {
  uint64_t metadata_bytes, key_bytes; // as the header has them
  std::string_view metadata, key_text;
};
inline constexpr uint64_t entry_header_bytes = 40;
std::optional<EntryStart> entry_start(std::string_view start);

} // namespace tsc
