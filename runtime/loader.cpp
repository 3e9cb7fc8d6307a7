// A linker for the objects that the compiler makes: complete but for a few functions of a table,
// for x86-64, position-independent, in the small code model. All that an object has stands in one
// mapping, so that every distance fits 32 bits; what is outside is reached through tables of
// addresses (GOT) and jumps (PLT) in it. Nothing global grows, threads share nothing, and unloading
// is one munmap.
//
// It knows the few kinds of sections, symbols and relocations that such objects have, and refuses
// all others. Any bytes may come (the cache's file is the user's): every offset is checked.
#include "runtime/loader.h"

#include "runtime/program_symbols.h"
#include "support/elf.h"
#include "support/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace tsc {
namespace {

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw InternalError("cannot load object: " + fmt::format(format, std::forward<Args>(args)...));
}

// Pages of one protection, in the order in which they lie.
enum Pages { Code, Constants, Variables };

// Anonymous pages, writable until `protect`.
class Mapping {
public:
  explicit Mapping(size_t bytes) : bytes_(bytes) {
    void* const start =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
      throw Error(Diag::OutOfMemory, fmt::format("no memory for a program of {} bytes", bytes));
    start_ = static_cast<std::byte*>(start);
  }
  ~Mapping() { ::munmap(start_, bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::byte* at(size_t offset) const { return start_ + offset; }

  void protect(size_t from, size_t bytes, int protection) const {
    if (bytes == 0 || ::mprotect(start_ + from, bytes, protection) == 0) return;
    if ((protection & PROT_EXEC) && (errno == EACCES || errno == EPERM))
      throw NoExecutableMemory(std::strerror(errno));
    refuse("{}", std::strerror(errno));
  }

private:
  std::byte* start_;
  size_t bytes_;
};

class MappedCode : public LoadedCode {
public:
  MappedCode(std::unique_ptr<Mapping> mapping, std::map<std::string, void*, std::less<>> symbols)
      : mapping_(std::move(mapping)), symbols_(std::move(symbols)) {}
  void* symbol(const std::string& name) const override {
    const auto it = symbols_.find(name);
    return it == symbols_.end() ? nullptr : it->second;
  }

private:
  std::unique_ptr<Mapping> mapping_;
  std::map<std::string, void*, std::less<>> symbols_;
};

// ---- Relocations ----

struct RelocationKind {
  uint32_t type;
  int bytes;                                      // of the field: a signed number
  bool relative;                                  // to the field's own place
  enum Target { Symbol, Jump, AddressOf } target; // itself; by a jump if outside; its GOT entry
};

constexpr RelocationKind relocation_kinds[] = {
    {R_X86_64_64, 8, false, RelocationKind::Symbol},
    {R_X86_64_PC64, 8, true, RelocationKind::Symbol},
    {R_X86_64_PC32, 4, true, RelocationKind::Symbol},
    {R_X86_64_PLT32, 4, true, RelocationKind::Jump},
    {R_X86_64_GOTPCREL, 4, true, RelocationKind::AddressOf},
    {R_X86_64_GOTPCRELX, 4, true, RelocationKind::AddressOf},
    {R_X86_64_REX_GOTPCRELX, 4, true, RelocationKind::AddressOf},
};

const RelocationKind& kind_of(uint32_t type) {
  for (const RelocationKind& kind : relocation_kinds)
    if (kind.type == type) return kind;
  refuse("unknown relocation {}", type);
}

// ---- One link ----

class Link {
public:
  Link(std::string_view object, const SymbolTable& externals);
  std::unique_ptr<LoadedCode> finish();

private:
  struct Relocation {
    Elf64_Rela rela;
    const RelocationKind& kind;
    uint32_t symbol, section;
  };
  struct Part { // of the mapping
    size_t begin = 0, end = 0;
  };
  static constexpr size_t jump_bytes = 8, address_bytes = 8;
  static constexpr size_t max_bytes = size_t{1} << 30; // within reach of 32 bits

  bool loaded(const ElfSection& section) const { return section.header.sh_flags & SHF_ALLOC; }
  const ElfSection& section(uint64_t index) const;
  void read_symbols();
  void read_relocations();
  void place();
  void place_sections(Pages pages);
  size_t reserve(size_t bytes, size_t alignment);
  void resolve(const SymbolTable& externals);
  void* external(std::string_view name, const SymbolTable& externals) const;
  void copy_sections() const;
  void write_tables() const;
  void relocate(const Relocation& relocation) const;
  uint64_t target_of(const Relocation& relocation) const;
  std::map<std::string, void*, std::less<>> exported() const;

  bool outside(uint32_t symbol) const { return symbols_[symbol].st_shndx == SHN_UNDEF; }
  uint64_t address(size_t offset) const {
    return reinterpret_cast<uintptr_t>(mapping_->at(offset));
  }

  ElfFile file_;
  std::vector<Elf64_Sym> symbols_;
  std::string_view names_; // of symbols
  std::vector<Relocation> relocations_;
  std::map<uint32_t, size_t> slots_; // which symbols have a GOT entry, and a jump: the how manieth

  size_t end_ = 0;              // of what is placed
  std::vector<size_t> offsets_; // of sections
  std::array<Part, 3> parts_;
  size_t jumps_ = 0, addresses_ = 0; // where the tables begin
  std::unique_ptr<Mapping> mapping_;
  std::vector<uint64_t> values_; // addresses of symbols
};

Link::Link(std::string_view object, const SymbolTable& externals) : file_(elf_file(object)) {
  if (file_.header.e_type != ET_REL || file_.header.e_machine != EM_X86_64)
    refuse("it is no relocatable object for x86-64");
  read_symbols();
  read_relocations();
  place();
  resolve(externals);
}

std::unique_ptr<LoadedCode> Link::finish() {
  copy_sections();
  write_tables();
  for (const Relocation& relocation : relocations_)
    relocate(relocation);
  auto symbols = exported();
  mapping_->protect(parts_[Code].begin, parts_[Code].end - parts_[Code].begin,
                    PROT_READ | PROT_EXEC);
  mapping_->protect(parts_[Constants].begin, parts_[Constants].end - parts_[Constants].begin,
                    PROT_READ);
  return std::make_unique<MappedCode>(std::move(mapping_), std::move(symbols));
}

const ElfSection& Link::section(uint64_t index) const {
  if (index >= file_.sections.size()) refuse("there is no section {}", index);
  return file_.sections[index];
}

void Link::read_symbols() {
  for (const ElfSection& s : file_.sections) {
    if (s.header.sh_type != SHT_SYMTAB) continue;
    symbols_ = elf_table<Elf64_Sym>(s);
    names_ = section(s.header.sh_link).content;
  }
  for (const Elf64_Sym& symbol : symbols_) {
    const int type = ELF64_ST_TYPE(symbol.st_info);
    if (type == STT_TLS || type == STT_GNU_IFUNC) refuse("a symbol is of type {}", type);
  }
}

void Link::read_relocations() {
  for (const ElfSection& s : file_.sections) {
    const uint32_t type = s.header.sh_type, target = s.header.sh_info;
    if ((type != SHT_RELA && type != SHT_REL) || !loaded(section(target))) continue;
    if (type == SHT_REL) refuse("relocations have no addends");
    for (const Elf64_Rela& rela : elf_table<Elf64_Rela>(s)) {
      const auto symbol = static_cast<uint32_t>(ELF64_R_SYM(rela.r_info));
      const RelocationKind& kind = kind_of(ELF64_R_TYPE(rela.r_info));
      if (symbol >= symbols_.size()) refuse("there is no symbol {}", symbol);
      if (kind.target == RelocationKind::AddressOf || outside(symbol))
        slots_.emplace(symbol, slots_.size());
      relocations_.push_back({rela, kind, symbol, target});
    }
  }
}

// ---- Places ----

Pages pages_of(const ElfSection& section) {
  if (section.header.sh_flags & SHF_EXECINSTR) return Code;
  // Written by relocating alone.
  if (section.name.starts_with(".data.rel.ro")) return Constants;
  return section.header.sh_flags & SHF_WRITE ? Variables : Constants;
}

// `bytes` more, from a multiple of `alignment` on.
size_t Link::reserve(size_t bytes, size_t alignment) {
  const size_t begin = (end_ + alignment - 1) / alignment * alignment;
  if (bytes > max_bytes || begin > max_bytes - bytes) refuse("it is too large");
  end_ = begin + bytes;
  return begin;
}

void Link::place_sections(Pages pages) {
  for (size_t i = 0; i < file_.sections.size(); ++i) {
    const Elf64_Shdr& s = file_.sections[i].header;
    if (!loaded(file_.sections[i]) || pages_of(file_.sections[i]) != pages) continue;
    const bool known = s.sh_type == SHT_PROGBITS || s.sh_type == SHT_NOBITS ||
                       s.sh_type == SHT_X86_64_UNWIND || s.sh_type == SHT_NOTE;
    if (!known || (s.sh_flags & (SHF_TLS | SHF_COMPRESSED)))
      refuse("a section is of type {} with flags {}", s.sh_type, s.sh_flags);
    const uint64_t alignment = std::max<uint64_t>(s.sh_addralign, 1);
    if ((alignment & (alignment - 1)) != 0 || alignment > 4096)
      refuse("a section is aligned to {}", alignment);
    offsets_[i] = reserve(s.sh_size, alignment);
  }
}

void Link::place() {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  offsets_.resize(file_.sections.size());
  for (const Pages pages : {Code, Constants, Variables}) {
    Part& part = parts_[pages];
    part.begin = reserve(0, page);
    place_sections(pages);
    if (pages == Code) jumps_ = reserve(slots_.size() * jump_bytes, jump_bytes);
    if (pages == Constants) addresses_ = reserve(slots_.size() * address_bytes, address_bytes);
    part.end = reserve(0, page);
  }
  if (end_ == 0) refuse("it is empty");
  mapping_ = std::make_unique<Mapping>(end_);
}

// ---- Symbols ----

void* Link::external(std::string_view name, const SymbolTable& externals) const {
  for (const SymbolTable* table : {&externals, &compiler_support()})
    for (const auto& [known, address] : *table)
      if (name == known) return address;
  return nullptr;
}

void Link::resolve(const SymbolTable& externals) {
  std::string_view missing;
  for (uint32_t i = 0; i < symbols_.size(); ++i) {
    const Elf64_Sym& s = symbols_[i];
    uint64_t value = s.st_value;
    if (i == 0) {
      value = 0;
    } else if (outside(i)) {
      const std::string_view name = elf_string(names_, s.st_name);
      value = reinterpret_cast<uintptr_t>(external(name, externals));
      const bool needed = ELF64_ST_BIND(s.st_info) != STB_WEAK && slots_.count(i);
      if (!value && needed && (missing.empty() || name < missing)) missing = name;
    } else if (s.st_shndx < SHN_LORESERVE) {
      if (loaded(section(s.st_shndx))) {
        if (value > section(s.st_shndx).header.sh_size) refuse("a symbol is outside its section");
        value += address(offsets_[s.st_shndx]);
      }
    } else if (s.st_shndx != SHN_ABS) {
      refuse("a symbol is in section {}", s.st_shndx);
    }
    values_.push_back(value);
  }
  if (!missing.empty()) refuse("unresolved symbol {}", printable(missing));
}

std::map<std::string, void*, std::less<>> Link::exported() const {
  std::map<std::string, void*, std::less<>> found;
  for (uint32_t i = 1; i < symbols_.size(); ++i) {
    const Elf64_Sym& s = symbols_[i];
    const bool shown = ELF64_ST_BIND(s.st_info) != STB_LOCAL &&
                       ELF64_ST_VISIBILITY(s.st_other) == STV_DEFAULT && !outside(i);
    if (shown) found.emplace(elf_string(names_, s.st_name), reinterpret_cast<void*>(values_[i]));
  }
  return found;
}

// ---- Content ----

void Link::copy_sections() const {
  for (size_t i = 0; i < file_.sections.size(); ++i)
    if (const std::string_view bytes = file_.sections[i].content;
        loaded(file_.sections[i]) && !bytes.empty())
      std::memcpy(mapping_->at(offsets_[i]), bytes.data(), bytes.size());
}

void Link::write_tables() const {
  for (const auto& [symbol, slot] : slots_) {
    const size_t entry = addresses_ + slot * address_bytes, jump = jumps_ + slot * jump_bytes;
    std::memcpy(mapping_->at(entry), &values_[symbol], sizeof values_[symbol]);
    const auto distance = static_cast<int32_t>(entry - (jump + 6)); // jmp *distance(%rip)
    std::memcpy(mapping_->at(jump), "\xff\x25", 2);
    std::memcpy(mapping_->at(jump + 2), &distance, sizeof distance);
  }
}

uint64_t Link::target_of(const Relocation& r) const {
  switch (r.kind.target) {
  case RelocationKind::AddressOf:
    return address(addresses_ + slots_.at(r.symbol) * address_bytes);
  case RelocationKind::Jump:
    if (outside(r.symbol)) return address(jumps_ + slots_.at(r.symbol) * jump_bytes);
    [[fallthrough]];
  case RelocationKind::Symbol:
    return values_[r.symbol];
  }
  refuse("unknown target");
}

void Link::relocate(const Relocation& r) const {
  const ElfSection& s = section(r.section);
  const auto bytes = static_cast<uint64_t>(r.kind.bytes);
  if (bytes > s.content.size() || r.rela.r_offset > s.content.size() - bytes)
    refuse("a relocation is outside its section");
  const size_t place = offsets_[r.section] + r.rela.r_offset;
  uint64_t value = target_of(r) + static_cast<uint64_t>(r.rela.r_addend); // wraps as addresses do
  if (r.kind.relative) value -= address(place);
  const auto number = static_cast<int64_t>(value);
  if (r.kind.bytes == 4 && number != static_cast<int32_t>(number))
    refuse("a relocation is out of reach");
  std::memcpy(mapping_->at(place), &value, bytes); // little-endian
}

} // namespace

NoExecutableMemory::NoExecutableMemory(const std::string& reason)
    : Error(Diag::NoBackend, "this process may not make memory executable: " + reason) {
  hint("a policy forbids it (PR_SET_MDWE, systemd's MemoryDenyWriteExecute=, SELinux's execmem); "
       "use the interpreter ('tsc run --interpret', Mode::Interpret) or a library that 'tsc "
       "compile' makes, which works there, too");
}

std::unique_ptr<LoadedCode> load_object(const std::string& object, const SymbolTable& externals) {
#if !defined(__x86_64__)
  throw Error(Diag::NoBackend, "programs can be loaded on x86-64 alone")
      .hint("use the interpreter ('tsc run --interpret', Mode::Interpret)");
#endif
  try {
    return Link(object, externals).finish();
  } catch (const Error& error) {
    if (error.diag() != Diag::BadLibrary) throw;
    refuse("{}", error.message());
  }
}

} // namespace tsc
