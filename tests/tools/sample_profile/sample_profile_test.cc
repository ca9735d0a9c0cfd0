#include "tools/sample-profile/sample_profile.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/tools/sample_profile/support.h"

using namespace berth;                        // NOLINT: the tests name nearly everything in it
using namespace berth::sample_profile;        // NOLINT
using namespace berth::sample_profile::test;  // NOLINT

TEST_CASE("a sample package is what the subscriber says", "[sample_profile]") {
  SystemRandom random;
  const auto upp = build(subscriber(), random);
  REQUIRE(upp);
  const auto package = saip::validate(*upp);
  REQUIRE(package);
  CHECK(package->major_version == 2);
  CHECK(package->minor_version == 3);
  CHECK(package->profile_type == "Emea Mobile");
  CHECK(package->iccid == numbered_iccid(1));
  CHECK(package->ef_iccid == numbered_iccid(1));
  CHECK(package->imsi == numbered_imsi(1));
  CHECK_FALSE(package->gid1_hex);
  CHECK(package->mandatory_services == std::vector<std::string>{"usim", "milenage"});
  std::vector<std::string> names;
  for (const auto& element : package->elements) names.push_back(element.name);
  CHECK(names == std::vector<std::string>{"header", "mf", "pukCodes", "pinCodes", "usim",
                                          "pinCodes", "akaParameter", "securityDomain", "end"});
}

TEST_CASE("GIDs, longer names and other IMSIs are carried", "[sample_profile]") {
  SystemRandom random;
  Subscriber who = subscriber();
  who.gid1_hex = "0a";
  who.gid2_hex = "0102030405060708";
  who.name = std::string(64, 'n');
  who.imsi = "310410123456";
  who.mnc_digits = 3;
  const auto upp = build(who, random);
  REQUIRE(upp);
  const auto package = saip::validate(*upp);
  REQUIRE(package);
  CHECK(package->gid1_hex == "0A");
  CHECK(package->gid2_hex == "0102030405060708");
  CHECK(package->imsi == "310410123456");
  CHECK(package->profile_type.size() == 64);
}

TEST_CASE("every length of IMSI and each last digit gives a valid package", "[sample_profile]") {
  SeededRandom random("lengths");
  for (std::size_t length = 6; length <= 15; ++length) {
    for (char last = '0'; last <= '9'; ++last) {
      Subscriber who = subscriber();
      who.imsi = std::string("001011234567890").substr(0, length - 1) + last;
      const auto upp = build(who, random);
      REQUIRE(upp);
      REQUIRE(saip::validate(*upp)->imsi == who.imsi);
    }
  }
}

TEST_CASE("packages differ by their random keys, and repeat with a seed", "[sample_profile]") {
  SystemRandom random;
  CHECK(*build(subscriber(), random) != *build(subscriber(), random));
  SeededRandom one("s");
  SeededRandom two("s");
  const Bytes first = *build(subscriber(), one);
  CHECK(first == *build(subscriber(), two));
  CHECK(first != *build(subscriber(), two));
}

TEST_CASE("a subscriber that does not fit is refused", "[sample_profile]") {
  SystemRandom random;
  const auto refused = [&](auto change) {
    Subscriber who = subscriber();
    change(who);
    const auto upp = build(who, random);
    return !upp && upp.error().reason() == "sample_profile.invalid";
  };
  CHECK(refused([](Subscriber& who) { who.imsi = ""; }));
  CHECK(refused([](Subscriber& who) { who.imsi = "0010112345678901"; }));
  CHECK(refused([](Subscriber& who) { who.imsi = "00101x"; }));
  CHECK(refused([](Subscriber& who) { who.mnc_digits = 4; }));
  CHECK(refused([](Subscriber& who) { who.name = ""; }));
  CHECK(refused([](Subscriber& who) { who.name = "\xC3\xA9"; }));
  CHECK(refused([](Subscriber& who) { who.name = std::string(65, 'n'); }));
  CHECK(refused([](Subscriber& who) { who.gid1_hex = "0"; }));
  CHECK(refused([](Subscriber& who) { who.gid2_hex = "010203040506070809"; }));
}
