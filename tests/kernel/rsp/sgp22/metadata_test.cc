#include "kernel/rsp/sgp22/metadata.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/der/der.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

ProfileMetadata plain_metadata() {
  return {.iccid = Iccid::parse("89000123456789012341").value(),
          .service_provider_name = "Test SP",
          .profile_name = "Test Profile",
          .notification_address = {},
          .owner = {}};
}

std::string reason_of(const Result<Bytes>& result) {
  return result ? std::string("accepted") : std::string(result.error().reason());
}
std::string parse_reason(std::string_view fields) {
  const auto parsed = parse_metadata(der::tlv(0xBF25, hex(fields)));
  return parsed ? std::string("accepted") : std::string(parsed.error().reason());
}

TEST_CASE("operational metadata omits its class, as DER omits defaults", "[rsp][sgp22]") {
  CHECK(to_hex(encode_metadata(plain_metadata()).value()) ==
        "BF25235A0A98001032547698103214910754657374205350920C546573742050726F66696C65");
}

TEST_CASE("classes are numbered as the specification numbers them", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.profile_class = ProfileClass::kTest;
  CHECK(to_hex(encode_metadata(metadata).value()).ends_with("950100"));
  metadata.profile_class = ProfileClass::kProvisioning;
  CHECK(to_hex(encode_metadata(metadata).value()).ends_with("950101"));
}

TEST_CASE("one entry asks for all four events at one address", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.notification_address = "a.example";
  CHECK(to_hex(encode_metadata(metadata).value())
            .ends_with("B611300F800204F08109612E6578616D706C65"));
}

TEST_CASE("metadata of another server is read with its class, address and owner", "[rsp][sgp22]") {
  const auto metadata = parse_metadata(hex(kStoreMetadataPlain));
  REQUIRE(metadata);
  CHECK(metadata->iccid.text() == "89000123456789012341");
  CHECK(metadata->service_provider_name == "Test SP");
  CHECK(metadata->profile_name == "Test Profile");
  CHECK(metadata->profile_class == ProfileClass::kOperational);
  CHECK(metadata->notification_address.empty());
  REQUIRE(metadata->notifications.size() == 2);
  CHECK(metadata->notifications[0].install);
  CHECK_FALSE(metadata->notifications[0].enable);
  CHECK(metadata->notifications[0].address == "testsmdpplus1.example.com");
  CHECK(metadata->notifications[1].remove);
  CHECK_FALSE(metadata->notifications[1].install);
  REQUIRE(metadata->owner);
  CHECK(metadata->owner->mcc_mnc.text() == "00101");
  CHECK(metadata->owner->gid1.empty());

  const auto interop = parse_metadata(hex(kInteropStoreMetadataPlain));
  REQUIRE(interop);
  CHECK(interop->profile_class == ProfileClass::kTest);
  CHECK(interop->service_provider_name == "GSMA_TEST");
  CHECK_FALSE(interop->owner);
}

TEST_CASE("another server's metadata is written again octet for octet", "[rsp][sgp22]") {
  const Bytes read = hex(kStoreMetadataPlain);
  const Bytes written = encode_metadata(parse_metadata(read).value()).value();
  // That server writes the default class (950102), DER leaves it out.
  std::string expected = std::string(kStoreMetadataPlain);
  expected.replace(expected.find("950102"), 6, "");
  expected.replace(4, 2, "6E");
  CHECK(to_hex(written) == expected);
}

TEST_CASE("parts that only later bindings would refuse are read", "[rsp][sgp22]") {
  const std::string head = "5A0A98001032547698103214910141920142";
  CHECK(parse_reason(head + "930101940489504E4799020640BF2200BF7600") == "accepted");
  CHECK(parse_reason(head + "99020640") == "accepted");              // rules, but no owner
  CHECK(parse_reason(head + "940489504E47") == "accepted");          // an icon, but no type
  CHECK(parse_reason(head + "9902041F9F1F0141BA00") == "accepted");  // v3, PPR3
  CHECK(parse_reason(head + "B60F300D80020780810474657374820100") == "accepted");
}

