#include "support/zip.h"

#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <zlib.h>

namespace tsc {

namespace {

constexpr uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50,
                   end_signature = 0x06054b50, end64_signature = 0x06064b50,
                   locator64_signature = 0x07064b50;
constexpr uint32_t in_extra_32 = 0xFFFFFFFF; // the value stands in the zip64 field
constexpr uint16_t in_extra_16 = 0xFFFF;
constexpr uint16_t zip64_tag = 1;
constexpr uint16_t stored = 0, deflated = 8;

[[noreturn]] void bad(std::string_view archive, const std::string& why) {
  throw Error(Diag::BadNpy, fmt::format("'{}': {}", printable(archive, 200), why));
}

// A bounds-checked little-endian reader: the one place where offsets meet the archive's bytes.
class Reader {
public:
  Reader(std::string_view bytes, std::string_view archive) : bytes_(bytes), archive_(archive) {}

  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  std::string_view take(uint64_t count) {
    if (count > bytes_.size()) bad(archive_, "the archive is truncated");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  void skip(uint64_t count) { take(count); }
  bool empty() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }

private:
  uint64_t number(size_t width) {
    uint64_t value = 0;
    const std::string_view taken = take(width);
    for (size_t i = width; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(taken[i]);
    return value;
  }

  std::string_view bytes_, archive_;
};

struct Directory {
  uint64_t entries, bytes, offset;
};

struct Entry {
  std::string_view name;
  uint16_t flags, method;
  uint32_t crc;
  uint64_t packed, unpacked, header_offset;
};

class Unzipper {
public:
  Unzipper(std::string_view archive, std::string_view name) : archive_(archive), name_(name) {}

  std::vector<Entry> entries() const {
    const Directory directory = find_directory();
    Reader reader = at(directory.offset);
    Reader list(reader.take(directory.bytes), name_);
    std::vector<Entry> found;
    while (!list.empty())
      found.push_back(entry(list));
    if (found.size() != directory.entries)
      bad(name_, fmt::format("the archive's directory holds {} members, not {}", found.size(),
                             directory.entries));
    return found;
  }

  std::string unpack(const Entry& e) const {
    const auto fail = [&](const char* why) {
      bad(name_, fmt::format("member '{}' {}", printable(e.name), why));
    };
    if (e.flags & 1) fail("is encrypted");
    if (e.method != stored && e.method != deflated) fail("is packed by an unknown method");
    if (e.method == stored && e.packed != e.unpacked) fail("has two sizes");
    // Deflate packs at most 258 bytes into two bits.
    if (e.unpacked / 1032 > e.packed) fail("claims more data than it can hold");
    const std::string_view packed = data_of(e);
    std::string bytes = e.method == stored ? std::string(packed) : std::string(e.unpacked, '\0');
    if (e.method == deflated && !inflate_into(packed, bytes)) fail("is damaged");
    if (crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != e.crc)
      fail("has a wrong checksum");
    return bytes;
  }

private:
  Reader at(uint64_t offset) const {
    Reader reader(archive_, name_);
    reader.skip(offset);
    return reader;
  }

  // The end record is found from behind: only a comment may follow it.
  Directory find_directory() const {
    constexpr size_t end_bytes = 22, locator_bytes = 20, longest_comment = 65535;
    if (archive_.size() < end_bytes) bad(name_, "not a zip archive");
    const size_t last = archive_.size() - end_bytes;
    const size_t first = last > longest_comment ? last - longest_comment : 0;
    for (size_t position = last + 1; position-- > first;) {
      Reader end = at(position);
      if (end.u32() != end_signature) continue;
      end.skip(4); // disk numbers: an archive in parts fails at its offsets
      end.skip(2);
      const uint16_t entries = end.u16();
      const uint32_t bytes = end.u32(), offset = end.u32();
      const uint16_t comment = end.u16();
      if (comment != end.left()) continue;
      if (entries != in_extra_16 && bytes != in_extra_32 && offset != in_extra_32)
        return {entries, bytes, offset};
      if (position < locator_bytes) bad(name_, "the archive is truncated");
      return find_directory64(position - locator_bytes);
    }
    bad(name_, "not a zip archive, or truncated");
  }

