#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

constexpr const char* kNothing = "events: -; usage: -; audit: -";
constexpr const char* kImported =
    "events: profileImported; usage: profile.stored; audit: profile.imported";

std::string send(Site& site, const ProfileImport& import) {
  return say(import_profile(site.tenant(), "test", import));
}

}  // namespace

TEST_CASE("an import is stored sealed and becomes one commit", "[smdpplus][R112][R128:part]") {
  Site site;
  const ProfileImport import = site.sample_import("gold");
  // When the ledger is asked, the object is there already.
  site.ledger().on_commit = [&](const ledger::Unit& unit) -> std::optional<ledger::Outcome> {
    const auto& profile = std::get<ledger::InsertProfile>(unit.changes.at(0)).profile;
    CHECK(site.alpha.store.objects.contains(profile.package.object_name));
    return std::nullopt;
  };
  const Mark before = site.mark();
  const ImportedProfile imported = must(import_profile(site.tenant(), "test", import));
  CHECK(site.told(before) == kImported);
  CHECK(imported.saip_version == "2.3");
  CHECK(imported.elements.size() > 5);
  CHECK(site.state(imported.iccid) == "Available");
  const auto row = must(site.ledger().profile(imported.iccid));
  CHECK(row->profile_type == "gold");
  CHECK(row->owner_mcc_mnc->text() == "00101");
  CHECK(row->package.size_bytes == import.package.size());
  CHECK(row->package.sha256 == sha256(import.package));
  CHECK(row->package.object_name.starts_with("alpha/packages/"));

  REQUIRE(site.alpha.store.objects.size() == 1);
  const Bytes& stored = site.alpha.store.objects.begin()->second;
  const ByteView middle = ByteView(import.package).subspan(import.package.size() / 2, 16);
  CHECK(std::search(stored.begin(), stored.end(), middle.begin(), middle.end()) == stored.end());
}

TEST_CASE("what cannot be a profile of this tenant is refused before anything is stored",
          "[smdpplus][R112][R47]") {
  Site site;
  ProfileImport import = site.sample_import();
  std::string expected;
  SECTION("no package") {
    import.package.clear();
    CHECK(send(site, import) != "ok");
  }
  SECTION("a package cut short") {
    import.package.resize(import.package.size() - 1);
    CHECK(send(site, import).starts_with("invalid_argument "));
  }
  SECTION("no type") {
    import.profile_type.clear();
    CHECK(send(site, import) == "invalid_argument profile.type_invalid");
  }
  SECTION("a type too long") {
    import.profile_type = std::string(65, 'x');
    CHECK(send(site, import) == "invalid_argument profile.type_invalid");
  }
  SECTION("a name longer than metadata allow") {
    import.service_provider_name = std::string(33, 'x');
    CHECK(send(site, import) == "invalid_argument metadata.invalid");
  }
  SECTION("another tenant's operator") {
    import.owner->mcc_mnc = *MccMnc::parse("00102");
    CHECK(send(site, import) == "permission_denied profile.foreign_operator");
  }
  SECTION("an owner the IMSI does not belong to") {
    // bravo owns 00102, but the SIM in the package is 00101's.
    import.owner->mcc_mnc = *MccMnc::parse("00102");
    CHECK(say(import_profile(*site.bravo.context, "test", import)) ==
          "invalid_argument profile.owner_mismatch");
  }
  CHECK(site.told({}) == kNothing);
  CHECK(site.alpha.store.objects.empty());
  CHECK(site.bravo.store.objects.empty());
}

TEST_CASE("an ICCID is in stock once", "[smdpplus]") {
  Site site;
  const ProfileImport import = site.sample_import();
  CHECK(send(site, import) == "ok");
  const Mark before = site.mark();
  CHECK(send(site, import) == "already_exists profile.exists");
  CHECK(site.told(before) == kNothing);
  CHECK(site.alpha.store.objects.size() == 1);
}

TEST_CASE("the loser of a race for an ICCID takes its object away", "[smdpplus]") {
  Site site;
  const ProfileImport import = site.sample_import();
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) CHECK(send(site, import) == "ok");
    return std::nullopt;
  };
  CHECK(send(site, import) == "already_exists profile.exists");
  CHECK(site.told({}) == kImported);
  REQUIRE(site.alpha.store.objects.size() == 1);
  const auto row =
      must(site.ledger().profiles("", 10)).front();  // refers to the object that stayed
  CHECK(site.alpha.store.objects.contains(row.package.object_name));
}

TEST_CASE("a package is left in the store only while its commit may have happened",
          "[smdpplus][R142:part]") {
  Site site;
  const ProfileImport import = site.sample_import();
  SECTION("the queue was full") {
    site.ledger().on_commit = [](const ledger::Unit&) {
      return ledger::Refused{ledger::RefusalReason::kOverloaded};
    };
    CHECK(send(site, import) == "unavailable ledger.overloaded");
    CHECK(site.alpha.store.objects.empty());
  }
  SECTION("unknown") {
    site.ledger().on_commit = [](const ledger::Unit&) { return ledger::Unknown{"lost"}; };
    site.ledger().on_resolve = [](const std::string&) { return ledger::Unknown{"lost"}; };
    CHECK(send(site, import) == "unavailable ledger.outcome_unknown");
    CHECK(site.alpha.store.objects.size() == 1);
  }
}

TEST_CASE("a store that fails leaves no profile behind", "[smdpplus]") {
  Site site;
  site.alpha.store.next_failure = Error(ErrorCode::kUnavailable, "storage.gone", "test");
  CHECK(send(site, site.sample_import()) == "unavailable storage.gone");
  CHECK(site.told({}) == kNothing);
}

}  // namespace berth::smdpplus::testing
