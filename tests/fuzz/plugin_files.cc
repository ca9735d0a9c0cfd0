// What lies on the disk as a plugin: the manifest (also of an unsigned one, in development) and the
// library that is looked at before it is loaded. The first octet chooses.

#include <algorithm>

#include "kernel/manifest/elf_inspection.h"
#include "kernel/manifest/manifest.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  Choices choices(input);
  if (choices.octet() % 2 == 0) {
    const auto manifest = manifest::parse_manifest(choices.rest_text(), "x.manifest.json");
    if (!manifest) return;
    must_hold(manifest->library.file.find('/') == std::string::npos, "a library's bare name");
    must_hold(!manifest->provides.empty() && manifest->provides.size() <= 64, "some interfaces");
    must_hold(!manifest->id.empty() && manifest->id.size() <= 128, "an id");
    must_hold(manifest->max_concurrency >= 1, "a limit");
    return;
  }
  const auto facts = manifest::inspect_elf(choices.rest(), "x.so");
  if (!facts) return;
  must_hold(facts->exports.size() <= input.size(), "every export takes room");
  must_hold(facts->needed.size() <= input.size(), "every library takes room");
}

}  // namespace berth::fuzz
