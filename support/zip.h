// Zip archives in memory: what `.npz` files need. Members are stored or deflated; zip64 is
// understood; encryption, other methods and archives in parts are not. Anything that does not add
// up (offsets, sizes, checksums, names given twice) is an error: a damaged archive never gives
// partial data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsc {

struct ZipMember {
  std::string name;
  std::string bytes;
};

// The members in the order of the directory. Unpacked they may have at most `max_total_bytes`
// together, and no more than deflate can pack into the bytes that are there, so that a small file
// cannot ask for much memory. Throws BadNpy, naming `archive_name`; FileTooLarge past the limit.
std::vector<ZipMember> unzip(std::string_view archive, std::string_view archive_name,
                             uint64_t max_total_bytes);

// Builds an archive of stored members, byte for byte what Python's zipfile writes for numpy.savez:
// the same members give the same bytes, at any time.
class ZipWriter {
public:
  void add(std::string_view name, std::string_view bytes);
  std::string finish(); // may be called once

private:
  std::string archive_, directory_;
  uint64_t members_ = 0;
};

} // namespace tsc
