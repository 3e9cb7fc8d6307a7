#include "support/elf.h"

#include "support/error.h"

#include <charconv>
#include <cstring>
#include <elf.h>

namespace tsc {

namespace {

constexpr std::string_view elf_magic = "\x7f"
                                       "ELF",
                           archive_magic = "!<arch>\n";

[[noreturn]] void damaged(const char* why) { throw Error(Diag::BadLibrary, why); }

// `count` bytes from `offset` on.
std::string_view part(std::string_view file, uint64_t offset, uint64_t count) {
  if (offset > file.size() || count > file.size() - offset) damaged("the file is cut short");
  return file.substr(offset, count);
}

template <class T>
T read(std::string_view file, uint64_t offset) {
  T value;
  std::memcpy(&value, part(file, offset, sizeof value).data(), sizeof value);
  return value;
}

std::string_view content(std::string_view file, const Elf64_Shdr& section) {
  if (section.sh_type == SHT_NOBITS) return {};
  return part(file, section.sh_offset, section.sh_size);
}

void elf_sections(std::string_view file, std::string_view name,
                  std::vector<std::string_view>& found) {
  const auto header = read<Elf64_Ehdr>(file, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    damaged("the file is for another kind of machine");
  if (header.e_shoff == 0) return;
  if (header.e_shentsize != sizeof(Elf64_Shdr)) damaged("the table of sections is damaged");
  const auto section = [&](uint64_t index) {
    if (index > file.size()) damaged("the table of sections is damaged"); // before it can wrap
    if (header.e_shoff > file.size()) damaged("the file is cut short");
    return read<Elf64_Shdr>(file, header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  // Counts that do not fit the header stand in the first section.
  const uint64_t count = header.e_shnum ? header.e_shnum : section(0).sh_size;
  const uint64_t names = header.e_shstrndx == SHN_XINDEX ? section(0).sh_link : header.e_shstrndx;
  if (count > file.size() / sizeof(Elf64_Shdr)) damaged("the table of sections is damaged");
  const std::string_view strings = content(file, section(names));
  for (uint64_t i = 0; i < count; ++i) {
    const Elf64_Shdr s = section(i);
    if (s.sh_type == SHT_NULL) continue;
    if (s.sh_name >= strings.size()) damaged("a section has no name");
    const std::string_view rest = strings.substr(s.sh_name);
    if (rest.substr(0, rest.find('\0')) == name) found.push_back(content(file, s));
  }
}

void archive_sections(std::string_view file, std::string_view name,
                      std::vector<std::string_view>& found) {
  constexpr uint64_t header_bytes = 60;
  for (uint64_t at = archive_magic.size(); at < file.size();) {
    const std::string_view header = part(file, at, header_bytes);
    if (!header.ends_with("`\n")) damaged("the archive is damaged");
    const std::string_view size = header.substr(48, 10);
    uint64_t bytes = 0;
    if (std::from_chars(size.data(), size.data() + size.size(), bytes).ec != std::errc())
      damaged("the archive is damaged");
    const std::string_view member = part(file, at + header_bytes, bytes);
    if (member.starts_with(elf_magic)) elf_sections(member, name, found);
    at += header_bytes + bytes + bytes % 2;
  }
}

} // namespace

bool is_binary(std::string_view file) {
  return file.starts_with(elf_magic) || file.starts_with(archive_magic);
}

std::vector<std::string_view> sections_named(std::string_view file, std::string_view name) {
  std::vector<std::string_view> found;
  if (file.starts_with(elf_magic))
    elf_sections(file, name, found);
  else if (file.starts_with(archive_magic))
    archive_sections(file, name, found);
  else
    damaged("it is no library, object or archive");
  return found;
}

} // namespace tsc
