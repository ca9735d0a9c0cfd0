// What is checked in each kind of element. Private to this room.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "kernel/saip/package.h"
#include "kernel/saip/walk.h"

namespace berth::saip {

// What the elements were seen to provide, for the header's services and the references between
// elements, which can only be judged at the end.
struct Provided {
  std::multiset<std::string> services;  // "usim", "milenage": one entry each time
  std::set<std::uint64_t> puk_references;
  std::map<std::uint64_t, ByteView> puk_wanted;  // by a PIN, and where it says so
};

// header.cc. ProfileHeader (A0): fills versions, type, ICCID and services.
Result<void> read_header(const Place& place, const Tlv& element, Package& package);

// files.cc. A file-system element: template id and files in the right form.
Result<void> check_files(const Place& place, const Tlv& element);
// genericFileManagement.
Result<void> check_generic_files(const Place& place, const Tlv& element);
// Contents of one of the element's files as the card will hold it, as far as the package writes
// it: offsets are filled with FF. Empty when the package writes nothing. At most kMaxFileContent.
Result<Bytes> file_content(const Place& place, const Tlv& element, Tag file);
// EF.ICCID of `mf` or `iot`, EF.IMSI of `usim` or `iot`, EF.GID1 and EF.GID2 of `opt-usim`; each
// is left alone when the package does not write it.
Result<void> read_iccid_file(const Place& place, const Tlv& element, Package& package);
Result<void> read_imsi_file(const Place& place, const Tlv& element, Tag file, Package& package);
Result<void> read_gid_files(const Place& place, const Tlv& element, Package& package);

// security_elements.cc.
Result<void> check_pins(const Place& place, const Tlv& element, Provided& provided);
Result<void> check_puks(const Place& place, const Tlv& element, Provided& provided);
Result<void> check_aka(const Place& place, const Tlv& element, Provided& provided);

}  // namespace berth::saip
