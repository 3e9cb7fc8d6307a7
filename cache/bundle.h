// Entries in one file, to be carried to another machine or into a read-only layer:
//
//   bundle   = magic version entry* end checksum
//   magic    = "TSCB"
//   version  = u32                       bundle_version
//   entry    = u64 bytes                 as in an entry file (cache/entry.h); the length is not 0
//   end      = u64                       0
//   checksum = 32 bytes                  SHA-256 of everything before it
//
// The checksums tell damage, not malice: whoever made a bundle can run code as those who import it.
#pragma once

#include "cache/entry.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

namespace tsc {

inline constexpr uint32_t bundle_version = 1;

// Writes the entries that `next` gives until it gives nothing. The file appears whole or not at
// all. Throws CannotWrite.
void write_bundle(const std::filesystem::path& path,
                  const std::function<std::optional<Entry>()>& next);

// Checks the whole file, then hands each entry to `take`. Throws CannotRead when a single bit is
// not as written, before anything was handed out.
void read_bundle(const std::filesystem::path& path, const std::function<void(Entry)>& take);
// Of a stream that can be read twice; `name` is for messages.
void read_bundle(std::istream& stream, const std::string& name,
                 const std::function<void(Entry)>& take);

} // namespace tsc