  Directory find_directory64(uint64_t locator_offset) const {
    Reader locator = at(locator_offset);
    if (locator.u32() != locator64_signature) bad(name_, "the zip64 locator is missing");
    locator.skip(4);
    Reader end = at(locator.u64());
    if (end.u32() != end64_signature) bad(name_, "the zip64 end record is missing");
    end.skip(8 + 2 + 2 + 4 + 4 + 8);
    const uint64_t entries = end.u64(), bytes = end.u64(), offset = end.u64();
    return {entries, bytes, offset};
  }

  Entry entry(Reader& list) const {
    if (list.u32() != entry_signature) bad(name_, "the archive's directory is damaged");
    Entry e{};
    list.skip(4); // versions
    e.flags = list.u16();
    e.method = list.u16();
    list.skip(4); // time
    e.crc = list.u32();
    const uint32_t packed = list.u32(), unpacked = list.u32();
    const uint16_t name_bytes = list.u16(), extra_bytes = list.u16(), comment_bytes = list.u16();
    list.skip(2 + 2 + 4);
    const uint32_t offset = list.u32();
    e.name = list.take(name_bytes);
    Reader extra = zip64_field(list.take(extra_bytes));
    list.skip(comment_bytes);
    // The zip64 field holds just the values that do not fit above, in this order.
    e.unpacked = unpacked == in_extra_32 ? extra.u64() : unpacked;
    e.packed = packed == in_extra_32 ? extra.u64() : packed;
    e.header_offset = offset == in_extra_32 ? extra.u64() : offset;
    return e;
  }

  // The payload of the zip64 extra field, empty when there is none.
  Reader zip64_field(std::string_view extra) const {
    Reader fields(extra, name_);
    while (fields.left() >= 4) {
      const uint16_t tag = fields.u16();
      const std::string_view payload = fields.take(fields.u16());
      if (tag == zip64_tag) return Reader(payload, name_);
    }
    return Reader({}, name_);
  }

  std::string_view data_of(const Entry& e) const {
    Reader reader = at(e.header_offset);
    if (reader.u32() != local_signature)
      bad(name_, fmt::format("member '{}' is not where the directory says", printable(e.name)));
    reader.skip(22);
    const uint16_t name_bytes = reader.u16(), extra_bytes = reader.u16();
    if (reader.take(name_bytes) != e.name)
      bad(name_, fmt::format("member '{}' has another name in its header", printable(e.name)));
    reader.skip(extra_bytes);
    return reader.take(e.packed);
  }

  // Fills `bytes` exactly; false when the stream is damaged, longer or shorter.
  static bool inflate_into(std::string_view packed, std::string& bytes) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    constexpr size_t step = size_t{1} << 30; // zlib counts in 32 bits
    auto* in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.next_in = in;
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    size_t in_left = packed.size(), out_left = bytes.size();
    int status = Z_OK;
    while (status == Z_OK) {
      const size_t in_step = std::min(in_left, step), out_step = std::min(out_left, step);
      stream.avail_in = static_cast<uInt>(in_step);
      stream.avail_out = static_cast<uInt>(out_step);
      status = inflate(&stream, Z_NO_FLUSH);
      in_left -= in_step - stream.avail_in;
      out_left -= out_step - stream.avail_out;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && in_left == 0 && out_left == 0;
  }

