#include "cache/bundle.h"

#include "support/error.h"
#include "support/files.h"
#include "support/hash.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>

namespace tsc {

namespace {

constexpr std::string_view magic = "TSCB";
constexpr uint64_t max_entry = uint64_t{4} << 30;

std::string number(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

[[noreturn]] void cannot_read(const std::string& name) {
  throw Error(Diag::CannotRead, fmt::format("cannot read '{}'", printable(name, 200)));
}

class Reader {
public:
  Reader(std::istream& stream, const std::string& name) : stream_(stream), name_(name) {
    size_ = static_cast<uint64_t>(stream_.seekg(0, std::ios::end).tellg());
    stream_.seekg(0);
    if (!stream_) cannot_read(name);
    if (bytes(magic.size()) != magic) fail("it does not start as a bundle does");
    if (const uint64_t version = number(4); version != bundle_version)
      fail(fmt::format("it has version {}, and this program reads {}", version, bundle_version));
  }

  // The next entry, or nothing at the end, whose checksum then fits.
  std::optional<Entry> entry() {
    const uint64_t size = number(8);
    if (size == 0) return finish();
    if (size > max_entry) fail("an entry is too long");
    auto entry = decode(bytes(size));
    if (!entry) fail("an entry is damaged");
    return entry;
  }

private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Diag::CannotRead,
                fmt::format("'{}' is no whole bundle: {}", printable(name_, 200), why));
  }

  std::string bytes(uint64_t count) {
    if (count > size_ - read_) fail("it is cut off"); // before a length from the file is believed
    std::string out(count, '\0');
    if (!stream_.read(out.data(), static_cast<std::streamsize>(count))) fail("it is cut off");
    hash_.update(out);
    read_ += count;
    return out;
  }

  uint64_t number(size_t size) {
    uint64_t value = 0;
    const std::string text = bytes(size);
    for (size_t i = 0; i < size; ++i)
      value |= uint64_t{static_cast<uint8_t>(text[i])} << (8 * i);
    return value;
  }

  std::optional<Entry> finish() {
    const Digest digest = hash_.finish();
    const std::string stored = bytes(digest.bytes.size());
    const bool fits = std::equal(stored.begin(), stored.end(), digest.bytes.begin(),
                                 [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
    if (!fits || read_ != size_) fail("its checksum does not fit");
    return std::nullopt;
  }

  std::istream& stream_;
  const std::string& name_;
  Sha256 hash_;
  uint64_t size_ = 0, read_ = 0;
};

} // namespace

void write_bundle(const std::filesystem::path& path,
                  const std::function<std::optional<Entry>()>& next) {
  AtomicFile file(path, 0600);
  Sha256 hash;
  const auto write = [&](std::string_view bytes) {
    hash.update(bytes);
    file.write(bytes);
  };
  write(magic);
  write(number(bundle_version, 4));
  while (const auto entry = next()) {
    const std::string bytes = encode(*entry);
    write(number(bytes.size(), 8));
    write(bytes);
  }
  write(number(0, 8));
  const Digest digest = hash.finish();
  file.write(digest.bytes.data(), digest.bytes.size());
  file.commit();
}

void read_bundle(const std::filesystem::path& path, const std::function<void(Entry)>& take) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) cannot_read(path.string()); // a pipe waits
  std::ifstream file(path, std::ios::binary);
  read_bundle(file, path.string(), take);
}

void read_bundle(std::istream& stream, const std::string& name,
                 const std::function<void(Entry)>& take) {
  Reader check(stream, name);
  while (check.entry()) {
  }
  Reader again(stream, name);
  while (auto entry = again.entry())
    take(std::move(*entry));
}

} // namespace tsc