TEST_CASE("the full metadata has its elements in the standard's order", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.service_provider_name = "A";
  metadata.profile_name = "B";
  metadata.icon = hex("89504E47");
  metadata.icon_type = IconType::kPng;
  metadata.profile_class = ProfileClass::kTest;
  metadata.notifications = {{.install = true, .address = "a.example"},
                            {.enable = true, .disable = true, .address = "b.example"},
                            {.remove = true, .address = "a.example"}};
  metadata.notification_address = "unused.example";
  metadata.owner = OperatorId{MccMnc::parse("00101").value(), hex("01"), hex("02")};
  metadata.policy_rules = {.update_control = false, .ppr1 = true, .ppr2 = true};
  metadata.service_specific = hex("BF2203020101BF2303020102");
  const Bytes privileges =
      der::tlv(0xBF76, der::tlv(0xE2, {der::tlv(0xE1, der::tlv(0xC1, Bytes(20, 0xAB))),
                                       der::tlv(0xE3, der::tlv(0xDB, hex("0000000000000001")))}));
  metadata.carrier_privileges = privileges;
  const Bytes written = encode_metadata(metadata).value();
  CHECK(to_hex(der::parse_single(written, 0xBF25).value().value) ==
        "5A0A98001032547698103214"
        "910141"
        "920142"
        "930101"
        "940489504E47"
        "950100"
        "B633"
        "300F800207808109612E6578616D706C65"
        "300F800205608109622E6578616D706C65"
        "300F800204108109612E6578616D706C65"
        "B70B800300F110810101820102"
        "99020560"
        "BF2203020101BF2303020102" +
            to_hex(privileges));
  const auto read = parse_metadata(written);
  REQUIRE(read);
  CHECK(read->icon == metadata.icon);
  CHECK(read->icon_type == IconType::kPng);
  CHECK(read->notification_address.empty());
  REQUIRE(read->notifications.size() == 3);
  CHECK(read->notifications[1].address == "b.example");
  CHECK(read->notifications[1].enable);
  CHECK(read->notifications[1].disable);
  CHECK_FALSE(read->notifications[1].remove);
  CHECK(read->policy_rules.ppr1);
  CHECK(read->policy_rules.ppr2);
  CHECK_FALSE(read->policy_rules.update_control);
  CHECK(read->service_specific == metadata.service_specific);
  CHECK(read->carrier_privileges == privileges);
  CHECK(encode_metadata(*read).value() == written);
}

TEST_CASE("policy rules are named bits without trailing zeros", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.owner = OperatorId{MccMnc::parse("00101").value(), {}, {}};
  for (const auto& [rules, octets] : {std::pair(PolicyRules{true, false, false}, "99020780"),
                                      std::pair(PolicyRules{false, true, false}, "99020640"),
                                      std::pair(PolicyRules{false, false, true}, "99020520"),
                                      std::pair(PolicyRules{true, true, true}, "990205E0")}) {
    metadata.policy_rules = rules;
    CHECK(to_hex(encode_metadata(metadata).value()).ends_with(octets));
  }
  metadata.owner.reset();
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
}

TEST_CASE("an icon needs its type and at most 1024 octets", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.icon_type = IconType::kJpeg;
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.icon = Bytes(1024, 0xFF);
  CHECK(reason_of(encode_metadata(metadata)) == "accepted");
  CHECK(parse_metadata(encode_metadata(metadata).value())->icon_type == IconType::kJpeg);
  metadata.icon.push_back(0);
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.icon.pop_back();
  metadata.icon_type.reset();
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.icon_type = static_cast<IconType>(3);
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.icon_type = static_cast<IconType>(0);
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
}

TEST_CASE("notification entries name a host and an event", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.notifications = {{.install = true, .address = "not a host"}};
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.notifications = {{.address = "a.example"}};
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.notifications.assign(16, {.install = true, .address = "a.example"});
  CHECK(reason_of(encode_metadata(metadata)) == "accepted");
  metadata.notifications.push_back({.install = true, .address = "a.example"});
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
}

TEST_CASE("service-specific data is BF22 and BF23, privileges are checked", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  for (const char* good : {"BF2200", "BF2300", "BF2200BF2300", ""}) {
    metadata.service_specific = hex(good);
    CHECK(reason_of(encode_metadata(metadata)) == "accepted");
  }
  for (const char* bad : {"BF2300BF2200", "BF2200BF2200", "BF22", "3000", "BF2200BF23003000"}) {
    metadata.service_specific = hex(bad);
    CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  }
  metadata.service_specific = der::tlv(0xBF22, Bytes(4096));
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.service_specific.clear();
  metadata.carrier_privileges = hex("BF7600");
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.carrier_privileges");
}

