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
  CHECK(metadata->notification_address == "testsmdpplus1.example.com");
  REQUIRE(metadata->owner);
  CHECK(metadata->owner->mcc_mnc.text() == "00101");
  CHECK(metadata->owner->gid1.empty());

  const auto interop = parse_metadata(hex(kInteropStoreMetadataPlain));
  REQUIRE(interop);
  CHECK(interop->profile_class == ProfileClass::kTest);
  CHECK(interop->service_provider_name == "GSMA_TEST");
  CHECK_FALSE(interop->owner);
}

TEST_CASE("icons, policy rules and elements of later releases are skipped", "[rsp][sgp22]") {
  CHECK(
      parse_reason("5A0A98001032547698103214910141920142930101940489504E4799020640BF2200BF7600") ==
      "accepted");
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
  CHECK_FALSE(parse_metadata(hex("BF2400")));
}

}  // namespace
}  // namespace berth::rsp::sgp22
