// Small ELF files for the tests of what reads them.
#pragma once

#include <cstring>
#include <elf.h>
#include <string>

namespace tsc::test {

// A file with a section ".tsc.meta" that holds `content`.
inline std::string small_elf(const std::string& content) {
  const std::string names("\0.shstrtab\0.tsc.meta\0", 21);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 1;
  header.e_shoff = sizeof header;
  Elf64_Shdr sections[3] = {};
  const uint64_t data = sizeof header + sizeof sections;
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = data;
  sections[1].sh_size = names.size();
  sections[2].sh_name = 11;
  sections[2].sh_type = SHT_PROGBITS;
  sections[2].sh_offset = data + names.size();
  sections[2].sh_size = content.size();
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(sections), sizeof sections);
  return file + names + content;
}

} // namespace tsc::test