TEST_CASE("a network code of three digits survives the round trip", "[rsp][sgp22][R51]") {
  ProfileMetadata metadata = plain_metadata();
  for (const std::string_view code : {"310410", "31041"}) {
    metadata.owner = OperatorId{MccMnc::parse(code).value(), hex("01FF"), {}};
    const auto parsed = parse_metadata(encode_metadata(metadata).value());
    REQUIRE(parsed);
    CHECK(parsed->owner->mcc_mnc.text() == code);
    CHECK(parsed->owner->gid1 == hex("01FF"));
    CHECK(parsed->owner->gid2.empty());
  }
}

TEST_CASE("any metadata within the limits is read back as written", "[rsp][sgp22]") {
  const unsigned seed = 20260508;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto text = [&](std::size_t limit) {
    std::string out(random() % (limit + 1), ' ');
    for (char& c : out) c = static_cast<char>(' ' + random() % 95);
    return out;
  };
  for (int round = 0; round < 2000; ++round) {
    ProfileMetadata metadata = plain_metadata();
    metadata.service_provider_name = text(32);
    metadata.profile_name = text(64);
    metadata.profile_class = static_cast<ProfileClass>(1 + random() % 3);
    if (random() % 2 == 0) metadata.notification_address = "smdp.example.com";
    if (random() % 2 == 0) {
      metadata.owner = OperatorId{MccMnc::parse("26201").value(), Bytes(random() % 256, 7),
                                  Bytes(random() % 256, 9)};
    }
    const auto parsed = parse_metadata(encode_metadata(metadata).value());
    REQUIRE(parsed);
    CHECK(parsed->iccid == metadata.iccid);
    CHECK(parsed->service_provider_name == metadata.service_provider_name);
    CHECK(parsed->profile_name == metadata.profile_name);
    CHECK(parsed->profile_class == metadata.profile_class);
    CHECK(parsed->notification_address == metadata.notification_address);
    REQUIRE(parsed->owner.has_value() == metadata.owner.has_value());
    if (parsed->owner) {
      CHECK(parsed->owner->gid1 == metadata.owner->gid1);
      CHECK(parsed->owner->gid2 == metadata.owner->gid2);
    }
  }
}

TEST_CASE("names are counted in octets and must be UTF-8", "[rsp][sgp22]") {
  ProfileMetadata metadata = plain_metadata();
  metadata.service_provider_name = std::string(32, 'a');
  CHECK(reason_of(encode_metadata(metadata)) == "accepted");
  metadata.service_provider_name = std::string(33, 'a');
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.service_provider_name = std::string(31, 'a') + "\u00e9";  // 33 octets
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata.service_provider_name = "\xff";
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata = plain_metadata();
  metadata.profile_name = std::string(65, 'a');
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata = plain_metadata();
  metadata.notification_address = "not a host";
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
  metadata = plain_metadata();
  metadata.owner = OperatorId{MccMnc::parse("26201").value(), Bytes(256), {}};
  CHECK(reason_of(encode_metadata(metadata)) == "metadata.invalid");
}

TEST_CASE("faulty metadata is refused with its reason", "[rsp][sgp22]") {
  const std::string head = "5A0A98001032547698103214";
  CHECK(parse_reason("") == "der.truncated");
  CHECK(parse_reason("5A0998001032547698103291009200") == "iccid.invalid");
  CHECK(parse_reason(head + "9100") == "der.truncated");
  CHECK(parse_reason(head + "91009200") == "accepted");
  CHECK(parse_reason(head + "9101FF9200") == "metadata.invalid");
  CHECK(parse_reason(head + "91009200950103") == "metadata.invalid");
  CHECK(parse_reason(head + "91009200950100950100") == "metadata.invalid");
  CHECK(parse_reason(head + "91009200B603300180") == "der.truncated");
  CHECK(parse_reason(head + "91009200B7058003AAF110") == "mcc_mnc.invalid");
  CHECK(parse_reason(head + "91009200B700") == "der.truncated");
  CHECK(parse_reason(head + "91009200930102") == "metadata.invalid");
  CHECK(parse_reason(head + "910092009900") == "rsp.bit_string");
  CHECK(parse_reason(head + "9100920094820401" + std::string(2 * 1025, '0')) == "metadata.invalid");
  CHECK_FALSE(parse_metadata(hex("BF2400")));
}

}  // namespace
}  // namespace berth::rsp::sgp22
