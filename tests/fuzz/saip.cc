// Profile packages as an operator uploads them.

#include <set>

#include "kernel/saip/package.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  const auto package = saip::validate(input);
  if (!package) return;
  std::size_t end = 0;
  std::set<std::uint32_t> seen;
  for (const saip::Element& element : package->elements) {
    must_hold(element.offset == end, "elements lie end to end");
    end += element.size_bytes;
    must_hold(!element.identification || seen.insert(*element.identification).second,
              "identifications are unique");
  }
  must_hold(end == input.size(), "elements are the whole package");
  must_hold(package->elements.size() >= 2 && package->elements.size() <= saip::kMaxElements,
            "a package has elements, within bounds");
  must_hold(package->elements.front().name == "header" && package->elements.back().name == "end",
            "header first, end last");
  must_hold(!package->ef_iccid || *package->ef_iccid == package->iccid, "both ICCIDs agree");
}

}  // namespace berth::fuzz