  std::string_view archive_, name_;
};

} // namespace

std::vector<ZipMember> unzip(std::string_view archive, std::string_view archive_name,
                             uint64_t max_total_bytes) {
  const Unzipper unzipper(archive, archive_name);
  std::vector<ZipMember> members;
  std::set<std::string_view> names;
  uint64_t budget = max_total_bytes;
  for (const Entry& e : unzipper.entries()) {
    if (!names.insert(e.name).second)
      bad(archive_name, fmt::format("member '{}' is there twice", printable(e.name)));
    if (e.unpacked > budget)
      throw Error(Diag::FileTooLarge, fmt::format("'{}' unpacks to more than the limit of {} bytes",
                                                  printable(archive_name, 200), max_total_bytes));
    budget -= e.unpacked;
    members.push_back({std::string(e.name), unzipper.unpack(e)});
  }
  return members;
}

// ---- Writing -----------------------------------------------------------------------------------

namespace {

constexpr uint16_t version_zip64 = 45;
constexpr uint16_t made_by_unix = 3 << 8 | version_zip64;
constexpr uint32_t first_of_1980 = 0x00210000; // time and date: a fixed one, for equal bytes
constexpr uint16_t utf8_name = 1 << 11;
constexpr uint32_t owner_may_read_and_write = 0600u << 16;
constexpr uint64_t zip64_from = uint64_t{1} << 31; // where Python's zipfile changes over

void put(std::string& out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
}
void put16(std::string& out, uint64_t value) { put(out, value, 2); }
void put32(std::string& out, uint64_t value) { put(out, value, 4); }
void put64(std::string& out, uint64_t value) { put(out, value, 8); }

} // namespace

void ZipWriter::add(std::string_view name, std::string_view bytes) {
  if (name.size() > 0xFFFF)
    throw Error(Diag::NameLimit,
                fmt::format("'{}': a zip member's name has at most 65535 bytes", printable(name)));
  const bool ascii = std::ranges::all_of(name, [](unsigned char c) { return c < 0x80; });
  const uint64_t offset = archive_.size(), size = bytes.size();
  const uint64_t crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  // Signature, version, flags, method, time, checksum.
  const auto common = [&](std::string& out) {
    put16(out, version_zip64);
    put16(out, ascii ? 0 : utf8_name);
    put16(out, stored);
    put32(out, first_of_1980);
    put32(out, crc);
  };

  put32(archive_, local_signature);
  common(archive_);
  put32(archive_, in_extra_32);
  put32(archive_, in_extra_32);
  put16(archive_, name.size());
  put16(archive_, 20);
  archive_ += name;
  put16(archive_, zip64_tag);
  put16(archive_, 16);
  put64(archive_, size);
  put64(archive_, size);
  archive_ += bytes;

  std::string wide; // values that do not fit into the entry
  if (size >= zip64_from) put64(wide, size), put64(wide, size);
  if (offset >= zip64_from) put64(wide, offset);
  put32(directory_, entry_signature);
  put16(directory_, made_by_unix);
  common(directory_);
  put32(directory_, size >= zip64_from ? in_extra_32 : size);
  put32(directory_, size >= zip64_from ? in_extra_32 : size);
  put16(directory_, name.size());
  put16(directory_, wide.empty() ? 0 : wide.size() + 4);
  put16(directory_, 0); // comment
  put16(directory_, 0); // disk
  put16(directory_, 0); // internal attributes
  put32(directory_, owner_may_read_and_write);
  put32(directory_, offset >= zip64_from ? in_extra_32 : offset);
  directory_ += name;
  if (!wide.empty()) {
    put16(directory_, zip64_tag);
    put16(directory_, wide.size());
    directory_ += wide;
  }
  ++members_;
}

std::string ZipWriter::finish() {
  const uint64_t start = archive_.size(), size = directory_.size();
  archive_ += directory_;
  if (members_ >= in_extra_16 || start >= zip64_from || size >= zip64_from) {
    const uint64_t end64 = archive_.size();
    put32(archive_, end64_signature);
    put64(archive_, 44); // bytes that follow
    put16(archive_, version_zip64);
    put16(archive_, version_zip64);
    put32(archive_, 0); // this disk
    put32(archive_, 0); // the directory's disk
    put64(archive_, members_);
    put64(archive_, members_);
    put64(archive_, size);
    put64(archive_, start);
    put32(archive_, locator64_signature);
    put32(archive_, 0);
    put64(archive_, end64);
    put32(archive_, 1); // disks
  }
  const uint64_t count = std::min<uint64_t>(members_, in_extra_16);
  put32(archive_, end_signature);
  put16(archive_, 0);
  put16(archive_, 0);
  put16(archive_, count);
  put16(archive_, count);
  put32(archive_, std::min<uint64_t>(size, in_extra_32));
  put32(archive_, std::min<uint64_t>(start, in_extra_32));
  put16(archive_, 0);
  return std::move(archive_);
}

} // namespace tsc
