#include "kernel/smdpplus/profile_type_document.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "kernel/rsp/der/der.h"
#include "tests/kernel/smdpplus/icons.h"

namespace berth::smdpplus::testing {
namespace {

using Json = nlohmann::json;
using rsp::der::tlv;

Bytes privileges() {
  return tlv(0xBF76,
             tlv(0xE2, {tlv(0xE1, tlv(0xC1, Bytes(32, 0xAB))), tlv(0xE3, tlv(0xDB, Bytes(8, 0)))}));
}

Json full() {
  return {{"name", "gold"},
          {"serviceProviderName", "Alpha"},
          {"profileName", "Gold Plan"},
          {"icon", to_base64(png_icon())},
          {"iconType", "png"},
          {"profileClass", "test"},
          {"owner", {{"mccMnc", "00101"}, {"gid1", "0a"}, {"gid2", "0B0C"}}},
          {"policyRules", {"ppr1", "ppr2"}},
          {"notifications",
           {{{"events", {"install", "delete"}}, {"address", "a.example"}},
            {{"events", {"enable"}}, {"address", "b.example"}}}},
          {"carrierPrivileges", to_base64(privileges())},
          {"vendorObjects", to_base64(tlv(0xBF22, Bytes(3, 1)))},
          {"reuse", "sameEid"},
          {"downloadsMax", 5}};
}

std::string reason(const Json& document) {
  const auto type = parse_profile_type(document.dump());
  return type ? std::string("ok") : std::string(type.error().reason());
}
std::string with(const char* member, Json value) {
  Json document = full();
  document[member] = std::move(value);
  return reason(document);
}

}  // namespace

TEST_CASE("every member of a profile type is read", "[smdpplus]") {
  const auto type = parse_profile_type(full().dump());
  REQUIRE(type);
  CHECK(type->name == "gold");
  CHECK(type->service_provider_name == "Alpha");
  CHECK(type->profile_name == "Gold Plan");
  CHECK(type->icon == png_icon());
  CHECK(type->icon_type == rsp::sgp22::IconType::kPng);
  CHECK(type->profile_class == rsp::sgp22::ProfileClass::kTest);
  CHECK(type->owner->mcc_mnc.text() == "00101");
  CHECK(type->owner->gid1_hex == "0A");
  CHECK(type->owner->gid2_hex == "0B0C");
  CHECK(type->policy_rules.ppr1);
  CHECK(type->policy_rules.ppr2);
  CHECK_FALSE(type->policy_rules.update_control);
  REQUIRE(type->notifications.size() == 2);
  CHECK(type->notifications[0].install);
  CHECK(type->notifications[0].remove);
  CHECK_FALSE(type->notifications[0].enable);
  CHECK(type->notifications[1].address == "b.example");
  CHECK(type->carrier_privileges == privileges());
  CHECK(type->vendor_objects == tlv(0xBF22, Bytes(3, 1)));
  CHECK(type->reuse == Reuse::kSameEid);
  CHECK(type->downloads_max == 5);
}

TEST_CASE("what a profile type leaves out has its default", "[smdpplus]") {
  const auto type = parse_profile_type(R"({"name":"plain"})");
  REQUIRE(type);
  CHECK(type->service_provider_name.empty());
  CHECK(type->profile_class == rsp::sgp22::ProfileClass::kOperational);
  CHECK_FALSE(type->owner);
  CHECK_FALSE(type->policy_rules.any());
  CHECK(type->reuse == Reuse::kNever);
  CHECK(type->downloads_max == 1);
  CHECK(type->icon.empty());
}

TEST_CASE("a profile type written is read as the same, in one form only", "[smdpplus]") {
  for (const Json& document : {full(), Json{{"name", "plain"}}}) {
    const std::string written = write_profile_type(parse_profile_type(document.dump()).value());
    CHECK(write_profile_type(parse_profile_type(written).value()) == written);
  }
  Json without_type = full();
  without_type.erase("iconType");
  CHECK(write_profile_type(parse_profile_type(without_type.dump()).value()) ==
        write_profile_type(parse_profile_type(full().dump()).value()));
}

TEST_CASE("every member of the wrong kind or form is refused by name", "[smdpplus]") {
  const Json whole = full();
  for (const auto& [member, value] : whole.items()) {
    INFO(member);
    for (const Json& other : {Json(-1), Json(1.5), Json(true), Json{{"a", 1}}, Json::array({1})}) {
      if (other.type() == value.type() && member != "downloadsMax") continue;
      const auto type = parse_profile_type([&, name = member] {
        Json document = full();
        document[name] = other;
        return document.dump();
      }());
      REQUIRE_FALSE(type);
      CHECK(type.error().reason() == "profile_type.invalid");
    }
  }
  CHECK(with("name", "") == "profile_type.invalid");
  CHECK(with("name", std::string(64, 'x')) == "ok");
  CHECK(with("name", std::string(65, 'x')) == "profile_type.invalid");
  CHECK(with("name", "a\nb") == "profile_type.invalid");
  CHECK(with("profileClass", "Test") == "profile_type.invalid");
  CHECK(with("reuse", "always") == "profile_type.invalid");
  CHECK(with("downloadsMax", 0) == "profile_type.invalid");
  CHECK(with("downloadsMax", 1000) == "ok");
  CHECK(with("downloadsMax", 1001) == "profile_type.invalid");
  CHECK(with("policyRules", {"ppr3"}) == "profile_type.invalid");
  CHECK(with("owner", {{"mccMnc", "001"}}) == "profile_type.invalid");
  CHECK(with("owner", {{"mccMnc", "00101"}, {"gid1", "0"}}) == "profile_type.invalid");
  CHECK(with("owner", {{"mccMnc", "00101"}, {"gid3", ""}}) == "profile_type.invalid");
  CHECK(with("notifications", {{{"events", {"reboot"}}, {"address", "a.b"}}}) ==
        "profile_type.invalid");
  CHECK(with("carrierPrivileges", "!") == "profile_type.invalid");
}

TEST_CASE("the standard's own limits hold for a profile type", "[smdpplus]") {
  CHECK(with("serviceProviderName", std::string(33, 'x')) == "metadata.invalid");
  CHECK(with("profileName", std::string(65, 'x')) == "metadata.invalid");
  CHECK(with("notifications", {{{"events", {"install"}}, {"address", "no host"}}}) ==
        "metadata.invalid");
  CHECK(with("notifications", {{{"events", Json::array()}, {"address", "a.example"}}}) ==
        "metadata.invalid");
  CHECK(with("carrierPrivileges", to_base64(tlv(0xBF76, ByteView()))) ==
        "metadata.carrier_privileges");
  CHECK(with("vendorObjects", to_base64(tlv(0xBF24, ByteView()))) == "metadata.invalid");
  Json unowned = full();
  unowned.erase("owner");
  CHECK(reason(unowned) == "metadata.invalid");
  CHECK(with("icon", to_base64(png_icon(32, 32))) == "profile_type.icon");
  CHECK(with("icon", to_base64(jpeg_icon())) == "profile_type.invalid");  // iconType says png
  CHECK(with("icon", "") == "profile_type.invalid");
}

TEST_CASE("unknown and repeated members and other texts are refused", "[smdpplus]") {
  CHECK(with("policyRule", Json::array()) == "profile_type.invalid");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{"), std::string("\"a\""),
        std::string(R"({"name":"a","name":"b"})"), std::string("{\"name\":\"\xFF\"}"),
        std::string(R"({"name":"a","owner":{"mccMnc":"00101","mccMnc":"00102"}})"),
        "{\"name\":" + std::string(20'000, '['), std::string(40'000, ' ') + R"({"name":"a"})"}) {
    const auto type = parse_profile_type(text);
    REQUIRE_FALSE(type);
    CHECK(type.error().reason() == "profile_type.invalid");
  }
}

TEST_CASE("changed octets in a profile type give an answer, never a crash", "[smdpplus]") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    std::string text = full().dump();
    for (int hits = 0; hits < 3; ++hits) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    (void)parse_profile_type(text).ok();
  }
}

}  // namespace berth::smdpplus::testing
