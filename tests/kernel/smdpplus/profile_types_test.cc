#include "kernel/smdpplus/profile_types.h"

#include <nlohmann/json.hpp>

#include "kernel/rsp/der/der.h"
#include "tests/kernel/smdpplus/icons.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using Json = nlohmann::json;

Json gold() {
  return {{"name", "gold"},
          {"serviceProviderName", "Alpha"},
          {"profileName", "Gold"},
          {"icon", to_base64(png_icon())},
          {"owner", {{"mccMnc", "00101"}}},
          {"policyRules", {"ppr1"}}};
}

std::string define(Site& site, const Json& document) {
  return say(define_profile_type(site.tenant(), document.dump()));
}

ProfileImport unnamed_import(Site& site, const std::string& type) {
  ProfileImport import = site.sample_import(type);
  import.service_provider_name.clear();
  import.profile_name.clear();
  import.owner.reset();
  return import;
}

ProfileDefinition definition(Site& site, const Iccid& iccid) {
  return must(definition_of(site.tenant(), *must(site.ledger().profile(iccid))));
}

// Of a package of which only these are known.
saip::Package package_with(std::optional<std::string> imsi, std::optional<std::string> gid1) {
  return {.profile_type = {},
          .iccid = *Iccid::parse("8900012345678901234"),
          .ef_iccid = {},
          .imsi = std::move(imsi),
          .gid1_hex = std::move(gid1),
          .gid2_hex = {},
          .mandatory_services = {},
          .elements = {}};
}

}  // namespace

TEST_CASE("a profile type is defined and changed, each in one commit", "[smdpplus]") {
  Site site;
  CHECK_FALSE(must(find_profile_type(site.tenant(), "gold")).has_value());
  const Mark before = site.mark();
  CHECK(define(site, gold()) == "ok");
  CHECK(site.told(before) == "events: -; usage: -; audit: profile_type.defined");
  const Mark defined = site.mark();
  Json changed = gold();
  changed["profileName"] = "Gold 2";
  CHECK(define(site, changed) == "ok");
  CHECK(site.told(defined) == "events: -; usage: -; audit: profile_type.changed");
  const auto type = must(find_profile_type(site.tenant(), "gold"));
  REQUIRE(type.has_value());
  CHECK(type->profile_name == "Gold 2");
  CHECK(type->icon == png_icon());
  CHECK_FALSE(must(find_profile_type(*site.bravo.context, "gold")).has_value());
}

TEST_CASE("another tenant's operator owns no type here", "[smdpplus][R47]") {
  Site site;
  Json foreign = gold();
  foreign["owner"]["mccMnc"] = "00102";
  CHECK(define(site, foreign) == "permission_denied profile.foreign_operator");
  CHECK(say(read_profile_type(*site.bravo.context, foreign.dump())) == "ok");
  CHECK(define(site, Json{{"name", ""}}) == "invalid_argument profile_type.invalid");
  CHECK(site.told({}) == "events: -; usage: -; audit: -");
}

TEST_CASE("owner and rules stand while profiles of the type exist", "[smdpplus]") {
  Site site;
  REQUIRE(define(site, gold()) == "ok");
  Json relaxed = gold();
  relaxed["policyRules"] = Json::array();
  CHECK(define(site, relaxed) == "ok");
  must(import_profile(site.tenant(), "test", unnamed_import(site, "gold")));
  CHECK(define(site, gold()) == "failed_precondition profile_type.in_use");
  Json unowned = relaxed;
  unowned.erase("owner");
  CHECK(define(site, unowned) == "failed_precondition profile_type.in_use");
  Json renamed = relaxed;
  renamed["serviceProviderName"] = "Alpha Two";
  CHECK(define(site, renamed) == "ok");
}

TEST_CASE("a type is defined over stock that was imported without one", "[smdpplus]") {
  Site site;
  const Iccid iccid = site.stock("gold");
  CHECK(define(site, gold()) == "failed_precondition profile_type.in_use");  // rules
  Json document = gold();
  document.erase("policyRules");
  CHECK(define(site, document) == "ok");
  CHECK(definition(site, iccid).metadata.icon == png_icon());
}

TEST_CASE("a definition that loses a race is decided anew", "[smdpplus]") {
  Site site;
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) CHECK(define(site, gold()) == "ok");
    return std::nullopt;
  };
  Json later = gold();
  later["profileName"] = "Later";
  CHECK(define(site, later) == "ok");
  CHECK(must(find_profile_type(site.tenant(), "gold"))->profile_name == "Later");
  CHECK(must(site.ledger().profile_type("gold"))->revision == 2);
}

