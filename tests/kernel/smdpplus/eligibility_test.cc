#include "kernel/smdpplus/eligibility.h"

#include <catch2/catch.hpp>
#include <string>

#include "kernel/saip/element_types.h"

namespace berth::smdpplus {
namespace {

using rsp::sgp22::EuiccInfo2;
using rsp::sgp22::PolicyRules;

// A card that can do everything any release names, and has room.
EuiccInfo2 able_card() {
  EuiccInfo2 card;
  card.profile_version = {2, 3, 1};
  card.uicc_capability = {0x00, 0xFF, 0xFF, 0xFF, 0xFF};
  card.free_nvm_bytes = 100'000;
  return card;
}

ledger::ProfileRecord profile(const std::string& services = "usim isim",
                              const std::string& version = "2.3") {
  ledger::ProfileRecord record{.iccid = *Iccid::parse("8900000000000000007")};
  record.saip_version = version;
  record.services = services;
  record.package.size_bytes = 12'000;
  return record;
}

std::string verdict(const ledger::ProfileRecord& record, const EuiccInfo2& card,
                    const PolicyRules& rules = {}, bool has_owner = true) {
  const auto no = ineligible(record, rules, has_owner, card);
  return no ? no->pair() : "ok";
}

void clear_bit(EuiccInfo2& card, std::size_t number) {
  card.uicc_capability[1 + number / 8] &= static_cast<std::uint8_t>(~(0x80U >> (number % 8)));
}

}  // namespace

TEST_CASE("a card that offers everything takes every service a package can ask for", "[smdpplus]") {
  std::string all;
  for (std::uint32_t tag = 0x80; tag < 0x80 + 30; ++tag) all += saip::service_name(tag) + " ";
  CHECK(verdict(profile(all), able_card()) == "ok");
}

TEST_CASE("each service is one bit of the card's promise", "[smdpplus]") {
  std::size_t asked = 0;
  for (std::uint32_t tag = 0x80; tag < 0x80 + 30; ++tag) {
    const std::string service = saip::service_name(tag);
    CAPTURE(service);
    std::size_t refusing = 0;
    for (std::size_t number = 0; number < 32; ++number) {
      EuiccInfo2 card = able_card();
      clear_bit(card, number);
      if (verdict(profile(service), card) == "8.2.5/4.3") ++refusing;
    }
    CHECK(refusing == 1);
    asked += refusing;
  }
  CHECK(asked == 30);
}

TEST_CASE("missing bits are zero, further bits are nobody's concern", "[smdpplus]") {
  EuiccInfo2 card = able_card();
  card.uicc_capability = {0x00, 0x7F};
  CHECK(verdict(profile("usim isim csim"), card) == "ok");
  CHECK(verdict(profile("javacard"), card) == "8.2.5/4.3");
  card.uicc_capability = {0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  CHECK(verdict(profile("eaka"), card) == "ok");
  card.uicc_capability = {};
  CHECK(verdict(profile("usim"), card) == "8.2.5/4.3");
  CHECK(verdict(profile(""), card) == "ok");
  CHECK(verdict(profile("service-BF30"), able_card()) == "ok");  // no release names it
}

TEST_CASE("the card's format has the package's major and at least its minor number", "[smdpplus]") {
  EuiccInfo2 card = able_card();
  CHECK(verdict(profile("", "2.3"), card) == "ok");
  CHECK(verdict(profile("", "2.1"), card) == "ok");
  CHECK(verdict(profile("", "2.4"), card) == "8.2.5/4.3");
  CHECK(verdict(profile("", "3.0"), card) == "8.2.5/4.3");
  CHECK(verdict(profile("", ""), card) == "ok");  // imported before this was kept
  card.profile_version = {3, 1, 0};
  CHECK(verdict(profile("", "2.3"), card) == "8.2.5/4.3");
}

TEST_CASE("a card that forbids a policy rule does not get a profile with it", "[smdpplus]") {
  EuiccInfo2 card = able_card();
  card.forbidden_profile_policy_rules = {0x05, 0x40};  // PPR1
  CHECK(verdict(profile(), card, {.ppr1 = true}) == "8.2.5/4.3");
  CHECK(verdict(profile(), card, {.ppr2 = true}) == "ok");
  CHECK(verdict(profile(), card, {.update_control = true}) == "ok");
  card.forbidden_profile_policy_rules = {0x05, 0x20};  // PPR2
  CHECK(verdict(profile(), card, {.ppr2 = true}) == "8.2.5/4.3");
  CHECK(verdict(profile(), able_card(), {.ppr1 = true}, false) == "8.2.5/4.3");  // no owner
}

TEST_CASE("too little memory is told after everything else", "[smdpplus]") {
  EuiccInfo2 card = able_card();
  card.free_nvm_bytes = 11'999;
  CHECK(verdict(profile(), card) == "8.1/4.8");
  card.free_nvm_bytes = 12'000;
  CHECK(verdict(profile(), card) == "ok");
  card.free_nvm_bytes.reset();  // the card does not say
  CHECK(verdict(profile(), card) == "ok");
  card.free_nvm_bytes = 1;
  clear_bit(card, 1);
  CHECK(verdict(profile(), card) == "8.2.5/4.3");
}

}  // namespace berth::smdpplus
