#include "kernel/manifest/elf_inspection.h"

#include <elf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "berth/abi/base.h"

namespace {

using namespace berth;            // NOLINT
using namespace berth::manifest;  // NOLINT

std::string contents_of(const std::string& name) {
  std::ifstream file(std::string(BERTH_BAD_PLUGINS) + "/" + name + ".so", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<ElfFacts> inspect(const std::string& octets) {
  return inspect_elf(as_bytes(octets), "x.so");
}

std::string reason_of(const Result<ElfFacts>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("what a library exports and pulls in is read without loading it", "[manifest]") {
  const auto good = inspect(contents_of("good"));
  REQUIRE(good);
  const auto entry = std::find_if(
      good->exports.begin(), good->exports.end(),
      [](const ExportedSymbol& symbol) { return symbol.name == BERTH_PLUGIN_ENTRY_SYMBOL; });
  REQUIRE(entry != good->exports.end());
  CHECK(entry->data);
  CHECK(entry->size == sizeof(berth_plugin_entry));
  CHECK(std::find(good->needed.begin(), good->needed.end(), "libc.so.6") != good->needed.end());
  CHECK_FALSE(good->run_path);
  CHECK_FALSE(good->text_relocations);
  CHECK(inspect(contents_of("run_path"))->run_path);
  const auto more = inspect(contents_of("exports_too_much"));
  REQUIRE(more);
  CHECK(std::any_of(more->exports.begin(), more->exports.end(),
                    [](const ExportedSymbol& symbol) { return symbol.name == "shared_counter"; }));
}

TEST_CASE("what is no shared library is refused", "[manifest]") {
  for (const std::string& bad :
       {std::string(),
        std::string("\x7F"
                    "ELF"),
        std::string(5000, 'x'), std::string("#!/bin/sh\n") + std::string(100, '\n')}) {
    CHECK(reason_of(inspect(bad)) == "plugin.not_elf");
  }
}

TEST_CASE("a library for another processor or word size is told apart", "[manifest]") {
  const std::string good = contents_of("good");
  const auto with = [&](std::size_t at, char value) {
    std::string changed = good;
    changed[at] = value;
    return reason_of(inspect(changed));
  };
  CHECK(with(offsetof(Elf64_Ehdr, e_machine), static_cast<char>(EM_RISCV)) == "plugin.machine");
  CHECK(with(EI_CLASS, ELFCLASS32) == "plugin.machine");
  CHECK(with(offsetof(Elf64_Ehdr, e_type), ET_EXEC) == "plugin.not_elf");
}

TEST_CASE("a library cut anywhere is refused, never read past its end", "[manifest]") {
  const std::string good = contents_of("good");
  for (std::size_t length = 0; length < good.size(); length += 97) {
    INFO(length);
    REQUIRE(reason_of(inspect(good.substr(0, length))) == "plugin.not_elf");
  }
}

TEST_CASE("a dynamic section that is not the segment the loader reads is a mask", "[manifest]") {
  std::string good = contents_of("good");
  Elf64_Ehdr header;
  std::memcpy(&header, good.data(), sizeof(header));
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    char* at = good.data() + header.e_shoff + i * sizeof(section);
    std::memcpy(&section, at, sizeof(section));
    if (section.sh_type != SHT_DYNAMIC) continue;
    section.sh_offset -= sizeof(Elf64_Dyn);
    std::memcpy(at, &section, sizeof(section));
  }
  CHECK(reason_of(inspect(good)) == "plugin.not_elf");
}

TEST_CASE("forged headers and section tables do no harm", "[manifest]") {
  const std::string good = contents_of("good");
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 generator(seed);
  Elf64_Ehdr header;
  std::memcpy(&header, good.data(), sizeof(header));
  for (int round = 0; round < 20000; ++round) {
    std::string forged = good;
    for (int change = 0; change < 3; ++change) {
      // A third each in the file header, the program headers and the section table; small, huge and
      // random values.
      const auto where = generator() % 3;
      const std::size_t start = where == 0 ? 16 : where == 1 ? header.e_phoff : header.e_shoff;
      const std::size_t size = where == 0   ? sizeof(header) - 16
                               : where == 1 ? header.e_phnum * sizeof(Elf64_Phdr)
                                            : header.e_shnum * sizeof(Elf64_Shdr);
      const std::uint64_t value = generator() % 3 == 0 ? ~std::uint64_t{0} : generator() % 70000;
      const std::size_t width = generator() % 2 == 0 ? 2 : 8;
      const std::size_t at = start + (generator() % (size / width)) * width;
      if (at + width <= forged.size()) std::memcpy(forged.data() + at, &value, width);
    }
    static_cast<void>(inspect(forged).ok());
  }
  SUCCEED("no crash, no endless allocation");
}