TEST_CASE("metadata follow from the type, the profile's owner and the realm", "[smdpplus]") {
  Site site;
  REQUIRE(define(site, gold()) == "ok");
  const Iccid iccid =
      must(import_profile(site.tenant(), "test", unnamed_import(site, "gold"))).iccid;
  const ProfileDefinition gold_profile = definition(site, iccid);
  CHECK(gold_profile.metadata.iccid == iccid);
  CHECK(gold_profile.metadata.service_provider_name == "Alpha");
  CHECK(gold_profile.metadata.icon_type == rsp::sgp22::IconType::kPng);
  CHECK(gold_profile.metadata.policy_rules.ppr1);
  CHECK(gold_profile.metadata.owner->mcc_mnc.text() == "00101");
  CHECK(gold_profile.metadata.notification_address == "rsp.alpha.example");
  CHECK(gold_profile.metadata.notifications.empty());
  CHECK(rsp::sgp22::encode_metadata(gold_profile.metadata).ok());

  const ProfileDefinition plain = definition(site, site.stock("undefined"));
  CHECK(plain.metadata.profile_name == "Sample");
  CHECK(plain.type.reuse == Reuse::kNever);
  CHECK(plain.type.downloads_max == 1);
  CHECK_FALSE(plain.metadata.policy_rules.any());
}

TEST_CASE("a card stores icon and rules of its profile's type", "[smdpplus]") {
  Site site;
  Json document = gold();
  document["notifications"] = {{{"events", {"enable"}}, {"address", "a.example"}}};
  document["vendorObjects"] = to_base64(rsp::der::tlv(0xBF22, Bytes(2000, 0)));
  REQUIRE(define(site, document) == "ok");
  const Iccid iccid =
      must(import_profile(site.tenant(), "test", unnamed_import(site, "gold"))).iccid;
  const auto order = site.order([&](OrderRequest& request) { request.iccid = iccid; });
  Phone phone(site);
  const auto result = phone.install(phone.bound(order.matching_id.text()));
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
  CHECK(site.state(iccid) == "Installed");
  REQUIRE(phone.card->state().profiles.size() == 1);
  const Bytes& stored = phone.card->state().profiles.front().metadata;
  CHECK(stored.size() > 2 * 1008);  // three segments
  const auto metadata = must(euicc::read_metadata(stored));
  CHECK(metadata.icon == png_icon());
  CHECK(metadata.has(euicc::PolicyRule::kNoDisabling));
  REQUIRE(metadata.notification_targets.size() == 1);
  CHECK(metadata.notification_targets.front().address == "a.example");
}

TEST_CASE("a package fits a type when IMSI and GIDs are its owner's", "[smdpplus]") {
  ProfileType type;
  const auto fits = [&](std::optional<std::string> imsi, std::optional<std::string> gid1 = {}) {
    return say(check_package(type, package_with(std::move(imsi), std::move(gid1))));
  };
  constexpr const char* kMismatch = "invalid_argument profile.owner_mismatch";
  CHECK(fits("001010123456789") == "ok");
  type.owner = tenancy::OperatorIdentity{*MccMnc::parse("00101"), "", ""};
  CHECK(fits("001010123456789", "AB") == "ok");
  CHECK(fits({}) == "ok");  // nothing to compare
  CHECK(fits("001020123456789") == kMismatch);
  type.owner->gid1_hex = "0A";
  CHECK(fits("001010123456789", "0A") == "ok");
  CHECK(fits("001010123456789", "0AFFFF") == "ok");
  CHECK(fits("001010123456789", "0AFF00") == kMismatch);
  CHECK(fits("001010123456789", "0B") == kMismatch);
  CHECK(fits("001010123456789") == kMismatch);
  type.owner->gid1_hex.clear();
  type.owner->gid2_hex = "01";
  CHECK(fits("001010123456789", "01") == kMismatch);
}

TEST_CASE("a stored type that cannot be read is damage, not a refusal", "[smdpplus]") {
  Site site;
  ledger::Unit unit;
  unit.commit_id = std::string(32, 'a');
  unit.changes = {ledger::PutProfileType{{.name = "bad", .revision = 1, .document = "{}"}, 0}};
  unit.audit = {"test", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().commit(unit)));
  CHECK(say(find_profile_type(site.tenant(), "bad")) == "data_loss profile_type.damaged");
  CHECK(define(site, Json{{"name", "bad"}}) == "data_loss profile_type.damaged");
}

}  // namespace berth::smdpplus::testing
