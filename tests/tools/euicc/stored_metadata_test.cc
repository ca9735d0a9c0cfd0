#include "tools/euicc/stored_metadata.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/sgp22/metadata.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::euicc {
namespace {

using vectors::hex;

TEST_CASE("the vectors' metadata is read", "[euicc][R43]") {
  const auto metadata = read_metadata(hex(vectors::kStoreMetadataPlain));
  REQUIRE(metadata.ok());
  CHECK(metadata->iccid.text() == "89000123456789012341");
  CHECK(metadata->service_provider_name == "Test SP");
  REQUIRE(metadata->notification_targets.size() == 2);
  CHECK(metadata->notification_targets[0].events ==
        static_cast<std::uint8_t>(NotificationEvent::kInstall));
  CHECK(metadata->notification_targets[1].address == "testsmdpplus1.example.com");
  REQUIRE(metadata->owner.has_value());
  CHECK(metadata->owner->mcc_mnc.text() == "00101");
}

TEST_CASE("what the server's encoder writes, the card reads", "[euicc]") {
  using rsp::sgp22::ProfileClass;
  const auto written = rsp::sgp22::encode_metadata(
      {.iccid = *Iccid::parse("8900012345678901233"),
       .service_provider_name = "Brand",
       .profile_name = "Plan",
       .profile_class = ProfileClass::kTest,
       .notification_address = "a.example",
       .owner = rsp::sgp22::OperatorId{*MccMnc::parse("310410"), {1}, {2}}});
  const auto read = read_metadata(*written);
  REQUIRE(read.ok());
  CHECK(read->profile_class == StoredClass::kTest);
  CHECK(read->notification_targets.size() == 1);
  CHECK(read->notification_targets[0].events == 0x0F);
  CHECK(read->owner->mcc_mnc.text() == "310410");
  CHECK(read->owner->gid2 == Bytes{2});
}

TEST_CASE("icon, rules and notification lists of the server's encoder are read", "[euicc]") {
  rsp::sgp22::ProfileMetadata metadata{
      .iccid = *Iccid::parse("8900012345678901233"),
      .service_provider_name = "Brand",
      .profile_name = "Plan",
      .icon = {0xFF, 0xD8},
      .icon_type = rsp::sgp22::IconType::kJpeg,
      .notification_address = {},
      .notifications = {{.enable = true, .address = "a.example"},
                        {.remove = true, .address = "b.example"}},
      .owner = rsp::sgp22::OperatorId{*MccMnc::parse("310410"), {}, {}},
      .policy_rules = {.ppr2 = true}};
  const auto read = read_metadata(*rsp::sgp22::encode_metadata(metadata));
  REQUIRE(read.ok());
  CHECK(read->icon == metadata.icon);
  CHECK(read->icon_type == 0);
  REQUIRE(read->notification_targets.size() == 2);
  CHECK(read->notification_targets[0].events ==
        static_cast<std::uint8_t>(NotificationEvent::kEnable));
  CHECK(read->notification_targets[1].events ==
        static_cast<std::uint8_t>(NotificationEvent::kDelete));
  CHECK(read->has(PolicyRule::kNoDeleting));
  CHECK_FALSE(read->has(PolicyRule::kNoDisabling));
}

TEST_CASE("unknown elements are passed over, wrong ones refused", "[euicc]") {
  const Bytes good = hex("BF25155A0A98001032547698103214910141920142BF7600");
  CHECK(read_metadata(good).ok());
  for (const char* text : {"", "BF2500", "BF250C5A0A98001032547698103214",
                           "BF25155A0A98001032547698103214910141920142950103",  // class 3
                           "BF25155A0A98001032547698103214910141920142B60101",
                           "BF25155A0A98001032547698103214910141920142930101",  // no icon
                           "BF25155A0A98001032547698103214910141920142940101",
                           "BF25185A0A98001032547698103214910141920142930102940101",
                           "BF25145A0A980010325476981032149101419201429900"}) {
    INFO(text);
    CHECK_FALSE(read_metadata(hex(text)).ok());
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(read_metadata(ByteView(good).first(size)).ok());
  }
}

}  // namespace
}  // namespace berth::euicc
