#include "kernel/manifest/elf_inspection.h"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace berth::manifest {
namespace {

// Far above any honest plugin, far below what would hurt.
constexpr std::uint64_t kMaxSections = 4096;
constexpr std::uint64_t kMaxSymbolTable = 16u << 20;
constexpr std::uint64_t kMaxStringTable = 16u << 20;
constexpr std::uint64_t kMaxDynamicTable = 1u << 20;

#if defined(__x86_64__)
constexpr std::uint16_t kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kThisMachine = EM_AARCH64;
#else
#error "name the ELF machine of this processor here"
#endif

// A part of the library whose bounds were checked.
class Table {
 public:
  explicit Table(ByteView octets) : octets_(octets) {}

  template <class T>
  std::size_t count() const {
    return octets_.size() / sizeof(T);
  }
  template <class T>
  T at(std::size_t index) const {
    T value;
    std::memcpy(&value, octets_.data() + index * sizeof(T), sizeof(T));
    return value;
  }
  // A string table's text; its last octet is known to be NUL.
  const char* text() const { return reinterpret_cast<const char*>(octets_.data()); }
  std::size_t size() const { return octets_.size(); }
  bool terminated() const { return !octets_.empty() && octets_.back() == 0; }

 private:
  ByteView octets_;
};

class Library {
 public:
  Library(ByteView octets, const std::string& source) : octets_(octets), source_(source) {}

  Error malformed(const std::string& what) const {
    return {ErrorCode::kInvalidArgument, "plugin.not_elf",
            source_ + " is not a loadable shared library: " + what};
  }
  Result<Table> part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > octets_.size() || length > octets_.size() - offset) {
      return malformed("it is cut short");
    }
    return Table(octets_.subspan(offset, length));
  }
  Result<Elf64_Ehdr> header() const;
  Result<std::vector<Elf64_Shdr>> sections(const Elf64_Ehdr& header) const;
  // The one section of a type; a library with none or several is malformed.
  Result<Elf64_Shdr> only(const std::vector<Elf64_Shdr>& sections, std::uint32_t type,
                          const char* what) const;
  // The names that a section's entries point into.
  Result<Table> strings(const std::vector<Elf64_Shdr>& sections, const Elf64_Shdr& user) const;

 private:
  ByteView octets_;
  const std::string& source_;
};

Result<Elf64_Ehdr> Library::header() const {
  if (octets_.size() < sizeof(Elf64_Ehdr)) return malformed("it is too small");
  const auto header = Table(octets_).at<Elf64_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return malformed("no ELF magic");
  constexpr int kThisOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kThisOrder ||
      header.e_machine != kThisMachine) {
    return Error{ErrorCode::kInvalidArgument, "plugin.machine",
                 source_ + " is built for another processor; rebuild it for this host"};
  }
  if (header.e_type != ET_DYN) return malformed("it is not a shared object");
  return header;
}

Result<std::vector<Elf64_Shdr>> Library::sections(const Elf64_Ehdr& header) const {
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
      header.e_shnum > kMaxSections) {
    return malformed("no usable section table");
  }
  BERTH_TRY(table, part(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr)));
  std::vector<Elf64_Shdr> sections;
  for (std::size_t i = 0; i < header.e_shnum; ++i) sections.push_back(table.at<Elf64_Shdr>(i));
  return sections;
}

Result<Elf64_Shdr> Library::only(const std::vector<Elf64_Shdr>& sections, std::uint32_t type,
                                 const char* what) const {
  const auto of_type = [&](const Elf64_Shdr& section) { return section.sh_type == type; };
  const auto found = std::find_if(sections.begin(), sections.end(), of_type);
  if (found == sections.end()) return malformed(std::string("no ") + what);
  if (std::count_if(found, sections.end(), of_type) != 1) {
    return malformed(std::string("more than one ") + what);
  }
  return *found;
}

