// Octets checked by hand against the format's own examples, apart from our validator.

#include "tools/sample-profile/elements.h"

#include <catch2/catch.hpp>

#include "tests/tools/sample_profile/support.h"

using namespace berth;                        // NOLINT: the tests name nearly everything in it
using namespace berth::sample_profile;        // NOLINT
using namespace berth::sample_profile::test;  // NOLINT

namespace {

Subscriber example() {
  Subscriber who = subscriber();
  who.iccid = *Iccid::parse("8931440000000000014");
  who.imsi = "001010123456789";
  return who;
}
Bytes hex(std::string_view text) { return *from_hex(text); }

}  // namespace

TEST_CASE("ICCID and IMSI are coded as the format's examples", "[sample_profile]") {
  const Subscriber who = example();
  Elements elements(who);
  CHECK(contains(elements.header(), hex("830A8931440000000000014F")));
  CHECK(contains(elements.master_file(), hex("830A981344000000000010F4")));
  const Bytes usim = elements.usim();
  CHECK(contains(usim, hex("8309080910101032547698")));
  CHECK(contains(usim, hex("83020200")));      // access class 9
  CHECK(contains(usim, hex("830400000002")));  // two digits of MNC
  CHECK(contains(usim, hex("83110"
                           "1456D6561204D6F62696C65FFFFFFFFFF")));  // provider's name
}

TEST_CASE("elements are numbered in order and end the same way as published ones",
          "[sample_profile]") {
  const Subscriber who = example();
  Elements elements(who);
  SeededRandom random("x");
  CHECK(contains(elements.master_file(), hex("A00580008101"
                                             "01")));
  CHECK(contains(elements.puk_codes(random), hex("A00580008101"
                                                 "02")));
  CHECK(elements.end() == hex("AA07A0058000810103"));
}

TEST_CASE("references from 128 on keep their leading zero", "[sample_profile]") {
  const Subscriber who = example();
  Elements elements(who);
  SeededRandom random("x");
  CHECK(contains(elements.puk_codes(random), hex("80020081")));
  CHECK(elements.local_pins() == hex("A222"
                                     "A0058000810102"
                                     "A119A017"
                                     "3015"
                                     "80020081"
                                     "810830303030FFFFFFFF"
                                     "82020081"
                                     "830103"));
}

TEST_CASE("network parameters are Milenage with two keys of sixteen octets", "[sample_profile]") {
  const Subscriber who = example();
  Elements elements(who);
  SeededRandom random("x");
  const Bytes aka = elements.network_access(random);
  CHECK(aka.size() == 55);
  CHECK(contains(aka, hex("A12CA12A8001018101018210")));
  SeededRandom same("x");
  CHECK(contains(aka, same.bytes(16)));
  CHECK(contains(aka, same.bytes(16)));
}
