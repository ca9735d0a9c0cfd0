#include "kernel/plugins/elf_exports.h"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <optional>

namespace berth::plugins {
namespace {

// Far above any honest plugin, far below what would hurt.
constexpr std::uint64_t kMaxFileSize = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxSections = 4096;
constexpr std::uint64_t kMaxSymbolTable = 16u << 20;
constexpr std::uint64_t kMaxStringTable = 16u << 20;

#if defined(__x86_64__)
constexpr std::uint16_t kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kThisMachine = EM_AARCH64;
#else
#error "name the ELF machine of this processor here"
#endif

class File {
 public:
  explicit File(const std::filesystem::path& path) : path_(path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return;
    stream_.open(path, std::ios::binary | std::ios::ate);
    if (stream_) size_ = static_cast<std::uint64_t>(stream_.tellg());
  }
  bool opened() const { return stream_.is_open(); }
  std::uint64_t size() const { return size_; }

  Error malformed(const std::string& what) const {
    return {ErrorCode::kInvalidArgument, "plugin.not_elf",
            path_.string() + " is not a loadable shared library: " + what};
  }

  Result<std::vector<char>> read(std::uint64_t offset, std::uint64_t length) {
    if (offset > size_ || length > size_ - offset) return malformed("it is cut short");
    std::vector<char> octets(length);
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(octets.data(), static_cast<std::streamsize>(length));
    if (!stream_) return malformed("it cannot be read to its end");
    return octets;
  }

 private:
  const std::filesystem::path& path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

template <class T>
T at(const std::vector<char>& octets, std::size_t index) {
  T value;
  std::memcpy(&value, octets.data() + index * sizeof(T), sizeof(T));
  return value;
}

Result<Elf64_Ehdr> read_header(File& file, const std::filesystem::path& path) {
  if (file.size() > kMaxFileSize) return file.malformed("it is larger than 1 GiB");
  if (file.size() < sizeof(Elf64_Ehdr)) return file.malformed("it is too small");
  BERTH_TRY(octets, file.read(0, sizeof(Elf64_Ehdr)));
  const auto header = at<Elf64_Ehdr>(octets, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return file.malformed("no ELF magic");
  constexpr int kThisOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kThisOrder ||
      header.e_machine != kThisMachine) {
    return Error{ErrorCode::kInvalidArgument, "plugin.machine",
                 path.string() + " is built for another processor; rebuild it for this host"};
  }
  if (header.e_type != ET_DYN) return file.malformed("it is not a shared object");
  return header;
}

Result<std::vector<Elf64_Shdr>> read_sections(File& file, const Elf64_Ehdr& header) {
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
      header.e_shnum > kMaxSections) {
    return file.malformed("no usable section table");
  }
  BERTH_TRY(octets, file.read(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr)));
  std::vector<Elf64_Shdr> sections;
  for (std::size_t i = 0; i < header.e_shnum; ++i) sections.push_back(at<Elf64_Shdr>(octets, i));
  return sections;
}

bool exported(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN &&
         visibility != STV_INTERNAL;
}

}  // namespace

Result<std::vector<ExportedSymbol>> exported_symbols(const std::filesystem::path& library) {
  File file(library);
  if (!file.opened()) {
    return Error{ErrorCode::kNotFound, "plugin.not_found",
                 "no readable plugin library at " + library.string()};
  }
  BERTH_TRY(header, read_header(file, library));
  BERTH_TRY(sections, read_sections(file, header));
  const auto is_dynamic = [](const Elf64_Shdr& section) { return section.sh_type == SHT_DYNSYM; };
  const auto table = std::find_if(sections.begin(), sections.end(), is_dynamic);
  if (table == sections.end()) return file.malformed("no dynamic symbol table");
  if (std::count_if(sections.begin(), sections.end(), is_dynamic) != 1) {
    return file.malformed("more than one dynamic symbol table");
  }
  if (table->sh_entsize != sizeof(Elf64_Sym) || table->sh_size % sizeof(Elf64_Sym) != 0 ||
      table->sh_size > kMaxSymbolTable || table->sh_link >= sections.size()) {
    return file.malformed("a broken dynamic symbol table");
  }
  const Elf64_Shdr& strings = sections[table->sh_link];
  if (strings.sh_type != SHT_STRTAB || strings.sh_size == 0 || strings.sh_size > kMaxStringTable) {
    return file.malformed("a broken string table");
  }
  BERTH_TRY(symbols, file.read(table->sh_offset, table->sh_size));
  BERTH_TRY(names, file.read(strings.sh_offset, strings.sh_size));
  if (names.back() != '\0') return file.malformed("an unfinished string table");

  std::vector<ExportedSymbol> found;
  for (std::size_t i = 0; i < symbols.size() / sizeof(Elf64_Sym); ++i) {
    const auto symbol = at<Elf64_Sym>(symbols, i);
    if (!exported(symbol)) continue;
    if (symbol.st_name >= names.size()) return file.malformed("a symbol without a name");
    found.push_back({names.data() + symbol.st_name, symbol.st_size,
                     ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT});
  }
  return found;
}

}  // namespace berth::plugins
