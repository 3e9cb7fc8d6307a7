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

std::vector<Elf64_Shdr> section_headers(std::string_view file, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0) return {};
  if (header.e_shentsize != sizeof(Elf64_Shdr)) damaged("the table of sections is damaged");
  const auto section = [&](uint64_t index) {
    if (header.e_shoff > file.size()) damaged("the file is cut short");
    return read<Elf64_Shdr>(file, header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  // A count that does not fit the header stands in the first section.
  const uint64_t count = header.e_shnum ? header.e_shnum : section(0).sh_size;
  if (count > file.size() / sizeof(Elf64_Shdr)) damaged("the table of sections is damaged");
  std::vector<Elf64_Shdr> headers;
  for (uint64_t i = 0; i < count; ++i)
    headers.push_back(section(i));
  return headers;
}

void elf_sections(std::string_view file, std::string_view name,
                  std::vector<std::string_view>& found) {
  for (const ElfSection& section : elf_file(file).sections)
    if (section.header.sh_type != SHT_NULL && section.name == name)
      found.push_back(section.content);
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

void elf_table_damaged() { damaged("a table is damaged"); }

std::string_view elf_string(std::string_view strings, uint64_t offset) {
  if (offset >= strings.size()) damaged("a name is missing");
  const std::string_view rest = strings.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

ElfFile elf_file(std::string_view file) {
  ElfFile out = {read<Elf64_Ehdr>(file, 0), {}};
  const Elf64_Ehdr& header = out.header;
  if (!file.starts_with(elf_magic)) damaged("it is no ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    damaged("the file is for another kind of machine");
  const std::vector<Elf64_Shdr> headers = section_headers(file, header);
  if (headers.empty()) return out;
  const uint64_t names =
      header.e_shstrndx == SHN_XINDEX ? headers[0].sh_link : uint64_t{header.e_shstrndx};
  if (names >= headers.size()) damaged("the table of sections is damaged");
  const std::string_view strings = content(file, headers[names]);
  for (const Elf64_Shdr& h : headers) {
    if (h.sh_type == SHT_NULL)
      out.sections.push_back({h, {}, {}});
    else
      out.sections.push_back({h, elf_string(strings, h.sh_name), content(file, h)});
  }
  return out;
}

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
