// Sections of object files and libraries, found without loading or running anything. For any bytes:
// every offset is checked before it is followed.
#pragma once

#include <cstring>
#include <elf.h>
#include <string_view>
#include <vector>

namespace tsc {

[[noreturn]] void elf_table_damaged();

// Is it an ELF file or an archive (.a), by its first bytes?
bool is_binary(std::string_view file);

struct ElfSection {
  Elf64_Shdr header;
  std::string_view name, content; // of a section without bytes (SHT_NOBITS), none
};
struct ElfFile {
  Elf64_Ehdr header;
  std::vector<ElfSection> sections; // by their numbers
};

// What a 64-bit little-endian ELF file consists of, pointing into `file`. Throws Error(BadLibrary)
// that says what is wrong with the file, but not its name.
ElfFile elf_file(std::string_view file);

// The text that begins at `offset` in the content of a table of strings.
std::string_view elf_string(std::string_view strings, uint64_t offset);

// A table whose rows are of type T, wherever it lies in memory.
template <class T>
std::vector<T> elf_table(const ElfSection& section) {
  if (section.header.sh_entsize != sizeof(T) || section.content.size() % sizeof(T) != 0)
    elf_table_damaged();
  std::vector<T> rows(section.content.size() / sizeof(T));
  if (!rows.empty()) std::memcpy(rows.data(), section.content.data(), section.content.size());
  return rows;
}

// The contents of all sections of this name: of a 64-bit little-endian ELF file, or of all such
// files in an archive. They point into `file`. Throws Error(BadLibrary) that says what is wrong
// with the file, but not its name.
std::vector<std::string_view> sections_named(std::string_view file, std::string_view name);

} // namespace tsc