Result<Table> Library::strings(const std::vector<Elf64_Shdr>& sections,
                               const Elf64_Shdr& user) const {
  if (user.sh_link >= sections.size()) return malformed("a table without names");
  const Elf64_Shdr& section = sections[user.sh_link];
  if (section.sh_type != SHT_STRTAB || section.sh_size == 0 || section.sh_size > kMaxStringTable) {
    return malformed("a broken string table");
  }
  BERTH_TRY(table, part(section.sh_offset, section.sh_size));
  if (!table.terminated()) return malformed("an unfinished string table");
  return table;
}

bool exported(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN &&
         visibility != STV_INTERNAL;
}

Result<void> read_exports(const Library& library, const std::vector<Elf64_Shdr>& sections,
                          ElfFacts& facts) {
  BERTH_TRY(section, library.only(sections, SHT_DYNSYM, "dynamic symbol table"));
  if (section.sh_entsize != sizeof(Elf64_Sym) || section.sh_size % sizeof(Elf64_Sym) != 0 ||
      section.sh_size > kMaxSymbolTable) {
    return library.malformed("a broken dynamic symbol table");
  }
  BERTH_TRY(names, library.strings(sections, section));
  BERTH_TRY(symbols, library.part(section.sh_offset, section.sh_size));
  for (std::size_t i = 0; i < symbols.count<Elf64_Sym>(); ++i) {
    const auto symbol = symbols.at<Elf64_Sym>(i);
    if (!exported(symbol)) continue;
    if (symbol.st_name >= names.size()) return library.malformed("a symbol without a name");
    facts.exports.push_back({names.text() + symbol.st_name, symbol.st_size,
                             ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT});
  }
  return {};
}

// The loader goes by the segment: a section that tells of other entries would be a mask.
Result<void> check_segment(const Library& library, const Elf64_Ehdr& header,
                           const Elf64_Shdr& dynamic) {
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return library.malformed("no usable segments");
  BERTH_TRY(table, library.part(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr)));
  std::size_t found = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = table.at<Elf64_Phdr>(i);
    if (segment.p_type != PT_DYNAMIC) continue;
    if (++found > 1 || segment.p_offset != dynamic.sh_offset ||
        segment.p_filesz != dynamic.sh_size) {
      return library.malformed("its dynamic section and segment differ");
    }
  }
  if (found == 0) return library.malformed("no dynamic segment");
  return {};
}

Result<void> read_dynamic(const Library& library, const Elf64_Ehdr& header,
                          const std::vector<Elf64_Shdr>& sections, ElfFacts& facts) {
  BERTH_TRY(section, library.only(sections, SHT_DYNAMIC, "dynamic section"));
  if (section.sh_size > kMaxDynamicTable) return library.malformed("a broken dynamic section");
  BERTH_TRY_VOID(check_segment(library, header, section));
  BERTH_TRY(names, library.strings(sections, section));
  BERTH_TRY(entries, library.part(section.sh_offset, section.sh_size));
  for (std::size_t i = 0; i < entries.count<Elf64_Dyn>(); ++i) {
    const auto entry = entries.at<Elf64_Dyn>(i);
    if (entry.d_tag == DT_NULL) break;
    facts.run_path |= entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH;
    facts.text_relocations |= entry.d_tag == DT_TEXTREL ||
                              (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0);
    // An auxiliary or audit library is pulled in like a needed one.
    if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_AUXILIARY || entry.d_tag == DT_FILTER ||
        entry.d_tag == DT_AUDIT || entry.d_tag == DT_DEPAUDIT) {
      if (entry.d_un.d_val >= names.size()) return library.malformed("a library without a name");
      facts.needed.emplace_back(names.text() + entry.d_un.d_val);
    }
  }
  return {};
}

}  // namespace

Result<ElfFacts> inspect_elf(ByteView octets, const std::string& source) {
  const Library library(octets, source);
  BERTH_TRY(header, library.header());
  BERTH_TRY(sections, library.sections(header));
  ElfFacts facts;
  BERTH_TRY_VOID(read_exports(library, sections, facts));
  BERTH_TRY_VOID(read_dynamic(library, header, sections, facts));
  return facts;
}

}  // namespace berth::manifest
