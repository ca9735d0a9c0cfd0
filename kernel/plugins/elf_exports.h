// What a shared library would export, read from the file without loading it, since loading runs
// the library's own constructors.
//
// The file is not trusted: every size is bounded and every offset checked. Thread-safe.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernel/base/result.h"

namespace berth::plugins {

struct ExportedSymbol {
  std::string name;
  std::uint64_t size = 0;  // octets
  bool data = false;       // an object, not a function
};

// Every dynamic symbol the library defines and others could bind to, in file order.
// "plugin.not_found": no regular file there, or it cannot be read.
// "plugin.not_elf": not an ELF shared library, or malformed.
// "plugin.machine": built for another processor than this program.
Result<std::vector<ExportedSymbol>> exported_symbols(const std::filesystem::path& library);

}  // namespace berth::plugins
