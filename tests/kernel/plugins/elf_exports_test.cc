#include "kernel/plugins/elf_exports.h"

#include <elf.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::reason_of;

// A file of its own for one test.
struct ScratchFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("berth-elf-" + std::to_string(::getpid()) + "-" + std::to_string(std::random_device{}()));
  ~ScratchFile() { std::filesystem::remove(path); }
  void write(const std::string& octets) const {
    std::ofstream(path, std::ios::binary)
        .write(octets.data(), static_cast<std::streamsize>(octets.size()));
  }
};

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the exports of a library are read without loading it", "[plugins]") {
  const auto good = exported_symbols(bad_plugin("good"));
  REQUIRE(good);
  const auto entry = std::find_if(good->begin(), good->end(), [](const ExportedSymbol& symbol) {
    return symbol.name == BERTH_PLUGIN_ENTRY_SYMBOL;
  });
  REQUIRE(entry != good->end());
  CHECK(entry->data);
  CHECK(entry->size == sizeof(berth_plugin_entry));
  const auto more = exported_symbols(bad_plugin("exports_too_much"));
  REQUIRE(more);
  CHECK(std::any_of(more->begin(), more->end(),
                    [](const ExportedSymbol& symbol) { return symbol.name == "shared_counter"; }));
}

TEST_CASE("what is no readable file is not found", "[plugins]") {
  CHECK(reason_of(exported_symbols("/nowhere/plugin.so")) == "plugin.not_found");
  CHECK(reason_of(exported_symbols("/")) == "plugin.not_found");
  CHECK(reason_of(exported_symbols("/dev/zero")) == "plugin.not_found");
  CHECK(reason_of(exported_symbols("")) == "plugin.not_found");
}

TEST_CASE("what is no shared library is refused", "[plugins]") {
  const ScratchFile file;
  for (const std::string& bad :
       {std::string(),
        std::string("\x7F"
                    "ELF"),
        std::string(5000, 'x'), std::string("#!/bin/sh\n") + std::string(100, '\n')}) {
    file.write(bad);
    CHECK(reason_of(exported_symbols(file.path)) == "plugin.not_elf");
  }
}

TEST_CASE("a library for another processor or word size is told apart", "[plugins]") {
  const ScratchFile file;
  const std::string good = contents_of(bad_plugin("good"));
  const auto with = [&](std::size_t at, char value) {
    std::string changed = good;
    changed[at] = value;
    file.write(changed);
    return reason_of(exported_symbols(file.path));
  };
  CHECK(with(offsetof(Elf64_Ehdr, e_machine), static_cast<char>(EM_RISCV)) == "plugin.machine");
  CHECK(with(EI_CLASS, ELFCLASS32) == "plugin.machine");
  CHECK(with(offsetof(Elf64_Ehdr, e_type), ET_EXEC) == "plugin.not_elf");
}

TEST_CASE("a library cut anywhere is refused, never read past its end", "[plugins]") {
  const ScratchFile file;
  const std::string good = contents_of(bad_plugin("good"));
  for (std::size_t length = 0; length < good.size(); length += 97) {
    file.write(good.substr(0, length));
    INFO(length);
    REQUIRE(reason_of(exported_symbols(file.path)) == "plugin.not_elf");
  }
}

TEST_CASE("forged headers and section tables do no harm", "[plugins]") {
  const ScratchFile file;
  const std::string good = contents_of(bad_plugin("good"));
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 generator(seed);
  Elf64_Ehdr header;
  std::memcpy(&header, good.data(), sizeof(header));
  for (int round = 0; round < 2000; ++round) {
    std::string forged = good;
    for (int change = 0; change < 3; ++change) {
      // Half in the file header, half in the section table; small, huge and random values.
      const bool in_header = generator() % 2 == 0;
      const std::size_t start = in_header ? 16 : header.e_shoff;
      const std::size_t size =
          in_header ? sizeof(header) - 16 : header.e_shnum * sizeof(Elf64_Shdr);
      const std::uint64_t value = generator() % 3 == 0 ? ~std::uint64_t{0} : generator() % 70000;
      const std::size_t width = generator() % 2 == 0 ? 2 : 8;
      const std::size_t at = start + (generator() % (size / width)) * width;
      if (at + width <= forged.size()) std::memcpy(forged.data() + at, &value, width);
    }
    file.write(forged);
    static_cast<void>(exported_symbols(file.path).ok());
  }
  SUCCEED("no crash, no endless allocation");
}
