// What a shared library would export and pull in, read from its octets without loading it, since
// loading runs the library's own constructors.
//
// The octets are not trusted: every size is bounded and every offset checked. Thread-safe.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::manifest {

struct ExportedSymbol {
  std::string name;
  std::uint64_t size = 0;  // octets
  bool data = false;       // an object, not a function
};

struct ElfFacts {
  // Every dynamic symbol the library defines and others could bind to, in file order.
  std::vector<ExportedSymbol> exports;
  std::vector<std::string> needed;  // libraries it is linked with, as it names them
  bool run_path = false;            // it says itself where those are looked for
  bool text_relocations = false;    // its code is written to when it is loaded
};

// `source` begins the messages. "plugin.not_elf": not an ELF shared library, or malformed.
// "plugin.machine": built for another processor than this program.
Result<ElfFacts> inspect_elf(ByteView library, const std::string& source);

}  // namespace berth::manifest
