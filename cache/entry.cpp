#include "cache/entry.h"

#include "support/hash.h"

#include <array>

namespace tsc {

namespace {

constexpr std::string_view magic = "TSCE";
constexpr size_t checksum_bytes = 32;

void put_number(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
}

uint64_t number_at(std::string_view bytes, size_t begin, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= uint64_t{static_cast<uint8_t>(bytes[begin + i])} << (8 * i);
  return value;
}

std::string_view checksum(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

// The lengths of the four sections, if `start` begins as an entry of this version does.
std::optional<std::array<uint64_t, 4>> header(std::string_view start) {
  if (start.size() < entry_header_bytes || !start.starts_with(magic)) return std::nullopt;
  if (number_at(start, 4, 4) != entry_version) return std::nullopt;
  std::array<uint64_t, 4> lengths;
  for (size_t i = 0; i < 4; ++i)
    lengths[i] = number_at(start, 8 + 8 * i, 8);
  return lengths;
}

} // namespace

std::string encode(const Entry& entry) {
  const std::array<const std::string*, 4> sections = {&entry.metadata, &entry.key_text,
                                                      &entry.source, &entry.object};
  size_t total = entry_header_bytes + checksum_bytes;
  for (const std::string* section : sections)
    total += section->size();
  std::string out;
  out.reserve(total);
  out += magic;
  put_number(out, entry_version, 4);
  for (const std::string* section : sections)
    put_number(out, section->size(), 8);
  for (const std::string* section : sections)
    out += *section;
  out += checksum(sha256(out));
  return out;
}

std::optional<Entry> decode(std::string_view bytes) {
  const auto lengths = header(bytes);
  if (!lengths || bytes.size() < entry_header_bytes + checksum_bytes) return std::nullopt;
  const std::string_view content = bytes.substr(0, bytes.size() - checksum_bytes);
  std::string_view rest = content.substr(entry_header_bytes);
  std::array<std::string_view, 4> sections;
  for (size_t i = 0; i < 4; ++i) {
    if ((*lengths)[i] > rest.size()) return std::nullopt;
    sections[i] = rest.substr(0, (*lengths)[i]);
    rest.remove_prefix((*lengths)[i]);
  }
  if (!rest.empty()) return std::nullopt;
  if (checksum(sha256(content)) != bytes.substr(content.size())) return std::nullopt;
  return Entry{.key_text = std::string(sections[1]),
               .metadata = std::string(sections[0]),
               .source = std::string(sections[2]),
               .object = std::string(sections[3])};
}

std::optional<EntryStart> entry_start(std::string_view start) {
  const auto lengths = header(start);
  if (!lengths) return std::nullopt;
  const std::string_view rest = start.substr(entry_header_bytes);
  const auto [metadata, key, source, object] = *lengths;
  const std::string_view behind = metadata < rest.size() ? rest.substr(metadata) : "";
  return EntryStart{metadata, key, rest.substr(0, metadata), behind.substr(0, key)};
}

} // namespace tsc
